import { describe } from "vitest";
import { runtimeBounds } from "./runtime-bounds.ts";
import { runtimeCells } from "./runtime-cells.ts";
import { runtimeHostile } from "./runtime-hostile.ts";
import { runtimeIPython } from "./runtime-ipython.ts";
import { runtimeInterrupts } from "./runtime-interrupts.ts";
import { runtimeCheckpoints, runtimeLife, runtimeSpare } from "./runtime-life.ts";
import { runtimeLibraries } from "./runtime-libraries.ts";
import { runtimeLooking } from "./runtime-looking.ts";
import { runtimeReading } from "./runtime-reading.ts";
import { runtimeStreams } from "./runtime-streams.ts";
import { runtimeTraps } from "./runtime-traps.ts";
import { runtimeTyping } from "./runtime-typing.ts";
import { runtimeVariables } from "./runtime-variables.ts";
import { type MakeRuntime, type Traits, World } from "./runtime-world.ts";

/** What every live Python promises, whichever runtime it comes from; `own`: what only this one does. */
export function runtimeSuite(
  name: string,
  traits: Traits,
  make: MakeRuntime,
  own: readonly ((world: World) => void)[] = [],
): void {
  describe(`the live Python of ${name}`, { timeout: 120_000 }, () => {
    const world = new World(make);
    runtimeCells(world);
    runtimeStreams(world);
    runtimeInterrupts(world);
    runtimeLooking(world);
    runtimeHostile(world);
    runtimeReading(world);
    runtimeLibraries(world);
    runtimeTraps(world);
    runtimeTyping(world);
    runtimeIPython(world);
    runtimeVariables(world);
    runtimeBounds(world);
    runtimeLife(world);
    if (traits.keepsCheckpoints) runtimeCheckpoints(world);
    if (traits.keepsSpare) runtimeSpare(world);
    for (const its of own) its(world);
  });
}

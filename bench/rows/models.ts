import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { interleaved, median, type Row } from "../harness.ts";
import { callerOf, startDaemon, startFloor } from "../processes.ts";
import { firstToken, relayedRate } from "./relay.ts";

const tokens = 100_000;
const model = "anthropic/claude-opus-4-5";

/** A real SDK between a server on loopback and a terminal: what daimon adds to calling it oneself. */
export const models: Row = {
  name: "models",
  async run(world) {
    const file = join(world.folder(), "address");
    await startFloor(world, "vendor", file);
    const address = readFileSync(file, "utf8");
    const direct = await startFloor(world, "direct", address);
    const keys = { ANTHROPIC_API_KEY: "none", ANTHROPIC_BASE_URL: address };
    const caller = await callerOf(world, await startDaemon(world, "product", world.folder(), keys));
    const cwd = world.folder();
    const session = async () => {
      const { id } = await caller.ask("session/create", { cwd, model });
      await caller.attach(id);
      return id;
    };
    const quick = await session();
    const first = await interleaved(
      50,
      { floor: async () => (await directly(direct, 10)).first, measured: () => firstToken(caller, quick) },
      5,
    );
    const rate = await interleaved(5, {
      floor: async () => tokens / ((await directly(direct, tokens)).all / 1000),
      // A session each time: what was said before would be sent again.
      measured: async () => relayedRate(caller, await session(), tokens),
    });
    return [
      {
        what: "time to first token through a vendor's SDK, p50",
        unit: "ms",
        floor: median(first.floor),
        measured: median(first.measured),
        budget: { is: "added", most: 5 },
        note: "floor: the SDK called directly",
      },
      {
        what: "relayed tokens/s through a vendor's SDK",
        unit: "/s",
        floor: median(rate.floor),
        measured: median(rate.measured),
        budget: { is: "none" },
        note: "floor: the SDK called directly",
      },
    ];
  },
};

async function directly(direct: ChildProcess, count: number): Promise<{ first: number; all: number }> {
  const answer = once(direct, "message");
  direct.send(count);
  const [took] = (await answer) as [{ first: number; all: number }];
  return took;
}

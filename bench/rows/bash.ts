import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Sandbox } from "../../packages/server/src/core/ports.ts";
import { findBubblewrap } from "../../packages/server/src/runtimes/pyodide/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { openSandbox } from "../../packages/server/src/sandboxes/index.ts";
import { bash as tool } from "../../packages/server/src/tools/bash/index.ts";
import { interleaved, type Line, median, type Row, timed, type World } from "../harness.ts";
import { contextIn } from "./files.ts";

/** What a command of the assistant costs that does nothing, against a shell that anybody starts. */
export const bash: Row = {
  name: "bash",
  async run(world) {
    const cwd = world.folder();
    const context = contextIn(world, cwd);
    const confined = sandboxFor(world);
    await confined.ready();
    const called = (sandbox: Sandbox) => () =>
      timed(async () => {
        const { value } = await tool.run({ command: "true" }, { ...context, sandbox }).next();
        if (value === undefined || !("ok" in value) || value.ok !== true) throw new Error("true failed");
      });
    const things: Record<string, () => Promise<number>> = {
      floor: () => timed(() => once(spawn("/bin/bash", ["--noprofile", "--norc", "-c", "true"], { cwd }), "close")),
      host: called(context.sandbox),
      ...(confined.confines ? { confined: called(confined) } : {}),
    };
    const times = await interleaved(40, things, 3);
    const line = (of: string, most: number, note: string): Line[] =>
      times[of] === undefined
        ? []
        : [
            {
              what: "bash true",
              unit: "ms",
              floor: median(times["floor"] ?? []),
              measured: median(times[of]),
              budget: { is: "ratio", most },
              note,
            },
          ];
    return [...line("host", 2, "against spawn"), ...line("confined", 4, "in the sandbox, against spawn")];
  },
};

function sandboxFor(world: World): Sandbox {
  const home = world.folder();
  const sandbox = openSandbox({
    host: hostSandbox({ children: join(home, "children") }),
    bubblewrap: findBubblewrap(),
    hidden: () => [join(home, "state")],
    folder: join(home, "sandbox"),
    settings: () => ({ driver: "auto", network: [], memory: 4096, pids: 1024 }),
    log: () => {},
  });
  world.after(() => sandbox.close());
  return sandbox;
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Sandbox } from "../../packages/server/src/core/ports.ts";
import { findBubblewrap } from "../../packages/server/src/runtimes/pyodide/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { openSandbox } from "../../packages/server/src/sandboxes/index.ts";
import { interleaved, type Line, median, type Row, timed, type World } from "../harness.ts";

const command = ["/bin/bash", "-c", "true"] as const;
const hosts = ["example.test"];

/** What it costs that a command is held until it is on record, and confined. */
export const sandbox: Row = {
  name: "sandbox",
  async run(world) {
    const cwd = world.folder();
    const host = hostSandbox({ children: join(world.folder(), "children") });
    const confined = openedIn(world, host);
    const trial = await timed(() => confined.ready());
    if (!confined.confines) {
      const { says } = await confined.report();
      return [{ what: "true, confined", unit: "ms", measured: 0, budget: { is: "none" }, note: says }];
    }
    const under = (driver: Sandbox, network: readonly string[]) => () => timed(() => ended(driver, cwd, network));
    const times = await interleaved(40, {
      floor: () => timed(() => once(spawn(command[0], command.slice(1), { cwd, stdio: "pipe" }), "close")),
      held: under(host, []),
      measured: under(confined, []),
      reaching: under(confined, hosts),
    });
    await Promise.all([host.close(), confined.close()]);
    const floor = median(times.floor);
    const line = (what: string, measured: number, budget: Line["budget"], note: string): Line => ({
      ...{ what, unit: "ms", floor, measured, budget, note },
    });
    return [
      line("true, held and on record", median(times.held), { is: "none" }, "against spawn"),
      line("true, confined", median(times.measured), { is: "ratio", most: 4 }, "against spawn"),
      line("true, confined, with a way to hosts", median(times.reaching), { is: "none" }, "only where hosts are named"),
      {
        what: "the trial of a sandbox",
        unit: "ms",
        measured: trial,
        budget: { is: "none" },
        note: "once, when first asked",
      },
    ];
  },
};

function openedIn(world: World, host: ReturnType<typeof hostSandbox>): Sandbox {
  const home = world.folder();
  return openSandbox({
    host,
    bubblewrap: findBubblewrap(),
    hidden: () => [home],
    folder: join(home, "sandbox"),
    settings: () => ({ driver: "auto", network: hosts, memory: 4096, pids: 1024 }),
    log: () => {},
  });
}

async function ended(driver: Sandbox, cwd: string, network: readonly string[]): Promise<void> {
  const profile = { cwd, env: { PATH: "/usr/bin:/bin" }, network, writable: [cwd], label: "bench" };
  const child = await driver.spawn(command, profile, new AbortController().signal);
  child.stdin?.end();
  child.stdout.resume();
  child.stderr.resume();
  await child.exited;
}

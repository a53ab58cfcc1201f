import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Child, Sandbox } from "../../packages/server/src/core/ports.ts";
import { findBubblewrap } from "../../packages/server/src/runtimes/pyodide/index.ts";
import { hostSandbox } from "../../packages/server/src/sandboxes/host/index.ts";
import { openSandbox, type SandboxSettings } from "../../packages/server/src/sandboxes/index.ts";

/** The sandbox of this machine, as a daemon whose folders lie below `home` has it. */
export const sandboxFor = (home: string, settings: Partial<SandboxSettings> = {}, said: string[] = []): Sandbox =>
  openSandbox({
    host: hostSandbox({ children: join(home, "run", "children") }),
    bubblewrap: findBubblewrap(),
    hidden: () => [join(home, "state"), join(home, "run")],
    folder: join(home, "run", "sandbox"),
    settings: () => ({ driver: "auto", network: [], memory: 4096, pids: 1024, ...settings }),
    log: (_level, message, fields) => void said.push(`${message} ${JSON.stringify(fields ?? {})}`),
  });

/**
 * Whether this machine has a sandbox that holds. On a person's machine that has none, what needs it is left out; where it must
 * be proven (REQUIRE_SANDBOX, CI) its absence is a failure.
 */
export async function hasSandbox(): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), "daimon-has-"));
  const sandbox = sandboxFor(home);
  const { confines, says } = await sandbox.report();
  await sandbox.close();
  await rm(home, { recursive: true });
  if (confines) return true;
  if (process.env["CI"] || process.env["REQUIRE_SANDBOX"]) throw new Error(`${says}; .ci/packages installs bubblewrap`);
  process.stderr.write(`${says}: what needs one is not tested\n`);
  return false;
}

/** What processes that a child started are called out here: in a sandbox they have numbers of their own. */
export async function outsidePids(child: Child, inside: readonly number[]): Promise<number[]> {
  if (process.platform !== "linux") return [...inside];
  const all = await Promise.all((await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(look));
  const family = new Set([child.pid]);
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const one of all) if (one && family.has(one.parent)) family.add(one.pid);
  }
  return inside.map((pid) => {
    const found = all.find((one) => one?.inside === pid && family.has(one.pid));
    if (!found) throw new Error(`no process of ${child.pid} calls itself ${pid}`);
    return found.pid;
  });
}

async function look(name: string): Promise<{ pid: number; parent: number; inside: number } | undefined> {
  const status = await readFile(`/proc/${name}/status`, "utf8").catch(() => "");
  const parent = Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1]);
  const inside = Number(/^NSpid:.*\s(\d+)$/m.exec(status)?.[1]);
  return status === "" ? undefined : { pid: Number(name), parent, inside };
}

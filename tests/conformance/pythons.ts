import { spawnSync } from "node:child_process";
import { findInterpreter } from "../../packages/server/src/runtimes/cpython/interpreter.ts";

/**
 * The Python of this machine that tests run, with these modules: Debian's own, where there is one. Undefined on a person's machine
 * that has none: what needs it is left out there, and never in CI, where all has to be proven.
 */
export async function python(...modules: string[]): Promise<string | undefined> {
  for (const named of ["/usr/bin/python3", "python3"]) {
    const found = await findInterpreter(named, "/", process.env);
    if ("interpreter" in found && hasAll(found.interpreter, modules)) return found.interpreter;
  }
  const what = ["Python 3.11 or newer", ...modules].join(" with ");
  if (process.env["CI"]) throw new Error(`this machine has no ${what}; .ci/packages installs it`);
  process.stderr.write(`this machine has no ${what}: what needs it is not tested\n`);
  return undefined;
}

function hasAll(interpreter: string, modules: readonly string[]): boolean {
  const look = "import sys; from importlib.util import find_spec; sys.exit(not all(map(find_spec, sys.argv[1:])))";
  return spawnSync(interpreter, ["-c", look, ...modules], { cwd: "/" }).status === 0;
}

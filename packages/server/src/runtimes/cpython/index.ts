import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DaimonError } from "@daimon/protocol";
import type { Runtime } from "../../core/ports.ts";
import { startReady } from "../launch.ts";
import { cleared, environmentFor } from "./environment.ts";
import { findInterpreter, whyGone } from "./interpreter.ts";
import { asProcess } from "./manner.ts";

/**
 * A Python of the machine's own, whichever people name: with its packages, its virtual environment, and everything that they may
 * do themselves. `cache` is where the compiled helper modules are kept; `hidden` names the variables that hold keys.
 */
export function cpythonRuntime({ cache, env, hidden }: Options): Runtime {
  /** Those that answered as a Python does: a start need not ask again. */
  const known = new Map<string, string>();

  const find: NonNullable<Runtime["find"]> = async (named, cwd) => {
    const found = await findInterpreter(named, cwd, cleared(env, hidden()));
    if ("interpreter" in found) known.set(keyOf(named, cwd), found.interpreter);
    return found;
  };

  const interpreterFor = async (named: string | undefined, cwd: string): Promise<string> => {
    const before = known.get(keyOf(named, cwd)) ?? "";
    if (before !== "" && whyGone(before) === undefined) return before;
    const found = await find(named, cwd);
    if ("why" in found) throw new DaimonError("not_found", found.why);
    return found.interpreter;
  };

  return {
    name: "cpython",
    sealed: false,
    find,
    start: async ({ cwd, generation, interpreter: named }, sandbox, signal) => {
      const interpreter = await interpreterFor(named, cwd);
      // -P: nothing of the session's folder is imported before its first cell.
      const argv = [interpreter, "-P", "-X", "utf8", boot(), cache];
      const profile = {
        cwd,
        env: environmentFor(interpreter, env, hidden()),
        network: sandbox.network,
        writable: ["/"],
      };
      const kernel = await startReady(argv, { ...profile, label: "kernel cpython" }, sandbox, signal, asProcess);
      kernel.generation = generation;
      return kernel;
    },
    // A start takes so little that one ahead would only take memory.
    warm: () => undefined,
  };
}

type Options = { cache: string; env: Readonly<Record<string, string | undefined>>; hidden(): readonly string[] };

const keyOf = (named: string | undefined, cwd: string) => `${cwd}\0${named ?? ""}`;
const bundled = !import.meta.url.endsWith(".ts");
const boot = () =>
  realpathSync(fileURLToPath(new URL(bundled ? "./python/boot.py" : "../python/boot.py", import.meta.url)));

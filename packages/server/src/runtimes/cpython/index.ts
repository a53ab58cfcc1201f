import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { DaimonError } from "@daimon/protocol";
import type { Runtime, Sandbox } from "../../core/ports.ts";
import { startReady } from "../launch.ts";
import { foldersOf, runIn } from "./confined.ts";
import { cleared, environmentFor } from "./environment.ts";
import { findInterpreter, whyGone } from "./interpreter.ts";
import { asProcess } from "./manner.ts";

/**
 * A Python of the machine's own, whichever people name: with its packages, its virtual environment, and everything that they may
 * do themselves. `cache` is where the compiled helper modules are kept; `hidden` names the variables that hold keys.
 */
export function cpythonRuntime({ cache, env, hidden, asked }: Options): Runtime {
  /** Those that answered as a Python does: a start need not ask again. */
  const known = new Map<string, string>();

  const find: NonNullable<Runtime["find"]> = async (named, cwd) => {
    const found = await findInterpreter(named, cwd, cleared(env, hidden()), asked && runIn(asked));
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
    start: async ({ cwd, roots = [], generation, interpreter: named }, sandbox, signal) => {
      const interpreter = await interpreterFor(named, cwd);
      // -P: nothing of the session's folder is imported before its first cell.
      const argv = [interpreter, "-P", "-X", "utf8", boot(), cache];
      const profile = {
        cwd,
        env: environmentFor(interpreter, env, hidden()),
        network: sandbox.network,
        writable: [cwd, ...roots],
        readable: [dirname(boot()), ...foldersOf(interpreter)],
        label: "kernel cpython",
      };
      const kernel = await startReady(argv, profile, sandbox, signal, asProcess);
      kernel.generation = generation;
      return kernel;
    },
    // A start takes so little that one ahead would only take memory.
    warm: () => undefined,
  };
}

type Options = {
  cache: string;
  env: Readonly<Record<string, string | undefined>>;
  hidden(): readonly string[];
  /** Where a program is asked which Python it is. */
  asked?: Sandbox;
};

const keyOf = (named: string | undefined, cwd: string) => `${cwd}\0${named ?? ""}`;
const bundled = !import.meta.url.endsWith(".ts");
const boot = () =>
  realpathSync(fileURLToPath(new URL(bundled ? "./python/boot.py" : "../python/boot.py", import.meta.url)));

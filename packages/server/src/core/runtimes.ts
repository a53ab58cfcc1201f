import { DaimonError, nearest } from "@daimon/protocol";
import type { Runtime } from "./ports.ts";

/** A session's runtime as people name it: `pyodide`, `cpython`, or `cpython PATH` where they name its interpreter. */
export type Named = { name: string; interpreter?: string };

export function namedRuntime(text: string): Named {
  const [, name = "", interpreter] = /^\s*(\S*)(?:\s+(\S.*?))?\s*$/s.exec(text) ?? [];
  return { name, ...(interpreter === undefined ? {} : { interpreter }) };
}

/**
 * The runtime that is meant, spelled so that it means the same wherever the session goes. Who names one that cannot be used
 * is told so, and not the next cell.
 */
export async function usableRuntime(runtimes: readonly Runtime[], text: string, cwd: string): Promise<string> {
  const { name, interpreter } = namedRuntime(text);
  const runtime = runtimes.find((one) => one.name === name);
  if (!runtime) throw noSuchRuntime(name, runtimes);
  if (!runtime.find) {
    if (interpreter !== undefined)
      throw new DaimonError("invalid", `${name} brings its own interpreter; write ${name} alone`);
    return name;
  }
  const found = await runtime.find(interpreter, cwd);
  if ("why" in found) throw new DaimonError("invalid", found.why);
  return `${name} ${found.interpreter}`;
}

function noSuchRuntime(name: string, runtimes: readonly Runtime[]): DaimonError {
  const names = runtimes.map((runtime) => runtime.name);
  const meant = nearest(name, names);
  const next = meant === undefined ? `there are: ${names.join(", ")}` : `did you mean "${meant}"?`;
  return new DaimonError("not_found", `there is no runtime "${name}"; ${next}`);
}

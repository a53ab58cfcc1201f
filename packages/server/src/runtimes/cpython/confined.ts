import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname } from "node:path";
import type { Sandbox } from "../../core/ports.ts";
import { patience, type Run } from "./interpreter.ts";

/** What a Python needs where it cannot see the machine. */

/**
 * The folder that it was installed into, and its virtual environment: what lies around its path, and around the file that this
 * leads to. What its `pyvenv.cfg` says is not asked, as whoever may write there could have any folder shown to themselves.
 */
export function foldersOf(interpreter: string): string[] {
  const paths = new Set([interpreter, real(interpreter)].filter((path) => path !== undefined));
  return [...paths].map((path) => {
    const folder = dirname(path);
    const above = dirname(folder);
    const everything = above === "/" || basename(above) === ".local" || `${homedir()}/`.startsWith(`${above}/`);
    return everything ? folder : above;
  });
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Which Python it is, is asked of a program that may be anything: the assistant itself can write into a virtual environment. */
export const runIn =
  (sandbox: Sandbox): Run =>
  async (path, args, cwd, env) => {
    const given = Object.fromEntries(
      Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    const profile = { cwd, env: given, network: [], writable: [], readable: foldersOf(path), label: "which python" };
    const late = AbortSignal.timeout(patience);
    let said = "";
    try {
      const child = await sandbox.spawn([path, ...args], profile, late);
      child.stdin?.end();
      const hear = (chunk: Buffer) => {
        said += chunk.toString("utf8");
        if (said.length > 1 << 20) child.kill("SIGKILL");
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      await child.exited;
    } catch (error) {
      said ||= (error as Error).message;
    }
    return { said, late: late.aborted };
  };

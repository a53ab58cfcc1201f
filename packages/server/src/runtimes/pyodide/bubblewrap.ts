import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Sandbox } from "../../core/ports.ts";

/**
 * Around the sealed Python, where the machine has it: bubblewrap, with no network, no file but those of the kernel itself, no
 * other process in sight and no privilege. The seal holds without it; this is for the day when the seal has a hole.
 */

/** What a dynamically linked Node needs beside itself. */
const libraries = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"];

/** The command that runs another with nothing but these files and folders, by the paths they have outside. */
export function wrapped(bubblewrap: string, files: readonly string[], env: Record<string, string>): string[] {
  return [
    bubblewrap,
    ...["--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--cap-drop", "ALL"],
    ...["--clearenv", ...Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value])],
    ...libraries.flatMap((folder) => ["--ro-bind-try", folder, folder]),
    ...["--proc", "/proc", "--dev", "/dev"],
    ...[realpathSync(process.execPath), ...files].flatMap((file) => ["--ro-bind", file, file]),
    ...["--chdir", "/", "--"],
  ];
}

/** The first one on the way, by a path of its own: nothing that stands in the folder we are in. */
export const findBubblewrap = (path = process.env["PATH"] ?? ""): string | undefined =>
  path
    .split(delimiter)
    .filter((folder) => folder.startsWith("/"))
    .map((folder) => join(folder, "bwrap"))
    .find((file) => existsSync(file));

const patience = 10_000;

/** Undefined where it works here; else why not, found by trying: in a container it is often there and may do nothing. */
export async function whyNot(bubblewrap: string | undefined, sandbox: Sandbox): Promise<string | undefined> {
  if (bubblewrap === undefined) return "bubblewrap is not installed";
  const argv = [...wrapped(bubblewrap, [], {}), realpathSync(process.execPath), "-e", "0"];
  const profile = { cwd: "/", env: {}, network: [], writable: [], label: "bubblewrap" };
  try {
    const child = await sandbox.spawn(argv, profile, AbortSignal.timeout(patience));
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf8")).slice(-300)));
    child.stdout.resume();
    const { code } = await child.exited;
    return code === 0 ? undefined : `bubblewrap does not work here (${said.trim() || `status ${code}`})`;
  } catch (error) {
    return `bubblewrap does not work here (${(error as Error).message})`;
  }
}

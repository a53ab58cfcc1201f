import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fileIn, homeOf } from "../../packages/protocol/src/client/folders.ts";

/** The real command line, as a shell without a terminal runs it, on a home of its own. */

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

export type Ran = { code: number | null; stdout: string; stderr: string };
export type RunOptions = {
  /** Undefined: empty. null: a pipe that nobody writes to or closes. */
  stdin?: string | Buffer | null;
  env?: Record<string, string>;
  cwd?: string;
};
export type House = AsyncDisposable & {
  home: string;
  /** The folder that people work in. */
  work: string;
  daimon(args: string[], options?: RunOptions): Promise<Ran>;
  /** The same, still running. */
  start(args: string[], options?: RunOptions): ChildProcess & { ran: Promise<Ran> };
  pid(): number;
  /** The same house with a folder, and so a session, of its own. */
  room(): Promise<Room>;
};
export type Room = Omit<House, typeof Symbol.asyncDispose>;

export async function house(): Promise<House> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "cli-")));
  const home = join(folder, "h");
  const work = join(folder, "work");
  await mkdir(work);

  const startIn =
    (folderOf: string) =>
    (args: string[], options: RunOptions = {}) =>
      run(args, { cwd: folderOf, ...options });
  function run(args: string[], { stdin = "", env = {}, cwd = work }: RunOptions) {
    const child = spawn(process.execPath, [main, ...args], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", HOME: folder, DAIMON_HOME: home, USER: "mia", ...env },
      // In a session of its own: whoever runs the tests is not asked at their terminal.
      detached: true,
    });
    // A command that ends before it has read all is not at fault.
    child.stdin.on("error", () => {});
    if (stdin !== null) child.stdin.end(stdin);
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (chunk) => (said[stream] += String(chunk)));
    const ran = once(child, "close").then(([code]) => ({ code: code as number | null, ...said }));
    return Object.assign(child, { ran });
  }

  const pid = () => Number(readFileSync(fileIn.pid(homeOf({ DAIMON_HOME: home })), "utf8"));
  let rooms = 0;
  const roomIn = (place: string): Room => ({
    home,
    work: place,
    start: startIn(place),
    daimon: (args, options) => startIn(place)(args, options).ran,
    pid,
    async room() {
      const next = join(folder, `room${++rooms}`);
      await mkdir(next);
      return roomIn(next);
    },
  });
  return {
    ...roomIn(work),
    async [Symbol.asyncDispose]() {
      await run(["stop"], { cwd: folder }).ran;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

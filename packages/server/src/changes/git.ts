import { spawn } from "node:child_process";
import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** git, run on a folder of ours and on nothing that a repository says of itself. */

/** Where git is on the PATH. One that lies where the assistant may write is somebody else's program. */
export function gitOn(path: string | undefined, roots: readonly string[]): string | undefined {
  const isWithin = (root: string, file: string) => file.startsWith(root.endsWith("/") ? root : `${root}/`);
  for (const folder of (path ?? "").split(delimiter).filter(isAbsolute)) {
    try {
      const file = join(folder, "git");
      accessSync(file, constants.X_OK);
      const real = realpathSync.native(file);
      if (!roots.some((root) => isWithin(root, real) || isWithin(root, file))) return real;
    } catch {
      // not here
    }
  }
  return undefined;
}

/** It took longer than it may. */
export class TooLong extends Error {
  override readonly name = "TooLong";
}

export type Run = { index: string; until: number; input?: Buffer; signal?: AbortSignal };
const outputAtMost = 256 * 1024 * 1024;

export type Git = (args: readonly string[], run: Run) => Promise<Buffer>;

/**
 * `folder` is its only git directory: with no hooks, no filters and no configuration but ours. What a repository has of those is
 * looked at by nobody; of what its files say only .gitignore counts.
 */
export const gitIn =
  (git: string, folder: string, top: string): Git =>
  (args, { index, until, input, signal }) =>
    new Promise((resolve, reject) => {
      const env = {
        GIT_DIR: folder,
        GIT_WORK_TREE: top,
        GIT_INDEX_FILE: index,
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_CONFIG_SYSTEM: "/dev/null",
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_ATTR_NOSYSTEM: "1",
        GIT_LITERAL_PATHSPECS: "1",
        GIT_NO_REPLACE_OBJECTS: "1",
        GIT_NO_LAZY_FETCH: "1",
        GIT_TERMINAL_PROMPT: "0",
        HOME: folder,
        LC_ALL: "C",
      };
      const child = spawn(git, args, { cwd: top, env, stdio: "pipe" });
      const chunks: Buffer[] = [];
      let bytes = 0;
      let said = "";
      const stop = (error: Error) => (child.kill("SIGKILL"), reject(error));
      const late = setTimeout(() => stop(new TooLong("git took too long")), Math.max(0, until - Date.now()));
      const aborted = () => stop(new TooLong("it was interrupted"));
      signal?.addEventListener("abort", aborted, { once: true });
      child.stdout.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > outputAtMost) stop(new TooLong("git says more than is read"));
        else chunks.push(chunk);
      });
      child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(0, 2000)));
      child.stdin.on("error", () => {}); // one that has left says by its exit why
      child.on("error", reject);
      child.on("close", (code) => {
        clearTimeout(late);
        signal?.removeEventListener("abort", aborted);
        if (code === 0) resolve(Buffer.concat(chunks));
        else reject(new Error(`git ${args.join(" ")} ended with ${code}: ${said.trim()}`));
      });
      child.stdin.end(input);
      if (signal?.aborted) aborted();
    });

/** Parts that end with a zero byte. */
export const parts = (bytes: Buffer): string[] => bytes.toString("utf8").split("\0").slice(0, -1);

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findSocket, homeOf, readToken } from "../../packages/protocol/src/client/folders.ts";
import type { Script } from "./scripted.ts";

/** Real daemons for tests: a process each, on a home of their own. */

export type Running = AsyncDisposable & {
  home: string;
  pid: number;
  socket: string;
  token: string;
  /** Asks it to stop and resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Its exit code, however it ends. */
  ended: Promise<number | null>;
  /** Closes our ends of its stdout and stderr. */
  closeOutput(): void;
  /** kill -9 */
  kill(): Promise<void>;
};

export type StartOptions = { home: string; script?: Script; env?: Record<string, string>; args?: string[] };

/** Sources are stripped of their types once and not at every start. */
const compiled = fileURLToPath(new URL("../../node_modules/.cache/daimon/compiled", import.meta.url));
const main = fileURLToPath(new URL("../daemon.ts", import.meta.url));

/** A folder below the system's, gone when `use` is done. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "daimon-test-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs to its end: for daemons that are expected not to start. */
export async function runToEnd({ home, env, args = [] }: StartOptions) {
  const child = launch(home, { ...env }, args);
  const [stdout, stderr, [code]] = await Promise.all([
    textOf(child, "stdout"),
    textOf(child, "stderr"),
    once(child, "close"),
  ]);
  return { code: code as number | null, stdout, stderr };
}

/** Resolves once it listens. What it was started in stays its own: only `stop` and `kill` end it. */
export async function startDaemon({ home, script, env = {}, args = [] }: StartOptions): Promise<Running> {
  const file = `${home}.script.json`;
  if (script) await writeFile(file, JSON.stringify(script));
  const child = launch(home, { ...(script ? { DAIMON_TEST_SCRIPT: file } : {}), ...env }, args);
  const stderr = textOf(child, "stderr");
  const exited = once(child, "exit");
  const [said] = (await Promise.race([once(child.stdout!, "data"), exited.then(() => [undefined])])) as [
    Buffer | undefined,
  ];
  if (!said) throw new Error(`the daemon did not start: ${await stderr}`);
  const paths = homeOf({ DAIMON_HOME: home });
  const [socket, token] = [findSocket(paths), readToken(paths)];
  if (socket === undefined || token === undefined) throw new Error("the daemon listens, but did not say where");
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal); // does nothing to one that is gone
    const [code] = await exited;
    return code as number | null;
  };
  return {
    home,
    pid: child.pid as number,
    socket,
    token,
    stop: () => end("SIGTERM"),
    ended: exited.then(([code]) => code as number | null),
    closeOutput() {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    kill: async () => void (await end("SIGKILL")),
    // A test that failed halfway leaves none behind.
    [Symbol.asyncDispose]: async () => void (await end("SIGKILL")),
  };
}

const launch = (home: string, env: Record<string, string>, args: string[]): ChildProcess =>
  spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: home, DAIMON_HOME: home, NODE_COMPILE_CACHE: compiled, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });

async function textOf(child: ChildProcess, stream: "stdout" | "stderr"): Promise<string> {
  let text = "";
  child[stream]!.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await once(child[stream]!, "close");
  return text;
}

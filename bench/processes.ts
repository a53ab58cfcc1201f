import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileIn, findSocket, type Home, homeOf, readToken } from "../packages/protocol/src/client/folders.ts";
import type { World } from "./harness.ts";
import { type Caller, connect } from "./wire.ts";

/** Processes that are measured, and how long they take. */

export const node = process.execPath;

/** From starting it to its end. */
export async function lifetime(args: readonly string[], options: SpawnOptions = {}): Promise<number> {
  const start = performance.now();
  const child = spawn(node, args, { stdio: ["ignore", "ignore", "inherit"], ...options });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with ${code}`);
  return performance.now() - start;
}
/** What Node itself costs: the floor of everything that starts. */
export const bareNode = () => lifetime(["-e", "0"]);

export type Started = { child: ChildProcess; home: Home; env: NodeJS.ProcessEnv; socketPath: string; token: string };

export function environment(base: string): NodeJS.ProcessEnv {
  return { ...process.env, DAIMON_HOME: base, DAIMON_TOKEN: "", DAIMON_HOST: "" };
}

/** A daemon that answers, ended after the row. Which bundle: the product's, or the one with our models. */
export async function startDaemon(
  world: World,
  entry: "product" | "steady",
  base = world.folder(),
  more: NodeJS.ProcessEnv = {},
): Promise<Started> {
  const env = { ...environment(base), ...more };
  const main = entry === "product" ? join(world.dist, "daemon.cjs") : join(world.bench, "daemon.mjs");
  const child = spawn(node, [main], { env, stdio: ["ignore", "pipe", "inherit", "ipc"] });
  world.after(() => stop(child));
  await said(child);
  const home = homeOf(env);
  const socketPath = findSocket(home);
  const token = readToken(home);
  if (socketPath === undefined || token === undefined) throw new Error(`no daemon listens; see ${fileIn.log(home)}`);
  return { child, home, env, socketPath, token };
}

/** A floor of ours on a socket or a channel; it says a word when it is ready. */
export async function startFloor(world: World, name: string, ...args: string[]): Promise<ChildProcess> {
  const child = spawn(node, [join(world.bench, `${name}.mjs`), ...args], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  world.after(() => stop(child));
  await said(child);
  return child;
}

async function said(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${child.spawnargs.join(" ")} ended with ${String(code)} before it was ready`);
  });
  await Promise.race([once(child.stdout!, "data"), ended]);
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

export async function callerOf(world: World, { socketPath, token }: Started): Promise<Caller> {
  const caller = await connect({ socketPath, token });
  world.after(() => caller.close());
  return caller;
}

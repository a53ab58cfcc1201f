import { DaimonError } from "@daimon/protocol";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Answer, Task } from "./task.ts";

/** Beside this file in the sources; beside the bundle in the published package. */
const file = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./walking-worker.mjs", import.meta.url),
);
/** Of all sessions together: two of them keep a small machine busy. */
const atOnce = 2;
const memoryMb = 256;

let running = 0;
const waiting = new Set<() => void>();

/** Does a task in a thread of its own, which an interrupt ends in the middle of whatever it does. */
export async function inThread(task: Task, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  if (running >= atOnce) await aTurn(signal);
  else running++;
  try {
    signal.throwIfAborted();
    return await answerOf(task, signal);
  } finally {
    // Handed on, so that nobody comes in between.
    const [next] = waiting;
    if (next) next();
    else running--;
  }
}

/** Until one of those that run is done. */
function aTurn(signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => {
    waiting.delete(go);
    reject(signal.reason as Error);
  };
  const go = () => {
    waiting.delete(go);
    signal.removeEventListener("abort", stop);
    resolve();
  };
  waiting.add(go);
  signal.addEventListener("abort", stop, { once: true });
  return promise;
}

async function answerOf(task: Task, signal: AbortSignal): Promise<Answer> {
  // It needs none of the daemon's environment, where keys may be.
  const resourceLimits = { maxOldGenerationSizeMb: memoryMb };
  const worker = new Worker(file, { workerData: task, env: {}, execArgv: [], resourceLimits });
  const answer = Promise.withResolvers<Answer>();
  const stop = () => answer.reject(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  worker.once("message", answer.resolve);
  worker.once("error", (error: NodeJS.ErrnoException) =>
    answer.reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? tooMuch() : error),
  );
  worker.once("exit", () => answer.reject(new Error("the thread that walks folders ended without an answer")));
  try {
    return await answer.promise;
  } finally {
    signal.removeEventListener("abort", stop);
    await worker.terminate();
  }
}

const tooMuch = () => new DaimonError("too_large", "That is too much to look through at once: name a smaller folder.");

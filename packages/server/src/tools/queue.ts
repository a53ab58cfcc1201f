import { isWithin } from "./paths/words.ts";

type Running = { paths: readonly string[]; end: Promise<void> };
const running = new Set<Running>();

/**
 * Writers of one file, or of a folder and what lies in it, go one after the other, in the order in which they came: of all sessions, for
 * files know nothing of them. The paths are real.
 */
export async function inTurn<T>(paths: readonly string[], signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { promise: end, resolve: done } = Promise.withResolvers<void>();
  const before = [...running].filter((other) => meet(other.paths, paths)).map((other) => other.end);
  const own = { paths, end };
  running.add(own);
  try {
    await endOf(Promise.all(before), signal);
    return await work();
  } finally {
    running.delete(own);
    done();
  }
}

const meet = (some: readonly string[], others: readonly string[]): boolean =>
  some.some((one) => others.some((other) => isWithin(one, other) || isWithin(other, one)));

async function endOf(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

import { constants } from "node:os";
import type { Child } from "../../core/ports.ts";
import { Plain } from "./plain.ts";

/** How a program ended. `exit` is its status, as a shell tells it; `signal` what ended it, where something did; `notes` the sandbox's. */
export type Ended = { exit: number; signal?: string; notes?: readonly string[] };

/** How long nothing may be heard of a program that has ended, and how long one waits at most: others may hold its pipes for ever. */
const silence = 100;
const patience = 1000;

/** Hears all that a program says, which nobody answers, until it has ended and what it said before has come. */
export async function follow(child: Child, hear: (bytes: Buffer, from: "out" | "err") => void): Promise<Ended> {
  child.stdin?.end();
  let heard = 0;
  const streams = [
    { stream: child.stdout, from: "out" as const },
    { stream: child.stderr, from: "err" as const },
  ];
  const closings = streams.map(({ stream, from }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    stream.once("close", resolve).on("data", (bytes: Buffer) => {
      heard++;
      hear(bytes, from);
    });
    return promise;
  });
  const { code, signal, notes = [] } = await child.exited;
  const closed = Promise.all(closings).then(() => true);
  for (let waited = 0, before = -1; before !== heard && waited < patience; waited += silence) {
    before = heard;
    if (await Promise.race([closed, pause(silence)])) break;
  }
  for (const { stream } of streams) stream.removeAllListeners("data").destroy();
  return { ...(signal === null ? ended(code ?? 1) : { exit: 128 + numberOf(signal), signal }), notes };
}

/** The same, of both streams as one text that does nothing. */
export async function followText(child: Child, hear: (text: string) => void): Promise<Ended> {
  const plain = new Plain();
  const say = (text: string) => {
    if (text !== "") hear(text);
  };
  const end = await follow(child, (bytes) => say(plain.push(bytes)));
  say(plain.end());
  return end;
}

/** False once the time is over. */
const pause = (ms: number): Promise<false> => new Promise((resolve) => setTimeout(resolve, ms, false));

/** A shell says with its own status what signal ended its command. */
function ended(exit: number): Ended {
  const signal = Object.entries(constants.signals).find(([, number]) => number === exit - 128)?.[0];
  return { exit, ...(signal ? { signal } : {}) };
}

const numberOf = (signal: string): number => constants.signals[signal as NodeJS.Signals] ?? 0;

/** Why it was no success, in a sentence; undefined where it was one. */
export function failure({ exit, signal }: Ended, what = "Command"): string | undefined {
  if (signal !== undefined) return `${what} was killed by ${signal}`;
  return exit === 0 ? undefined : `${what} exited with code ${exit}`;
}

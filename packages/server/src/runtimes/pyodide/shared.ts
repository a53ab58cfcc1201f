import type { MessagePort } from "node:worker_threads";
import { ringBytes } from "./ring.ts";

/** What the two threads of a kernel process share, and what they say to each other. */

export type KernelConfig = { worker: string; pyodide: string; helpers: string; image: string | undefined };

/** `interrupt` is Pyodide's signal byte. `bell` rings for a worker that waits: an interrupt or an answer is there. */
export type Shared = { interrupt: SharedArrayBuffer; bell: SharedArrayBuffer; output: SharedArrayBuffer };

export const newShared = (): Shared => ({
  interrupt: new SharedArrayBuffer(1),
  bell: new SharedArrayBuffer(4),
  output: new SharedArrayBuffer(ringBytes),
});

export type WorkerData = { shared: Shared; config: KernelConfig; answers: MessagePort };

/** What Python waits for. The answer carries the number of its question. */
export type Question = { type: "display"; value: unknown } | { type: "input"; prompt: string; password: boolean };
export type Answer = { number: number; text: string | null };

export type FromWorker =
  | (Question & { number: number })
  | { type: "ready"; python: string }
  | { type: "output" }
  | { type: "reply"; value: unknown }
  | { type: "failed"; why: string };

export const sigint = 2;
/** Means nothing itself, but has Python look whether an interrupt was lost. */
export const sigurg = 23;
export const nudges = { every: 100, atMost: 20 };

/**
 * The signal byte as Pyodide is given it. It reads the byte and clears it in two steps, many times a millisecond: an
 * interrupt that came between the two was gone. Here only what was read is cleared.
 */
export function interruptBuffer(byte: Uint8Array): Uint8Array {
  let read = 0;
  const buffer = {
    get 0() {
      return (read = Atomics.load(byte, 0));
    },
    set 0(_cleared: number) {
      Atomics.compareExchange(byte, 0, read, 0);
    },
  };
  return buffer as unknown as Uint8Array;
}

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
type MessagePort = import("node:worker_threads").MessagePort;

export type FromWorker =
  | { type: "ready"; python: string }
  | { type: "output" }
  | { type: "display"; value: unknown }
  | { type: "input"; number: number; prompt: string; password: boolean }
  | { type: "reply"; value: unknown }
  | { type: "failed"; why: string };

/** An answer names the question it is for: one that comes too late is nobody's. */
export type Answer = { number: number; text: string | null };

export const sigint = 2;

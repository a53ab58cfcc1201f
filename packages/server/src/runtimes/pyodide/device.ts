import { parentPort, receiveMessageOnPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { PyodideAPI } from "pyodide";
import type { Answer, FromWorker } from "./shared.ts";

/**
 * /dev/host: Python writes a request and reads the answer, so that its heap never holds a JavaScript value. Waiting ends early
 * with EINTR when an interrupt is there, and Python then runs its signal handler.
 */

const eintr = 27;
const einval = 28;

type Stream = { seekable: boolean };
type Filesystem = PyodideAPI["FS"] & {
  makedev(major: number, minor: number): number;
  registerDevice(device: number, operations: object): void;
  mkdev(path: string, device: number): void;
  ErrnoError: new (errno: number) => Error;
};

export const say = (message: FromWorker) => parentPort?.postMessage(message);

export function installDevice(
  fs: Filesystem,
  bell: Int32Array,
  interrupted: () => boolean,
  answers: MessagePort,
): void {
  let request: unknown;
  let reply: Uint8Array | undefined;
  let inputs = 0;

  const sleep = (ms: number): null => {
    const end = performance.now() + ms;
    for (;;) {
      const rung = Atomics.load(bell, 0);
      if (interrupted()) throw new fs.ErrnoError(eintr);
      const left = end - performance.now();
      if (left <= 0) return null;
      Atomics.wait(bell, 0, rung, left);
    }
  };

  const input = (prompt: string, password: boolean): string | null => {
    const number = ++inputs;
    say({ type: "input", number, prompt, password });
    for (;;) {
      const rung = Atomics.load(bell, 0);
      const received = receiveMessageOnPort(answers) as { message: Answer } | undefined;
      if (received?.message.number === number) return received.message.text;
      if (received !== undefined) continue;
      if (interrupted()) throw new fs.ErrnoError(eintr);
      Atomics.wait(bell, 0, rung);
    }
  };

  const serve = (asked: unknown): unknown => {
    const [what, first, second] = Array.isArray(asked) ? (asked as unknown[]) : [];
    if (what === "sleep" && typeof first === "number" && first >= 0) return sleep(first);
    if (what === "input" && typeof first === "string") return input(first.slice(0, 4096), second === true);
    if (what === "display") return say({ type: "display", value: first }) ?? null;
    throw new fs.ErrnoError(einval);
  };

  const device = fs.makedev(99, 1);
  fs.registerDevice(device, {
    open: (stream: Stream) => (stream.seekable = false),
    close: () => undefined,
    write: (_stream: Stream, buffer: Uint8Array, offset: number, length: number): number => {
      request = parse(buffer.slice(offset, offset + length));
      reply = undefined;
      return length;
    },
    read: (_stream: Stream, buffer: Uint8Array, offset: number, length: number): number => {
      reply ??= new TextEncoder().encode(JSON.stringify(serve(request)));
      const part = reply.subarray(0, length);
      buffer.set(part, offset);
      reply = reply.subarray(part.length);
      return part.length;
    },
  });
  fs.mkdev("/dev/host", device);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

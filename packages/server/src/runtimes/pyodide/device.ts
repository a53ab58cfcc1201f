import { parentPort, receiveMessageOnPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { errno } from "./filesystem.ts";
import type { FileSystem } from "./filesystem.ts";
import type { Answer, FromWorker, Question } from "./shared.ts";

/**
 * /dev/host: Python writes a request and reads the answer, so that its heap never holds a JavaScript value. Waiting ends early
 * with EINTR when an interrupt is there, and Python then runs its signal handler.
 */

const maxPrompt = 4096;

export const say = (message: FromWorker) => parentPort?.postMessage(message);

export function installDevice(
  fs: FileSystem,
  bell: Int32Array,
  interrupted: () => boolean,
  answers: MessagePort,
): void {
  let request: unknown;
  let reply: Uint8Array | undefined;
  let questions = 0;

  /** Waits until the look has found something: now, or when the bell rings, or when the time is over. */
  const wait = <T>(look: () => T | undefined, until = Infinity): T | undefined => {
    for (;;) {
      const rung = Atomics.load(bell, 0);
      if (interrupted()) throw new fs.ErrnoError(errno.interrupted);
      const found = look();
      if (found !== undefined) return found;
      const left = until - performance.now();
      if (left <= 0) return undefined;
      Atomics.wait(bell, 0, rung, left);
    }
  };

  const ask = (question: Question): string | null => {
    const number = ++questions;
    say({ ...question, number });
    // An answer to an earlier question came after it was given up: it is nobody's.
    const answered = wait(() => {
      let received: Answer | undefined;
      do received = receiveMessageOnPort(answers)?.message as Answer | undefined;
      while (received !== undefined && received.number !== number);
      return received;
    });
    return answered?.text ?? null;
  };

  const serve = (asked: unknown): unknown => {
    const [what, first, second] = Array.isArray(asked) ? (asked as unknown[]) : [];
    if (what === "sleep" && typeof first === "number" && first >= 0) {
      return wait(() => undefined, performance.now() + first) ?? null;
    }
    if (what === "input" && typeof first === "string") {
      return ask({ type: "input", prompt: first.slice(0, maxPrompt), password: second === true });
    }
    if (what === "display") return ask({ type: "display", value: first });
    throw new fs.ErrnoError(errno.invalid);
  };

  const device = fs.makedev(99, 1);
  fs.registerDevice(device, {
    open: (stream: { seekable: boolean }) => (stream.seekable = false),
    close: () => undefined,
    write: (_stream: unknown, buffer: Uint8Array, offset: number, length: number): number => {
      request = parse(buffer.slice(offset, offset + length));
      reply = undefined;
      return length;
    },
    read: (_stream: unknown, buffer: Uint8Array, offset: number, length: number): number => {
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
    return undefined; // refused when it is served
  }
}

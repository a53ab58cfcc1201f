import type { TSchema, Static } from "typebox";
import type { CapabilityAnswer, CellResult, CellWatcher, Child, Kernel, KernelExit } from "../core/ports.ts";
import * as Checks from "./checks.ts";
import { maxReply, readFrames, writeFrame } from "./frames.ts";

/** The daemon's end of a kernel process, whichever Python is in it. */

type Waiting = { answered(value: unknown): void; ended(): void };

export type RemoteKernel = Kernel & {
  generation: number;
  /** Settles when the Python can be asked; throws the reason when it left before. */
  ready: Promise<void>;
};

export function remoteKernel(child: Child): RemoteKernel {
  const channel = child.channel;
  if (channel === null) throw new Error("a kernel needs the channel on fd 3");
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(exit: KernelExit) => void>();
  let lastId = 0;
  let running: { id: number; watcher: CellWatcher } | undefined;
  /** The newest input() that asked: an answer is for that one, though Python may be at another by the time it arrives. */
  let question: number | undefined;
  let python = "";
  let exit: KernelExit | undefined;
  /** Why it will have ended, known before it has. */
  let cause: KernelExit | undefined;
  let lastWords = "";
  const readiness = Promise.withResolvers<void>();
  readiness.promise.catch(() => undefined); // asked for by start; a kernel nobody waits for may fail silently here

  const ends = (reason: KernelExit) => {
    cause ??= reason;
    child.kill("SIGKILL");
  };

  const receive = (unchecked: unknown) => {
    const frame = Checks.checkedFrame(unchecked);
    if (frame === undefined) return; // forged or garbled: it concerns only this kernel, which goes on
    if (frame.type === "ready") {
      python = frame.python;
      readiness.resolve();
    } else if (frame.type === "output") running?.watcher.output(frame.stream, frame.text);
    else if (frame.type === "display") running?.watcher.display(frame.value);
    else if (frame.type === "input" && running) {
      question = frame.number;
      running.watcher.input(frame.prompt, frame.password);
    } else if (frame.type === "failed") ends({ is: "died", why: frame.why });
    else if (frame.type === "reply") {
      const asked = waiting.get(frame.id);
      waiting.delete(frame.id);
      if (running?.id === frame.id) running = undefined;
      asked?.answered(frame.value);
    }
  };
  readFrames(channel, maxReply, receive, (why) => ends({ is: "died", why: `it sent ${why}` }));

  child.stdin?.end();
  child.stdout.resume();
  child.stderr.on("data", (chunk: Buffer) => (lastWords = (lastWords + chunk.toString("utf8")).slice(-2000)));

  void child.exited.then(({ code, signal }) => {
    exit = cause ?? { is: "died", why: saidAtExit(code, signal, lastWords) };
    readiness.reject(new Error(`the kernel did not start: ${exit.why}`));
    running = undefined;
    for (const one of waiting.values()) one.ended();
    waiting.clear();
    for (const listener of listeners) listener(exit);
  });

  /** Asks and waits. Undefined when the kernel ended or said something that is no such answer. */
  const ask = <S extends TSchema>(schema: S, request: { type: string } & Record<string, unknown>) => {
    const id = ++lastId;
    const { promise, resolve } = Promise.withResolvers<Static<S> | undefined>();
    if (exit !== undefined) {
      resolve(undefined);
      return { id, answer: promise };
    }
    waiting.set(id, {
      answered: (value) => resolve(Checks.checked(schema, value)),
      ended: () => resolve(undefined),
    });
    writeFrame(channel, { ...request, id });
    return { id, answer: promise };
  };

  return {
    generation: 0,
    ready: readiness.promise,
    get python() {
      return python;
    },
    async exec(cell, watcher): Promise<CellResult> {
      if (exit !== undefined) return unanswered(exit);
      if (running !== undefined) throw new Error("a kernel runs one cell at a time");
      const { id, answer } = ask(Checks.CellResult, { type: "exec", cell: cell.id, code: cell.code });
      running = { id, watcher };
      const result = await answer;
      return (result as CellResult | undefined) ?? unanswered(exit);
    },
    async capability(name, arg): Promise<CapabilityAnswer> {
      const { answer } = ask(Checks.CapabilityAnswer, { type: "capability", name, arg });
      return (await answer) ?? { ok: false, text: unanswered(exit).error?.message ?? "" };
    },
    async variables() {
      return ask(Checks.Variables, { type: "variables" }).answer;
    },
    async complete(code, cursor) {
      const { answer } = ask(Checks.Completion, { type: "complete", code, cursor });
      return (await answer) ?? { matches: [], start: cursor, end: cursor };
    },
    async isComplete(code) {
      return (await ask(Checks.Completeness, { type: "isComplete", code }).answer) ?? { is: "complete" };
    },
    answer: (text) => {
      if (exit === undefined && question !== undefined) writeFrame(channel, { type: "answer", number: question, text });
      question = undefined;
    },
    interrupt: () => {
      if (running !== undefined && exit === undefined) writeFrame(channel, { type: "interrupt", id: running.id });
    },
    kill: (why) => ends({ is: "stopped", why }),
    async checkpoint() {
      return (await ask(Checks.Checkpointed, { type: "checkpoint" }).answer)?.checkpoint;
    },
    async restore(checkpoint) {
      return (await ask(Checks.Restored, { type: "restore", checkpoint }).answer)?.restored ?? false;
    },
    onExit: (listener) => {
      if (exit === undefined) listeners.add(listener);
      else listener(exit);
    },
  };
}

function unanswered(exit: KernelExit | undefined): CellResult {
  const message =
    exit === undefined ? "the kernel gave an answer that makes no sense" : `the kernel ended: ${exit.why}`;
  const error = { name: "KernelDied", message, traceback: `KernelDied: ${message}\n` };
  return exit === undefined ? { ok: false, error } : { ok: false, outcome: "died", error };
}

function saidAtExit(code: number | null, signal: string | null, lastWords: string): string {
  if (signal !== null) return `ended by ${signal}`;
  const words = lastWords.split("\n").filter((line) => line !== "" && !/^ {4}at |^Node\.js v/.test(line));
  const last = words.at(-1)?.slice(0, 300);
  return last === undefined ? `exited with status ${code}` : `exited with status ${code}: ${last}`;
}

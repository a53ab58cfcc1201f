import type { Value } from "@daimon/protocol";
import type { TSchema, Static } from "typebox";
import type { Duplex } from "node:stream";
import type { CapabilityAnswer, CellResult, CellWatcher, Child, Kernel, KernelExit } from "../core/ports.ts";
import * as Checks from "./checks.ts";
import { maxReply, readFrames, writeFrame } from "./frames.ts";

/** The daemon's end of a kernel process, whichever Python is in it. */

type Waiting = { answered(value: unknown): void; ended(): void };

/** Requests without an answer, oldest first; Python answers in this order. */
export type Pending = ReadonlyMap<number, unknown>;

/** How one kind of kernel process is heard and interrupted, beside the frames. */
export type Manner = {
  /** A cell begins: what the process prints is its output from now on. */
  begin(watcher: CellWatcher): void;
  /** The cell's answer is there. */
  end(): void;
  interrupt(id: number): void;
  /** Any request was answered. */
  answered(): void;
  /** Calls when all that was printed before this moment has been heard. */
  heard(call: () => void): void;
  /** What it said about its end; "" for nothing. */
  lastWords(): string;
};
export type MannerOf = (child: Child, channel: Duplex, pending: Pending, forget: () => Promise<unknown>) => Manner;

/** Everything goes through frames, output and interrupts too; stderr is for the kernel's own last words. */
const inFrames: MannerOf = (child, channel) => {
  let words = "";
  child.stdin?.end();
  child.stdout.resume();
  child.stderr.on("data", (chunk: Buffer) => (words = (words + chunk.toString("utf8")).slice(-2000)));
  return {
    begin: () => undefined,
    end: () => undefined,
    interrupt: (id) => writeFrame(channel, { type: "interrupt", id }),
    answered: () => undefined,
    heard: (call) => call(),
    lastWords: () => words.split("\n").findLast((line) => line !== "" && !/^ {4}at |^Node\.js v/.test(line)) ?? "",
  };
};

/** Of what is shown while no cell runs the newest are kept. */
const betweenAtMost = 20;

export type RemoteKernel = Kernel & {
  generation: number;
  /** Settles when the Python can be asked; throws the reason when it left before. */
  ready: Promise<void>;
};

/** How long a process that has closed its channel may take to leave by itself. */
const patience = 1000;

export function remoteKernel(child: Child, mannerOf: MannerOf = inFrames): RemoteKernel {
  const channel = child.channel;
  if (channel === null) throw new Error("a kernel needs the channel on fd 3");
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(exit: KernelExit) => void>();
  let lastId = 0;
  let running: { id: number; watcher: CellWatcher } | undefined;
  /** The newest input() that asked: an answer is for that one, though Python may be at another by the time it arrives. */
  let question: number | undefined;
  /** Shown by a thread while no cell ran: there is no other place for it than the next one. */
  const between: Value[] = [];
  let leftOut = 0;
  let python = "";
  let exit: KernelExit | undefined;
  /** Why it will have ended, known before it has. */
  let cause: KernelExit | undefined;
  const readiness = Promise.withResolvers<void>();
  readiness.promise.catch(() => undefined); // asked for by start; a kernel nobody waits for may fail silently here

  const ends = (reason: KernelExit) => {
    cause ??= reason;
    child.kill("SIGKILL");
  };

  const receive = (unchecked: unknown) => {
    const frame = Checks.checkedFrame(unchecked);
    if (frame === undefined) return senseless(unchecked); // forged or garbled: it concerns only this kernel, which goes on
    if (frame.type === "ready") {
      python = frame.python;
      readiness.resolve();
    } else if (frame.type === "output") running?.watcher.output(frame.stream, frame.text);
    else if (frame.type === "display") {
      if (running) running.watcher.display(frame.value);
      else if (between.push(frame.value) > betweenAtMost) {
        between.shift();
        leftOut += 1;
      }
      if (frame.number !== undefined) tell(frame.number, null);
    } else if (frame.type === "sync") tell(frame.number, null);
    else if (frame.type === "input") {
      if (running === undefined) return tell(frame.number, null); // between the cells there is nobody to ask
      question = frame.number;
      running.watcher.input(frame.prompt, frame.password);
    } else if (frame.type === "failed") ends({ is: "died", why: frame.why });
    else if (frame.type === "reply") {
      const asked = waiting.get(frame.id);
      waiting.delete(frame.id);
      if (running?.id === frame.id) {
        running = undefined;
        manner.end();
      }
      manner.answered();
      asked?.answered(frame.value);
    }
  };
  const tell = (number: number, text: string | null) => writeFrame(channel, { type: "answer", number, text });

  /** Whoever waits for an answer shall not wait for ever. */
  const senseless = (frame: unknown) => {
    const { number } = (frame ?? {}) as { number?: unknown };
    if (typeof number === "number") tell(number, null);
  };

  const left = ({ code, signal }: Awaited<Child["exited"]>) => {
    exit = cause ?? { is: "died", why: saidAtExit(code, signal, manner.lastWords()) };
    readiness.reject(new Error(`the kernel did not start: ${exit.why}`));
    running = undefined;
    for (const one of waiting.values()) one.ended();
    waiting.clear();
    for (const listener of listeners) listener(exit);
  };

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

  const manner = mannerOf(child, channel, waiting, () => ask(Checks.Nothing, { type: "forget" }).answer);
  const nonsense = (why: string) => ends({ is: "died", why: `it sent ${why}` });
  readFrames(channel, maxReply, (frame) => manner.heard(() => receive(frame)), nonsense);
  channel.once("end", () => {
    const closed = () => ends({ is: "died", why: "it closed its channel to the daemon" });
    const timer = setTimeout(closed, patience);
    void child.exited.then(() => clearTimeout(timer));
  });
  void child.exited.then((how) => manner.heard(() => left(how)));

  return {
    generation: 0,
    ready: readiness.promise,
    get python() {
      return python;
    },
    async exec(cell, watcher): Promise<CellResult> {
      if (exit !== undefined) return unanswered(exit);
      if (running !== undefined) throw new Error("a kernel runs one cell at a time");
      const { id: number, ...words } = cell;
      const { id, answer } = ask(Checks.CellResult, { type: "exec", cell: number, ...words });
      running = { id, watcher };
      manner.begin(watcher);
      if (leftOut > 0) watcher.output("stderr", `[${leftOut} that were shown before this cell are left out]\n`);
      leftOut = 0;
      for (const value of between.splice(0)) watcher.display(value);
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
      if (exit === undefined && question !== undefined) tell(question, text);
      question = undefined;
    },
    interrupt: () => {
      if (running !== undefined && exit === undefined) manner.interrupt(running.id);
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

function saidAtExit(code: number | null, signal: string | null, words: string): string {
  const how = signal === null ? `exited with status ${code}` : `ended by ${signal}`;
  return words === "" ? how : `${how}: ${words.slice(0, 300)}`;
}

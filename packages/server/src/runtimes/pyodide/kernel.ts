import { Socket } from "node:net";
import { MessageChannel, Worker } from "node:worker_threads";
import { maxRequest, readFrames, writeFrame } from "../frames.ts";
import { outputSender, whenRead } from "./output.ts";
import { ringReader } from "./ring.ts";
import { newShared, nudges, sigint, sigurg } from "./shared.ts";
import type { Answer, FromWorker, KernelConfig, WorkerData } from "./shared.ts";

/**
 * The kernel process: this thread speaks with the daemon on fd 3 and can always hear an interrupt; the worker runs Python. It
 * hands the worker one request at a time, so that it knows what an interrupt would hit.
 */

type Request = { id: number; type: string };

/** Looking never takes long, unless a value's own code runs for it. */
const lookings = new Set(["capability", "variables", "complete", "isComplete"]);
const looksAtMost = 2000;

const config = JSON.parse(process.argv[2] ?? "{}") as KernelConfig;
const daemon = new Socket({ fd: 3, readable: true, writable: true });
const shared = newShared();
const interruptByte = new Uint8Array(shared.interrupt);
const bell = new Int32Array(shared.bell);
const output = outputSender(ringReader(shared.output), daemon);
const answers = new MessageChannel();

const queue: Request[] = [];
let current: Request | undefined;
let patience: NodeJS.Timeout | undefined;
let failed = false;

const workerData: WorkerData = { shared, config, answers: answers.port2 };
const worker = new Worker(config.worker, {
  workerData,
  transferList: [answers.port2],
  env: {},
  argv: [],
  // Python's own recursion limit comes before the end of such a stack, in C code too.
  resourceLimits: { stackSizeMb: 64, maxOldGenerationSizeMb: 512 },
});

const next = () => {
  if (current !== undefined) return;
  current = queue.shift();
  if (current === undefined) return;
  Atomics.store(interruptByte, 0, 0);
  worker.postMessage(current);
  if (lookings.has(current.type)) patience = setTimeout(raise, looksAtMost);
};

const ring = () => {
  Atomics.add(bell, 0, 1);
  Atomics.notify(bell, 0);
};

/** Raises KeyboardInterrupt in whatever runs, again where it was lost: see interrupts.py. */
const raise = () => {
  const interrupted = current;
  Atomics.store(interruptByte, 0, sigint);
  ring();
  const nudge = (left: number) => {
    if (current !== interrupted || left === 0) return;
    Atomics.compareExchange(interruptByte, 0, 0, sigurg);
    ring();
    setTimeout(() => nudge(left - 1), nudges.every);
  };
  setTimeout(() => nudge(nudges.atMost), nudges.every);
};

const interrupt = (id: number) => {
  const waits = queue.findIndex((request) => request.id === id);
  if (waits >= 0) {
    queue.splice(waits, 1);
    const error = { name: "KeyboardInterrupt", message: "", traceback: "KeyboardInterrupt\n" };
    writeFrame(daemon, { type: "reply", id, value: { ok: false, outcome: "interrupted", error } });
  } else if (current?.id !== id) return;
  // Whatever runs is it, or stands in its way.
  raise();
};

const answerTo = (answer: Answer) => {
  answers.port1.postMessage(answer);
  ring();
};

type FromDaemon = Request | { type: "interrupt"; id: number } | ({ type: "answer" } & Answer);

readFrames(
  daemon,
  maxRequest,
  (unchecked) => {
    const frame = unchecked as FromDaemon;
    if (frame.type === "interrupt" && "id" in frame) interrupt(frame.id);
    else if (frame.type === "answer" && "text" in frame) answerTo({ number: frame.number, text: frame.text });
    else {
      queue.push(frame as Request);
      next();
    }
  },
  (why) => fail(`the daemon sent ${why}`),
);
// Without its daemon a kernel has nobody to run for.
daemon.on("close", () => process.exit(0));
daemon.on("error", () => process.exit(0));

/** The daemon ends this process when it hears why. Should it not hear, there is nothing left to live for either. */
function fail(why: string): void {
  if (failed) return;
  failed = true;
  output.sendLast();
  writeFrame(daemon, { type: "failed", why });
  setTimeout(() => process.exit(1), 1000);
}

const reply = (value: unknown) => {
  output.sendLast();
  if (current !== undefined) writeFrame(daemon, { type: "reply", id: current.id, value });
  current = undefined;
  clearTimeout(patience);
  next();
};

const display = (value: unknown, number: number) => {
  output.send();
  writeFrame(daemon, { type: "display", value });
  whenRead(daemon, () => answerTo({ number, text: null }));
};

const askForLine = (prompt: string, password: boolean, number: number) => {
  output.send();
  writeFrame(daemon, { type: "input", number, prompt, password });
};

worker.on("message", (message: FromWorker) => {
  if (failed) return;
  if (message.type === "output") output.sendSoon();
  else if (message.type === "reply") reply(message.value);
  else if (message.type === "display") display(message.value, message.number);
  else if (message.type === "input") askForLine(message.prompt, message.password, message.number);
  else if (message.type === "ready") writeFrame(daemon, message);
  else fail(message.why);
});
worker.on("error", (error) => fail(String(error.message)));
worker.on("exit", () => fail("Python ended"));

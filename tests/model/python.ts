import type { Variables } from "../../packages/protocol/src/index.ts";
import type {
  CellResult,
  CellWatcher,
  Kernel,
  KernelExit,
  KernelSpec,
  Runtime,
} from "../../packages/server/src/core/ports.ts";
import type { Truth } from "./truth.ts";

/** Python that does what the model says, and tells on the core when it is used before the log says so. */

type Starting = { spec: KernelSpec; ready(kernel: Kernel): void; fail(error: Error): void };

export class ScriptedPython {
  readonly runtime: Runtime;
  readonly starting: Starting[] = [];
  readonly kernels: ScriptedKernel[] = [];
  /** It is there in the very moment in which nobody wants it any more. */
  late = false;
  readonly #truth: Truth;
  readonly #started = new Set<string>();
  /** Cells that ran, and cells that people were told are stopped. */
  readonly cells: Cells = { ran: new Set(), stopped: new Set() };

  constructor(truth: Truth, sealed: boolean) {
    this.#truth = truth;
    this.runtime = { name: "scripted", sealed, start: (spec, _, signal) => this.#start(spec, signal), warm: () => {} };
  }

  #start(spec: KernelSpec, signal: AbortSignal): Promise<Kernel> {
    const key = `${spec.session} ${spec.generation}`;
    const lane = this.#truth.view(spec.session).kernel;
    if (lane.is !== "starting" || lane.generation !== spec.generation)
      this.#truth.wrong(`Python ${key} is started while the log says ${JSON.stringify(lane)}`);
    if (this.#started.has(key)) this.#truth.wrong(`Python ${key} is started twice`);
    this.#started.add(key);
    return new Promise((ready, fail) => {
      const one = { spec, ready, fail };
      this.starting.push(one);
      signal.addEventListener("abort", () => {
        if (this.late) return this.boot(spec.session, true);
        this.starting.splice(this.starting.indexOf(one) >>> 0, 1);
        fail(new Error("aborted"));
      });
    });
  }

  /** The Python that starts is there, or is not. */
  boot(session: string, ok: boolean): void {
    const index = this.starting.findIndex(({ spec }) => spec.session === session);
    const [one] = index < 0 ? [] : this.starting.splice(index, 1);
    if (!one) return;
    if (!ok) return one.fail(new Error("no Python today"));
    const kernel = new ScriptedKernel(one.spec, this.#truth, this.cells);
    this.kernels.push(kernel);
    one.ready(kernel);
  }

  /** Somebody was told that this cell is interrupted. */
  stopped(session: string, cell: number): void {
    this.cells.stopped.add(`${session} ${cell}`);
    const running = this.live(session)?.running;
    if (running?.cell === cell && !running.interrupted)
      this.#truth.wrong(`cell ${cell} of ${session} was not interrupted`);
  }

  live(session: string): ScriptedKernel | undefined {
    return this.kernels.findLast((kernel) => kernel.session === session && !kernel.gone);
  }
}

type Cells = { ran: Set<string>; stopped: Set<string> };
type Running = {
  cell: number;
  code: string;
  watcher: CellWatcher;
  end(result: CellResult): void;
  asked: boolean;
  interrupted: boolean;
};

export class ScriptedKernel implements Kernel {
  readonly generation: number;
  readonly python = "3.14";
  readonly session: string;
  readonly #truth: Truth;
  readonly #cells: Cells;
  readonly #answered = new Set<number>();
  readonly #listeners: ((exit: KernelExit) => void)[] = [];
  running: Running | undefined;
  held: Variables = { rows: [] };
  lookedAt = 0;
  gone = false;

  constructor({ session, generation }: KernelSpec, truth: Truth, cells: Cells) {
    this.session = session;
    this.generation = generation;
    this.#truth = truth;
    this.#cells = cells;
  }

  exec({ id, code }: { id: number; code: string }, watcher: CellWatcher): Promise<CellResult> {
    const lane = this.#truth.view(this.session).kernel;
    const key = `${this.session} ${id}`;
    if (lane.is !== "running" || lane.cell !== id)
      this.#truth.wrong(`cell ${key} runs while the log says ${JSON.stringify(lane)}`);
    const { turn } = this.#truth.view(this.session);
    const call = lane.is === "running" ? lane.call : undefined;
    if (
      call !== undefined &&
      (turn.is === "idle" || !turn.calls.some(({ id: one, state }) => one === call && state === "started"))
    )
      this.#truth.wrong(`cell ${key} runs for call ${call}, which does not run`);
    if (this.#cells.stopped.has(key)) this.#truth.wrong(`cell ${key} begins after it was interrupted`);
    if (this.#cells.ran.has(key)) this.#truth.wrong(`cell ${key} runs twice`);
    if (this.running) this.#truth.wrong(`cell ${key} runs beside cell ${this.running.cell}`);
    this.#cells.ran.add(key);
    if (this.gone) return Promise.resolve({ ok: false, outcome: "died" });
    return new Promise((resolve) => {
      const end = (result: CellResult) => {
        this.running = undefined;
        resolve(result);
      };
      this.running = { cell: id, code, watcher, end, asked: false, interrupted: false };
    });
  }

  variables(): Promise<Variables> {
    this.lookedAt++;
    return Promise.resolve(this.held);
  }

  answer(line: string | null): void {
    const events = this.#truth.events(this.session);
    const fact = events.find(({ seq, event }) => {
      const answer =
        event.type === "ask.answered" ? event : event.type === "ask.expired" ? { ...event, allow: false } : undefined;
      if (!answer || this.#answered.has(seq)) return false;
      const asked = events[answer.ask - 1]?.event;
      const mine = asked?.type === "ask.opened" && asked.kind === "stdin";
      const about = this.running?.asked ? mine && asked.cell === this.running.cell : mine;
      return about && line === (answer.allow === false ? null : "value" in answer ? (answer.value ?? "") : "");
    });
    if (!fact)
      this.#truth.wrong(`Python of ${this.session} is told ${line}, which nobody answered according to the log`);
    else this.#answered.add(fact.seq);
    if (this.running) this.running.asked = false;
  }

  interrupt(): void {
    if (this.running) this.running.interrupted = true;
  }

  kill(why: string): void {
    if (!this.gone) setImmediate(() => this.exit({ is: "stopped", why }));
  }

  exit(exit: KernelExit): void {
    if (this.gone) return;
    this.gone = true;
    this.running?.end({ ok: false, outcome: "died" });
    for (const listener of this.#listeners) listener(exit);
  }

  onExit(listener: (exit: KernelExit) => void): void {
    this.#listeners.push(listener);
  }

  capability = async () => ({ ok: true, text: "42" });
  complete = async () => ({ matches: [], start: 0, end: 0 });
  isComplete = async () => ({ is: "complete" as const });
  checkpoint = async () => undefined;
  restore = async () => false;
}

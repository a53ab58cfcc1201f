import { type EventOf, fit, isOutput, type SessionEvent, type SessionView, sizes, type Value } from "@daimon/protocol";
import { daemon } from "./actors.ts";
import { CellOutput } from "./output.ts";
import type { Blobs, CellResult, Clock, Kernel, Log, Runtime, Sandbox } from "./ports.ts";
import { askForLine, withdrawn } from "./questions.ts";
import { closeBlock, knownVariables } from "./recover.ts";
import { namedRuntime } from "./runtimes.ts";
import { type Scribe, Stale } from "./scribe.ts";
import { runStartup, type Startup } from "./startup.ts";
import { boundedValue, textsOf } from "./value.ts";
import { workProfile } from "./weighing.ts";

/** How long an interrupt is waited for before the kernel is killed. */
const patience = 2000;
/** Text of a result or a display, beside an error and variables in one event. */
const valueAtMost = sizes.halfBlock / 2;

export type CellPorts = {
  session: string;
  view(): SessionView;
  /** To write as this cell or this kernel, until the session no longer wants it. */
  scribe(wanted: (view: SessionView) => boolean): Scribe;
  runtime(named: string): Runtime | undefined;
  sandbox: Sandbox;
  startup(): Promise<Startup | undefined>;
  blobs: Blobs;
  /** All of a call's result. */
  result(call: number): Promise<Uint8Array | undefined>;
  clock: Clock;
  log: Log;
};
type Cell = Parameters<Kernel["exec"]>[0];
type Queued = Pick<EventOf<"cell.queued">, "code" | "whole" | "given">;

/**
 * The kernel lane of one session: starts Python when the log says it is starting, runs the cell that the log
 * says is running, and writes down what came of it.
 */
export class Cells {
  readonly #ports: CellPorts;
  readonly #code = new Map<number, Queued>();
  #kernel: Kernel | undefined;
  #starting: { generation: number; abort: AbortController } | undefined;
  /** The newest cell that was given to the process; it may still wait for the one before. */
  #busy: { cell: number; done: Promise<unknown> } | undefined;
  /** The cell that the process really runs; it may outlive what the log says of it. */
  #executing: number | undefined;
  /** The kernel in which cells made something, as far as this daemon saw. The view forgets; a Python does not. */
  #holding: Kernel | undefined;
  #killing: (() => void) | undefined;
  /** Cells that were interrupted: one that has not begun yet must not begin any more. */
  readonly #stopped = new Set<number>();
  /** How long cells of the assistant waited for people's lines, and since when one does now. */
  #waited = 0;
  #waitsSince: number | undefined;

  constructor(ports: CellPorts) {
    this.#ports = ports;
  }

  get kernel(): Kernel | undefined {
    return this.#kernel;
  }

  /** Python is live, does nothing and holds nothing. */
  get empty(): boolean {
    return this.#kernel !== undefined && this.#holding !== this.#kernel && this.#busy === undefined;
  }

  /** Time of the assistant in which it waited for somebody to type a line. */
  get waitedForLines(): number {
    return this.#waited + (this.#waitsSince === undefined ? 0 : this.#ports.clock.now() - this.#waitsSince);
  }

  #waitsNoMore(): void {
    this.#waited = this.waitedForLines;
    this.#waitsSince = undefined;
  }

  queued(cell: number, { code, whole, given }: Queued): void {
    this.#code.set(cell, { code, ...(whole ? { whole } : {}), ...(given ? { given } : {}) });
  }

  /** Its end is durable: it will never run (again). */
  forgotten(cell: number): void {
    this.#code.delete(cell);
  }

  /** After a store failure: numbers of what was never written are given again. */
  onlyQueued(cells: readonly number[]): void {
    this.#stopped.clear();
    for (const cell of this.#code.keys()) if (!cells.includes(cell)) this.#code.delete(cell);
  }

  /** Brings the process to what both views want of the lane; never anything that either no longer wants. */
  reconcile(recorded: SessionView, durable: SessionView): void {
    const lane = recorded.kernel;
    const generation = lane.is === "none" || lane.is === "dead" ? undefined : lane.generation;
    if (this.#kernel && this.#kernel.generation !== generation) this.#drop("it was stopped");
    if (this.#starting && this.#starting.generation !== generation) this.#starting.abort.abort();
    if (lane.is === "starting" && durable.kernel.is === "starting" && durable.kernel.generation === lane.generation)
      if (this.#starting?.generation !== lane.generation && !this.#kernel)
        this.#run(this.#start(lane.generation, recorded));
    if (lane.is === "running" && durable.kernel.is === "running" && durable.kernel.cell === lane.cell)
      if (this.#kernel && this.#busy?.cell !== lane.cell) this.#run(this.#play(lane.cell, this.#kernel));
  }

  /** In this very tick; what ignores it for 2 s is killed. */
  interrupt(cell: number): void {
    const kernel = this.#kernel;
    if (!kernel) return;
    this.#stopped.add(cell);
    if (this.#busy?.cell !== cell) return;
    kernel.interrupt();
    const told = this.#executing;
    if (told === undefined) return;
    this.#killing ??= this.#ports.clock.after(patience, () => {
      this.#killing = undefined;
      if (this.#kernel !== kernel || this.#executing !== told) return;
      kernel.kill("it ignored an interrupt for 2 s");
    });
  }

  answer(text: string | null): void {
    this.#waitsNoMore();
    this.#kernel?.answer(text);
  }

  kill(why: string): void {
    this.#starting?.abort.abort();
    this.#drop(why);
  }

  #drop(why: string): void {
    const kernel = this.#kernel;
    this.#kernel = undefined;
    this.#busy = undefined;
    this.#executing = undefined;
    this.#killing?.();
    this.#killing = undefined;
    kernel?.kill(why);
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (error instanceof Stale) return;
      this.#ports.log("error", "the kernel lane failed", {
        session: this.#ports.session,
        error: error instanceof Error ? error.stack : String(error),
      });
    });
  }

  async #start(generation: number, view: SessionView): Promise<void> {
    const { session, sandbox, log } = this.#ports;
    const abort = new AbortController();
    this.#starting = { generation, abort };
    const scribe = this.#ports.scribe(({ kernel }) => kernel.is === "starting" && kernel.generation === generation);
    try {
      const { name, interpreter } = namedRuntime(view.runtime);
      const runtime = this.#ports.runtime(view.runtime);
      if (!runtime) throw new Error(`there is no runtime named ${name}`);
      const { cwd, roots } = view;
      const spec = { session, cwd, roots, generation, ...(interpreter === undefined ? {} : { interpreter }) };
      const startup = await this.#ports.startup();
      const kernel = await runtime.start(spec, sandbox, abort.signal);
      const unwanted = () => kernel.kill("it was not wanted any more");
      abort.signal.addEventListener("abort", unwanted);
      if (abort.signal.aborted) unwanted();
      const note = startup && (await runStartup(kernel, startup, this.#ports.clock));
      if (abort.signal.aborted) return;
      abort.signal.removeEventListener("abort", unwanted);
      this.#kernel = kernel;
      kernel.onExit(({ is, why }) => this.#exited(kernel, is, why));
      if (this.#kernel !== kernel) return;
      const within = sandbox.confines ? confined(view, sandbox) : unsealed(view.runtime);
      const notes = [runtime.sealed ? "" : within, note ?? ""].filter(Boolean);
      scribe.record(daemon, [
        {
          type: "kernel.started",
          generation,
          python: kernel.python,
          ...(notes.length > 0 ? { note: notes.join("\n") } : {}),
        },
      ]);
    } catch (error) {
      if (error instanceof Stale || abort.signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      log("error", "Python could not be started", { session, why });
      // Whatever waits would only start it again, and again.
      const waiting = scribe.view.cells.map((cell): SessionEvent => ({
        type: "cell.finished",
        cell: cell.id,
        ok: false,
        outcome: "not_run",
        error: { name: "KernelError", message: why, traceback: `Python could not be started: ${why}` },
      }));
      scribe.record(daemon, [
        ...waiting,
        { type: "kernel.lost", generation, why: `it could not be started: ${why}`, lost: [] },
      ]);
    } finally {
      if (this.#starting?.generation === generation) this.#starting = undefined;
    }
  }

  async #play(cell: number, kernel: Kernel): Promise<void> {
    const before = this.#busy?.done;
    let finished = () => {};
    this.#busy = { cell, done: new Promise<void>((resolve) => (finished = resolve)) };
    // After a store failure the log may have ended a cell that the process still runs.
    await before;
    const scribe = this.#ports.scribe(({ kernel: lane }) => lane.is === "running" && lane.cell === cell);
    const output = new CellOutput(scribe, cell);
    try {
      const words = await this.#wordsOf(cell).catch(codeLost);
      // The log may have ended this cell while it waited for the process or for its code.
      scribe.check();
      const result = this.#stopped.has(cell)
        ? ({ ok: false, outcome: "interrupted" } as const)
        : "code" in words
          ? await this.#execute(kernel, { id: cell, ...words }, scribe, output)
          : words;
      await this.#finish(scribe, cell, output, result);
    } catch (error) {
      if (error instanceof Stale) throw error;
      this.#fail(scribe, cell, error);
    } finally {
      finished();
      this.#stopped.delete(cell);
      if (this.#busy?.cell === cell) this.#busy = undefined;
    }
  }

  async #execute(kernel: Kernel, wanted: Cell, scribe: Scribe, output: CellOutput): Promise<CellResult> {
    const cell = (this.#executing = wanted.id);
    try {
      const result = await kernel.exec(wanted, {
        output: (stream, text) => this.#quietly(() => output.write(stream, text)),
        display: (value) => output.show(() => this.#display(scribe, cell, value)),
        input: (prompt) => this.#run(this.#ask(scribe, kernel, cell, prompt)),
      });
      if (result.variables?.length) this.#holding = kernel;
      return result;
    } finally {
      this.#waitsNoMore();
      if (this.#executing === cell) {
        this.#executing = undefined;
        this.#killing?.();
        this.#killing = undefined;
      }
    }
  }

  /** What arrives after the session went on without this cell is nobody's business any more. */
  #quietly(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof Stale)) throw error;
    }
  }

  async #wordsOf(cell: number): Promise<Omit<Cell, "id">> {
    const queued = this.#code.get(cell);
    if (!queued) throw new Error(`the code of cell ${cell} is not known`);
    const given = queued.given && (await textsOf(queued.given, this.#ports.result));
    const bytes = queued.whole && (await this.#ports.blobs.get(queued.whole.sha256));
    if (queued.whole && !bytes) throw new Error(`the code of cell ${cell} is lost: its blob is missing`);
    return { code: bytes ? new TextDecoder().decode(bytes) : queued.code, ...(given ? { given } : {}) };
  }

  /** What came of it could not be kept (a full disk, a bug): the cell ends, with what is in memory and with why. */
  #fail(scribe: Scribe, cell: number, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#ports.log("error", "a cell could not be ended as it should", { session: this.#ports.session, message });
    const open = scribe.view.blocks.filter(({ kind, of }) => isOutput(kind) && kind !== "call" && of === cell);
    const closed = open.flatMap(({ id }) => closeBlock(scribe.view, id, scribe.text(id), true));
    const { text } = fit(`daimon could not keep what this cell gave: ${message}`, 2000);
    const told = { name: "DaimonError", message: text, traceback: text };
    scribe.record(daemon, [
      ...closed,
      ...withdrawn(scribe.view, cell),
      { type: "cell.finished", cell, ok: false, error: told },
    ]);
  }

  async #finish(scribe: Scribe, cell: number, output: CellOutput, result: CellResult): Promise<void> {
    const closed = await output.end(this.#ports.blobs);
    const { ok, outcome, error, variables } = result;
    const value = result.result && (await boundedValue(result.result, this.#ports.blobs, valueAtMost));
    const end: SessionEvent = {
      type: "cell.finished",
      cell,
      ok,
      ...(outcome ? { outcome } : {}),
      ...(value ? { result: value } : {}),
      ...(error
        ? {
            error: {
              name: fit(error.name, 200).text,
              message: fit(error.message, 2000).text,
              traceback: fit(error.traceback, 12_000).text,
            },
          }
        : {}),
      ...(variables?.length ? { variables: fitVariables(variables) } : {}),
    };
    scribe.record(daemon, [...closed, ...withdrawn(scribe.view, cell), end]);
  }

  async #ask(scribe: Scribe, kernel: Kernel, cell: number, prompt: string): Promise<void> {
    const { kernel: lane } = scribe.view;
    if (lane.is === "running" && lane.call !== undefined) this.#waitsSince ??= this.#ports.clock.now();
    await askForLine({ scribe, kernel, clock: this.#ports.clock }, cell, prompt);
  }

  async #display(scribe: Scribe, cell: number, value: Value): Promise<void> {
    const shown = await boundedValue(value, this.#ports.blobs, valueAtMost);
    scribe.record(daemon, [{ type: "cell.displayed", cell, value: shown }]);
  }

  /** The process is gone: the cell it ran ends, and what was lost is said. */
  #exited(kernel: Kernel, is: "stopped" | "died", reason: string): void {
    if (this.#kernel !== kernel) return;
    const why = fit(reason, 500).text;
    this.#kernel = undefined;
    const { generation } = kernel;
    const busy = this.#busy?.done;
    // The cell's own end comes first: its exec settles when the process is gone.
    this.#run(
      (async () => {
        await busy;
        const scribe = this.#ports.scribe(
          ({ kernel: lane }) => lane.is !== "none" && lane.is !== "dead" && lane.generation === generation,
        );
        const { view } = scribe;
        const running: SessionEvent[] =
          view.kernel.is === "running"
            ? [{ type: "cell.finished", cell: view.kernel.cell, ok: false, outcome: "died" }]
            : [];
        scribe.record(daemon, [
          ...running,
          is === "stopped"
            ? { type: "kernel.stopped", generation, why }
            : { type: "kernel.lost", generation, why, lost: knownVariables(view) },
        ]);
      })(),
    );
  }
}

/** A cell whose code cannot be had ends like one that failed; what waits behind it goes on. */
const codeLost = (error: unknown): CellResult => {
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, error: { name: "CodeLost", message, traceback: `This cell was not run: ${message}` } };
};

const unsealed = (runtime: string): string =>
  `${runtime} is not sealed: its cells can do what you can, and those of the assistant ask each time`;

const confined = ({ cwd, roots }: SessionView, sandbox: Sandbox): string =>
  `this Python runs in ${sandbox.says(workProfile(sandbox, cwd, [cwd, ...roots]))}; [sandbox] in config.toml changes that`;

const fitVariables = (variables: NonNullable<CellResult["variables"]>) =>
  variables.slice(0, 60).map(({ name, type, preview }) => ({
    name: fit(name, 100).text,
    type: fit(type, 100).text,
    preview: fit(preview, 160).text,
  }));

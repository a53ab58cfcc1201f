import {
  type Actor, applyDelta, applyEvent, type Attached, type BlockText, DaimonError, emptyText, eventVersion, isEntry, isOutput,
  lengthOf, type ParamsOf, type Recorded, reducerVersion, type SessionEvent, type SessionView,
} from "@daimon/protocol";
import { daemon } from "./actors.ts";
import { attachReply } from "./attach.ts";
import { Audience, notification } from "./audience.ts";
import { Cells } from "./cells.ts";
import { Context, contextOf, materialise } from "./context.ts";
import type { Journal, Writer } from "./journal.ts";
import { Looks } from "./looks.ts";
import { type Outgoing, Outbox } from "./outbox.ts";
import type {
  AppendOutcome, Blobs, Caller, Clock, Link, Log, Partial, Provider, Receipt, Runtime, Sandbox, Settle, Snapshot, Store, Tool,
} from "./ports.ts";
import { knownVariables, recover } from "./recover.ts";
import { decide, defaultLimits, type Given, ownMove, type RuledMethod } from "./rules.ts";
import { type Scribe, Stale } from "./scribe.ts";
import { summaryOf } from "./summary.ts";
import { systemPrompt } from "./system.ts";
import { Turns } from "./turns.ts";

export type World = {
  store: Store;
  blobs: Blobs;
  journal: Journal;
  clock: Clock;
  log: Log;
  holder: string;
  sandbox: Sandbox;
  limits: typeof defaultLimits;
  tools: ReadonlyMap<string, Tool>;
  providers: ReadonlyMap<string, Provider>;
  runtimes: ReadonlyMap<string, Runtime>;
  check(tool: Tool, input: unknown): string | undefined;
  /** Told of moves that cannot be: tests throw, the daemon logs. */
  impossible(what: string): void;
};

/** A session as it was found in the store, or as it begins. */
export type Found = { id: string; epoch: number; created: number; view: SessionView; recent: Recorded[]; partials: Partial[]; contextFrom: number };

type Text = { recorded: BlockText; shown: BlockText };
type Waiter = { passes(recorded: Recorded): boolean; resolve(recorded: Recorded): void; reject(error: Error): void };

const recentKept = 1000;
const snapshotEvery = 2000;
const retryFirst = 100;
const retryLast = 5000;

/**
 * One session, one writer. Deciding, numbering and folding happen in one tick without `await`, so commands never
 * race; everything that follows from it leaves through the outbox when it is durable.
 */
export class Session implements Writer {
  readonly id: string;
  readonly created: number;
  readonly audience: Audience;
  readonly cells: Cells;
  readonly looks: Looks;
  readonly #world: World;
  readonly #turns: Turns;
  readonly #texts = new Map<number, Text>();
  readonly #waiters = new Set<Waiter>();
  #outbox: Outbox;
  #epoch: number;
  #recorded: SessionView;
  #durable: SessionView;
  #recent: Recorded[];
  #state: "open" | "unavailable" | "closed" = "open";
  #interrupted = false;
  #leaving = false;
  #context: Context | undefined;
  #contextFrom: number;
  #contextTail: Recorded[] | undefined;
  #snapshotAt: number;
  /** When it was last of use to anybody. */
  touched: number;
  onClosed: () => void = () => {};

  constructor(found: Found, world: World) {
    this.#world = world;
    this.id = found.id;
    this.created = found.created;
    this.#epoch = found.epoch;
    this.#recorded = this.#durable = found.view;
    this.#recent = found.recent.slice(-recentKept);
    this.#contextFrom = found.contextFrom;
    if (found.view.seq === 0) this.#context = new Context();
    this.#snapshotAt = found.view.seq;
    this.touched = world.clock.now();
    for (const { block, text, omitted = 0 } of found.partials) this.#texts.set(block, { recorded: { text, omitted }, shown: { text, omitted } });
    this.audience = new Audience(found.id, world.clock);
    this.#outbox = new Outbox(found.view.seq, (outgoing) => this.#release(outgoing));
    const { blobs, clock, log, sandbox } = world;
    const runtime = (name: string) => world.runtimes.get(name);
    const scribe = (wanted: (view: SessionView) => boolean) => this.#scribe(wanted);
    this.cells = new Cells({ session: this.id, view: () => this.#recorded, scribe, runtime, sandbox, blobs, clock, log });
    this.looks = new Looks({
      cells: this.cells,
      view: () => this.#durable,
      clock,
      start: () => this.#startPython(),
      released: (passes, signal) => this.#released(passes, signal),
    });
    this.#turns = new Turns({
      session: this.id,
      view: () => this.#recorded,
      durableView: () => this.#durable,
      scribe,
      texts: () => this.texts(),
      limits: { ...world.limits, ...found.view.task?.limits },
      clock,
      log,
      blobs,
      sandbox,
      runtime,
      provider: (name) => world.providers.get(name),
      tool: (name) => world.tools.get(name),
      check: world.check,
      request: () => this.#request(),
      callInput: (call) => this.#callInput(call),
      capability: (name, arg) => this.looks.capability(name, arg, true),
      interruptCell: (cell) => this.cells.interrupt(cell),
      released: (passes, signal) => this.#released(passes, signal),
    });
  }

  get epoch(): number {
    return this.#epoch;
  }
  /** What people are shown. */
  get view(): SessionView {
    return { ...this.#durable, epoch: this.#epoch };
  }
  get recorded(): SessionView {
    return this.#recorded;
  }
  get busy(): boolean {
    return this.#turns.busy || this.cells.kernel !== undefined || this.#durable.cells.length > 0 || !this.#outbox.empty;
  }
  get available(): boolean {
    return this.#state === "open";
  }

  /** Begins a life in this daemon: what the last one left open is closed and said. */
  begin(first: { by: Actor; events: SessionEvent[]; receipts: Receipt[] } | undefined): void {
    if (first) this.record(first.by, first.events, first.receipts);
    else this.record(daemon, recover(this.#recorded, this.texts(), "gone"));
  }

  /** Told when everything recorded so far is durable, or that it never will be. */
  whenDurable(act: () => void, drop: () => void): void {
    this.#answer(act, drop);
  }

  /** The daemon leaves: what runs is ended openly, while it can still be written. */
  leave(): void {
    if (this.#state !== "open") return;
    this.#leaving = true;
    this.record(daemon, recover(this.#recorded, this.texts(), "gone"));
  }

  /** Stops a Python nobody used since then: only an empty one, as long as nothing can bring its variables back. */
  restPython(idleSince: number, crowded: boolean): void {
    const { kernel } = this.#recorded;
    if (this.#state !== "open" || kernel.is !== "idle" || knownVariables(this.#recorded).length > 0) return;
    if (!crowded && (this.touched >= idleSince || this.#recorded.at >= idleSince)) return;
    this.record(daemon, [{ type: "kernel.stopped", generation: kernel.generation, why: "it was not used for a while and held nothing" }]);
  }

  // ---- commands ----------------------------------------------------------------------------------------------

  command<M extends RuledMethod>(caller: Caller, method: M, params: Given<M>, receipt: (result: unknown) => Receipt[], settle: Settle<unknown>): void {
    this.touched = this.#world.clock.now();
    if (this.#state !== "open") {
      // Stopping something never waits for the disk: only the fact of it cannot be written now.
      if (method === "session/interrupt") this.#interruptUnavailable(params as ParamsOf<"session/interrupt">);
      settle.refused(unavailable());
      return;
    }
    try {
      const tools = { tools: [...this.#world.tools.keys()] };
      const { events, result, abort } = decide(this.#recorded, method, params, caller.actor, tools);
      const receipts = receipt(result);
      if (abort?.target === "cell") this.cells.interrupt(abort.id);
      if (events.length > 0) this.record(caller.actor, events, receipts);
      else if (receipts.length > 0) this.#world.journal.write(this, { events: [], closed: [], receipts });
      this.#answer(() => settle.ok(result), () => this.#answerLate(receipts[0], settle));
    } catch (error) {
      if (!(error instanceof DaimonError)) throw error;
      this.#answer(() => settle.refused(error), () => settle.refused(error));
    }
  }

  /** Leaves with all that was recorded before it. */
  #answer(act: () => void, drop: () => void): void {
    this.#outbox.push(this.#recorded.seq, { is: "act", act, drop });
  }

  /** The commit of this command failed or nobody knows: only its receipt tells. */
  #answerLate(receipt: Receipt | undefined, settle: Settle<unknown>): void {
    const refuse = () => settle.refused(unavailable());
    if (!receipt) {
      refuse();
      return;
    }
    this.#world.store
      .receipt(receipt.principal, receipt.opId)
      .then((kept) => (kept && kept.digest === receipt.digest ? settle.ok(JSON.parse(kept.result)) : refuse()))
      .catch(refuse);
  }

  #interruptUnavailable({ target }: ParamsOf<"session/interrupt">): void {
    if (target !== "cell") {
      this.#interrupted = true;
      this.#turns.abort();
    }
    if (target !== "turn" && this.#recorded.kernel.is === "running") this.cells.interrupt(this.#recorded.kernel.cell);
  }

  // ---- recording ---------------------------------------------------------------------------------------------

  /** Numbers, stamps and folds in one tick; then what the session does of its own accord; then it is written. */
  record(by: Actor, events: readonly SessionEvent[], receipts: readonly Receipt[] = []): Recorded[] {
    if (this.#state !== "open") throw new Stale();
    const asked = events.map((event) => this.#stamp(by, event, receipts[0]?.opId));
    const own: Recorded[] = [];
    for (let move = this.#move(); move.length > 0; move = this.#move()) own.push(...move.map((event) => this.#stamp(daemon, event)));
    const all = [...asked, ...own];
    if (all.length > 0) {
      const summary = summaryOf(this.#recorded, this.created);
      this.#world.journal.write(this, { events: all, closed: all.flatMap(({ event }) => closes(event)), receipts, summary });
    }
    this.#turns.changed();
    // Stops in this tick what is no longer wanted; starting waits for the durable view.
    this.#reconcile();
    return asked;
  }

  #move(): SessionEvent[] {
    return this.#leaving ? [] : ownMove(this.#recorded, { tools: [...this.#world.tools.keys()] });
  }

  #stamp(by: Actor, event: SessionEvent, op?: string): Recorded {
    const before = this.#recorded;
    const recorded: Recorded = {
      seq: before.seq + 1,
      at: Math.max(before.at, this.#world.clock.now()),
      v: eventVersion,
      by,
      ...(isEntry(before, event) ? { parent: before.head } : {}),
      ...turnOf(before, event),
      ...(op === undefined ? {} : { op }),
      event,
    };
    this.#recorded = applyEvent(before, recorded, this.#world.impossible);
    if (event.type === "cell.queued") this.cells.queued(recorded.seq, { text: event.code, ...(event.whole ? { whole: event.whole } : {}) });
    if (event.type === "cell.finished") this.cells.forgotten(event.cell);
    if (event.type === "head.moved") this.#context = undefined;
    if (event.type === "context.compacted") this.#contextFrom = recorded.seq;
    (this.#contextTail ?? []).push(recorded);
    this.#context?.add(recorded);
    this.#outbox.push(recorded.seq, { is: "event", recorded, view: this.#recorded });
    return recorded;
  }

  #delta(block: number, text: string): void {
    const open = this.#recorded.blocks.find(({ id }) => id === block);
    if (!open || text === "") return;
    const held = this.#text(block);
    const delta = { block, at: lengthOf(held.recorded), text };
    const grown = applyDelta(held.recorded, delta, isOutput(open.kind));
    if (grown !== "gap") held.recorded = grown;
    this.#world.journal.touch(this, block);
    this.#outbox.push(this.#recorded.seq, { is: "delta", delta });
  }

  #text(block: number): Text {
    let text = this.#texts.get(block);
    if (!text) this.#texts.set(block, (text = { recorded: emptyText, shown: emptyText }));
    return text;
  }

  /** Text of open blocks as it is in memory. */
  texts(): ReadonlyMap<number, BlockText> {
    return new Map([...this.#texts].map(([block, { recorded }]) => [block, recorded]));
  }

  #scribe(wanted: (view: SessionView) => boolean): Scribe {
    const epoch = this.#epoch;
    const check = () => {
      if (this.#state !== "open" || this.#epoch !== epoch || !wanted(this.#recorded)) throw new Stale();
    };
    const session = this;
    return {
      get view() {
        return session.#recorded;
      },
      record(by, events) {
        check();
        return session.record(by, events);
      },
      delta(block, text) {
        check();
        session.#delta(block, text);
      },
      text: (block) => this.#texts.get(block)?.recorded ?? emptyText,
      durable: () =>
        new Promise<void>((resolve, reject) => {
          this.#answer(resolve, () => reject(new Stale()));
        }),
    };
  }

  // ---- release -----------------------------------------------------------------------------------------------

  #release(outgoing: Outgoing): void {
    if (outgoing.is === "act") {
      // Frames that came before it leave before it.
      this.audience.flush();
      outgoing.act();
      return;
    }
    if (outgoing.is === "delta") {
      const { delta } = outgoing;
      const kind = this.#durable.blocks.find(({ id }) => id === delta.block)?.kind;
      const text = this.#texts.get(delta.block);
      const shown = text && kind ? applyDelta(text.shown, delta, isOutput(kind)) : "gap";
      if (text && shown !== "gap") text.shown = shown;
      this.audience.push(delta);
      return;
    }
    const { recorded, view } = outgoing;
    this.#durable = view;
    this.#recent.push(recorded);
    if (this.#recent.length > 2 * recentKept) this.#recent = this.#recent.slice(-recentKept);
    for (const block of this.#texts.keys())
      if (!view.blocks.some(({ id }) => id === block) && !this.#recorded.blocks.some(({ id }) => id === block)) this.#texts.delete(block);
    this.audience.push(recorded);
    this.#react(recorded);
    for (const waiter of this.#waiters)
      if (waiter.passes(recorded)) {
        this.#waiters.delete(waiter);
        waiter.resolve(recorded);
      }
    this.#reconcile();
  }

  /** The only place where durable facts reach Python; the lanes follow from the views. */
  #react({ event, seq }: Recorded): void {
    if (event.type === "ask.answered") {
      const cell = this.#recent.findLast((recent) => recent.seq === event.ask)?.event;
      if (cell?.type === "ask.opened" && cell.kind === "stdin") this.cells.answer(event.allow === false ? null : (event.value ?? ""));
    }
    if (event.type === "session.deleted") this.close("deleted");
    if (seq - this.#snapshotAt >= snapshotEvery) this.saveSnapshot();
  }

  #reconcile(): void {
    if (this.#state !== "open") return;
    this.cells.reconcile(this.#recorded, this.#durable);
    this.#turns.reconcile(this.#recorded, this.#durable);
  }

  #released(passes: (recorded: Recorded) => boolean, signal: AbortSignal): Promise<Recorded> {
    return new Promise((resolve, reject) => {
      const waiter = { passes, resolve, reject };
      this.#waiters.add(waiter);
      signal.addEventListener("abort", () => {
        if (this.#waiters.delete(waiter)) reject(signal.reason as Error);
      });
    });
  }

  saveSnapshot(): void {
    if (this.#snapshotAt === this.#durable.seq || this.#state !== "open") return;
    this.#snapshotAt = this.#durable.seq;
    const snapshot: Snapshot = { seq: this.#durable.seq, reducerVersion, view: this.#durable, contextFrom: this.#contextFrom };
    this.#world.store
      .saveSnapshot(this.id, this.#epoch, snapshot)
      .catch((error: unknown) => this.#world.log("warn", "a snapshot could not be saved", { session: this.id, error: String(error) }));
  }

  // ---- attaching ---------------------------------------------------------------------------------------------

  /** One tick: the reply from the durable view, and from there on every frame. */
  attach(link: Link, { after, epoch }: ParamsOf<"session/attach">, settle: Settle<Attached>): void {
    if (this.#state !== "open") {
      settle.refused(unavailable());
      return;
    }
    this.touched = this.#world.clock.now();
    this.audience.add(link);
    const texts = (block: number) => this.#texts.get(block)?.shown ?? emptyText;
    settle.ok(attachReply(this.#durable, this.#epoch, this.#recent, texts, { after, epoch, reducer: link.reducer }));
    link.send(notification("session/synced", { sessionId: this.id, seq: this.#durable.seq }));
    this.audience.announce();
  }

  // ---- the model's side --------------------------------------------------------------------------------------

  async #request() {
    const context = this.#context ?? (await this.#loadContext());
    const messages = await materialise(context.messages, this.#world.blobs);
    const tools = [...this.#world.tools.values()].map(({ name, about, input }) => ({ name, about, input }));
    return { session: this.id, system: systemPrompt(this.#recorded), messages, tools };
  }

  async #loadContext(): Promise<Context> {
    const tail: Recorded[] = (this.#contextTail = []);
    const { seq, head } = this.#recorded;
    await new Promise<void>((resolve, reject) => this.#answer(resolve, () => reject(new Stale())));
    const events = (await readAll(this.#world.store, this.id, this.#contextFrom)).filter((recorded) => recorded.seq <= seq);
    const context = contextOf(events, head);
    this.#contextTail = undefined;
    for (const recorded of tail) context.add(recorded);
    this.#context = context;
    return context;
  }

  async #callInput(call: number): Promise<unknown> {
    const recent = this.#recent.findLast(({ seq }) => seq === call) ?? (await this.#world.store.read(this.id, { after: call - 1, limit: 1 }))[0];
    if (recent?.event.type !== "call.requested") return {};
    const { input, whole } = recent.event;
    if (!whole) return input;
    const bytes = await this.#world.blobs.get(whole.sha256);
    return bytes ? JSON.parse(new TextDecoder().decode(bytes)) : {};
  }

  #startPython(): void {
    const { kernel } = this.#recorded;
    if (kernel.is !== "none" && kernel.is !== "dead") return;
    this.record(daemon, [{ type: "kernel.starting", generation: kernel.generation + 1, runtime: this.#recorded.runtime }]);
  }

  // ---- when the store fails ----------------------------------------------------------------------------------

  partial(block: number): Partial | undefined {
    if (this.#state !== "open" || block > this.#outbox.durable) return undefined;
    const text = this.#texts.get(block)?.recorded;
    if (!text || !this.#recorded.blocks.some(({ id }) => id === block)) return undefined;
    return { block, text: text.text, ...(text.omitted > 0 ? { omitted: text.omitted } : {}) };
  }

  written(outcome: AppendOutcome, upTo: number): void {
    if (this.#state !== "open") return;
    if (outcome.is === "ok") this.#outbox.written(upTo);
    else if (outcome.is === "stale") this.close("another daemon took this session over");
    else this.#suspend(outcome.is, outcome.reason);
  }

  /** Nothing can be written: work stops, Python stays, people are told, and it comes back by itself. */
  #suspend(is: "failed" | "unknown", reason: string): void {
    const { journal, log } = this.#world;
    log("error", "a session cannot be written", { session: this.id, is, reason });
    this.#state = "unavailable";
    this.#interrupted = false;
    journal.drop(this);
    this.#turns.abort();
    if (this.#recorded.kernel.is === "running") this.cells.interrupt(this.#recorded.kernel.cell);
    if (is === "failed") this.#forgetUnwritten();
    this.audience.dismiss("the store is unavailable", retryFirst * 10);
    void this.#comeBack();
  }

  #forgetUnwritten(): void {
    this.#recorded = this.#durable;
    this.#context = undefined;
    for (const waiter of this.#waiters) waiter.reject(new Stale());
    this.#waiters.clear();
    this.#outbox.drop(this.#durable.seq);
  }

  async #comeBack(): Promise<void> {
    const { store, clock, holder, log } = this.#world;
    for (let wait = retryFirst; this.#state === "unavailable"; wait = Math.min(wait * 2, retryLast)) {
      await new Promise<void>((resolve) => void clock.after(wait, resolve));
      try {
        await store.probe();
        const { epoch } = await store.acquire(this.id, holder);
        const missed = await readAll(store, this.id, this.#durable.seq);
        if (this.#state === "unavailable") this.#reopen(epoch, missed);
      } catch (error) {
        log("warn", "a session is still unavailable", { session: this.id, error: String(error) });
      }
    }
  }

  /** What turned out to be written is folded; what was cut off is closed; then everybody who waits is answered. */
  #reopen(epoch: number, missed: readonly Recorded[]): void {
    for (const recorded of missed) this.#durable = applyEvent(this.#durable, recorded, this.#world.impossible);
    this.#recent = [...this.#recent, ...missed].slice(-recentKept);
    this.#epoch = epoch;
    this.#state = "open";
    this.#forgetUnwritten();
    const { kernel } = this.#durable;
    const lives = this.cells.kernel !== undefined && kernel.is !== "none" && kernel.is !== "dead" && this.cells.kernel.generation === kernel.generation;
    if (!lives) this.cells.kill("its session lost sight of it");
    const events = recover(this.#durable, this.texts(), lives ? "lives" : "gone", this.#interrupted);
    if (lives && kernel.is === "starting" && this.cells.kernel)
      events.push({ type: "kernel.started", generation: kernel.generation, python: this.cells.kernel.python });
    this.record(daemon, events);
  }

  /** Ends its life in this daemon: nothing of it runs on, everybody who waits is told. */
  close(why: string): void {
    if (this.#state === "closed") return;
    if (this.#state === "open" && why !== "deleted") this.saveSnapshot();
    this.#state = "closed";
    this.#world.journal.drop(this);
    this.#turns.abort();
    this.cells.kill(why);
    this.#forgetUnwritten();
    this.audience.dismiss(why, why === "deleted" ? 0 : 1000);
    this.onClosed();
  }
}

export const unavailable = () => new DaimonError("store_unavailable", "the log cannot be written at the moment; nothing was changed, try again shortly");

const closes = (event: SessionEvent): number[] =>
  event.type === "text.closed" || event.type === "thinking.closed" || event.type === "cell.closed" ? [event.block] : [];

function turnOf(view: SessionView, event: SessionEvent): { turn?: number } {
  if (event.type === "turn.started") return { turn: view.seq + 1 };
  if (view.turn.is === "idle") return {};
  const ofTurn =
    /^(turn|step|text|thinking|call)\./.test(event.type) ||
    event.type === "input.taken" ||
    ((event.type === "ask.opened" || event.type === "cell.queued") && event.call !== undefined);
  return ofTurn ? { turn: view.turn.id } : {};
}

/** The log from a place to its end, in pages. */
export async function readAll(store: Store, session: string, after: number): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for (let from = after; ; ) {
    const page = await store.read(session, { after: from, limit: 1000 });
    all.push(...page);
    const last = page.at(-1);
    if (!last || page.length < 1000) return all;
    from = last.seq;
  }
}


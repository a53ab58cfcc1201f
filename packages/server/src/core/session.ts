import {
  type Actor,
  type Attached,
  DaimonError,
  type ParamsOf,
  type Recorded,
  type SessionEvent,
  type SessionView,
} from "@daimon/protocol";
import { daemon } from "./actors.ts";
import { attachReply } from "./attach.ts";
import { Audience, notification } from "./audience.ts";
import type { SessionCeiling } from "./ceiling.ts";
import type { Cells } from "./cells.ts";
import { comeBack, unavailable } from "./comeback.ts";
import type { Conversation } from "./conversation.ts";
import { Deadlines } from "./deadlines.ts";
import { Feed } from "./feed.ts";
import { lanesOf } from "./lanes.ts";
import { type Found, Ledger } from "./ledger.ts";
import { keepRule } from "./keptrules.ts";
import type { Looks } from "./looks.ts";
import type { Outgoing } from "./outbox.ts";
import type { AppendOutcome, Caller, Link, Move, Receipt, Settle } from "./ports.ts";
import { offers, profileOf } from "./profiles.ts";
import { answerLate } from "./receipts.ts";
import { recover } from "./recover.ts";
import { decide, type Given, ownMove, type RuledMethod, toInterrupt } from "./rules.ts";
import { Compactions } from "./compactions.ts";
import { Snapshots } from "./snapshots.ts";
import type { Turns } from "./turns.ts";
import { Undoing, undoPorts } from "./undo.ts";
import type { World } from "./world.ts";

const comeBackAfter = 1000;

/**
 * One session, one writer: commands are decided and recorded here, work is started and stopped by what the two
 * views want, and when the store fails it waits and comes back by itself.
 */
export class Session {
  readonly id: string;
  readonly audience: Audience;
  readonly cells: Cells;
  readonly looks: Looks;
  readonly ceiling: SessionCeiling;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #conversation: Conversation;
  readonly #turns: Turns;
  readonly #compactions: Compactions;
  readonly #feed: Feed;
  readonly #deadlines: Deadlines;
  readonly #snapshots: Snapshots;
  readonly undoing: Undoing;
  #state: "open" | "unavailable" | "closed" = "open";
  /** Somebody said stop while it could not be written. */
  #interrupted = false;
  #leaving = false;
  /** When somebody or something last needed it here. */
  neededAt: number;
  onClosed: () => void = () => {};

  constructor(found: Found, world: World) {
    const { id, contextFrom, snapshotAt } = found;
    this.id = id;
    this.#world = world;
    this.neededAt = world.clock.now();
    this.audience = new Audience(id, world.clock);
    const ledger = (this.#ledger = new Ledger(found, {
      journal: world.journal,
      clock: world.clock,
      redact: world.redact,
      impossible: world.impossible,
      recorded: (recorded) => this.#recorded(recorded),
      leaving: (outgoing, before) => this.#leave(outgoing, before),
      trouble: (outcome) => this.#trouble(outcome),
    }));
    const lanes = lanesOf(id, contextFrom, world, ledger, {
      record: (by, events) => this.record(by, events),
      startPython: () => this.#startPython(),
      roomForPython: () => (this.hasPython ? undefined : world.roomForPython()),
      warn: (message) => this.audience.warn(message),
      rested: () => this.#reconcile(),
    });
    this.#deadlines = new Deadlines(id, world.clock, (answer) => this.#late(answer));
    this.#feed = new Feed(lanes.looks, this.audience, world.log);
    ({ cells: this.cells, looks: this.looks, ceiling: this.ceiling } = lanes);
    this.#conversation = lanes.conversation;
    this.#turns = lanes.turns;
    this.#snapshots = new Snapshots(world, ledger, snapshotAt, () => this.#conversation.from);
    this.#compactions = new Compactions({
      ...lanes.compaction,
      view: () => this.recorded,
      moves: () => this.moves.length,
      record: (by, event) => this.record(by, [event]),
      durable: () => this.#ledger.settle(),
      warn: (message) => void this.audience.warn(message),
    });
    this.undoing = new Undoing(
      undoPorts(id, world, ledger, (by, events, receipts) => this.record(by, events, receipts)),
    );
  }

  get epoch(): number {
    return this.#ledger.epoch;
  }
  /** What people are shown. */
  get view(): SessionView {
    return { ...this.#ledger.durable, epoch: this.#ledger.epoch };
  }
  get recorded(): SessionView {
    return this.#ledger.recorded;
  }
  get moves(): readonly Move[] {
    return this.#ledger.moves;
  }
  get available(): boolean {
    return this.#state === "open";
  }
  get busy(): boolean {
    return (
      this.undoing.busy ||
      this.#turns.busy ||
      this.cells.kernel !== undefined ||
      this.recorded.cells.length > 0 ||
      !this.#ledger.settled
    );
  }

  /** Goes on in this daemon, with what must be said of the end of the last one. */
  begin(): void {
    this.record(daemon, recover(this.recorded, this.#ledger.texts(), "gone"));
  }

  /** Its very first event. */
  make(by: Actor, event: SessionEvent, result: unknown, receipts: Receipt[], settle: Settle<unknown>): void {
    this.record(by, [event], receipts);
    this.#answerWhenDurable(result, receipts, settle);
  }

  // ---- commands ----------------------------------------------------------------------------------------------

  /** Refuses by throwing where nothing waits to leave, else in its order. */
  command<M extends RuledMethod>(
    caller: Caller,
    method: M,
    params: Given<M>,
    receipt: (result: unknown) => Receipt[],
    settle: Settle<unknown>,
  ): void {
    this.neededAt = this.#world.clock.now();
    if (this.#state !== "open") {
      // Stopping something never waits for the disk: only the fact of it cannot be written now.
      if (this.#state === "unavailable" && method === "session/interrupt") this.#stopWork(params);
      throw unavailable();
    }
    try {
      if (method !== "session/interrupt") this.undoing.mustBeFree();
      const { events, result, abort } =
        this.#compactions.interrupted(method, params) ??
        decide(this.recorded, method, params, caller.actor, this.#toolNames());
      if (events.some(({ type }) => type === "cell.queued" || type === "kernel.starting")) this.#needPython();
      if (abort?.target === "cell") this.cells.interrupt(abort.id);
      if (method === "session/compact") this.#compactions.mustBeFree();
      const receipts = receipt(result);
      this.record(caller.actor, events, receipts);
      if (method === "session/compact") this.#compact(caller.actor, params);
      this.#answerWhenDurable(result, receipts, settle);
    } catch (error) {
      if (!(error instanceof DaimonError)) throw error;
      const refuse = () => settle.refused(error);
      this.#ledger.whenDurable(refuse, refuse);
    }
  }

  #compact(by: Actor, { focus }: Given<"session/compact">): void {
    const nothing = () => {};
    this.#ledger.whenDurable(() => this.#compactions.start(by, focus), nothing);
  }

  #answerWhenDurable(result: unknown, receipts: readonly Receipt[], settle: Settle<unknown>): void {
    this.#ledger.whenDurable(
      () => settle.ok(result),
      () => answerLate(this.#world.store, receipts[0], settle, unavailable),
    );
  }

  /** Numbered, folded and on its way to the store, with what follows from it; what is no longer wanted stops now. */
  record(by: Actor, events: readonly SessionEvent[], receipts: readonly Receipt[] = []): Recorded[] {
    const asked = this.#ledger.record(by, events, receipts, () => ({
      by: daemon,
      events: this.#leaving ? [] : ownMove(this.recorded, this.#toolNames(), this.cells.kernel === undefined),
    }));
    this.#turns.changed();
    this.#reconcile();
    return asked;
  }

  #toolNames() {
    const profile = profileOf(this.recorded, this.#world.settings(), this.ceiling.last);
    return { tools: [...this.#world.tools.keys()].filter((name) => profile && offers(profile, name)) };
  }

  #recorded(recorded: Recorded): void {
    const { seq, event } = recorded;
    if (event.type === "cell.queued") this.cells.queued(seq, event);
    this.#conversation.add(recorded);
  }

  // ---- what is durable ---------------------------------------------------------------------------------------

  #leave(outgoing: Outgoing, before: SessionView): void {
    if (outgoing.is === "act") {
      // Frames that came before it leave before it.
      this.audience.flush();
      outgoing.act();
    } else if (outgoing.is === "delta") this.audience.push(outgoing.delta);
    else {
      this.audience.push(outgoing.recorded);
      this.#react(outgoing.recorded, before);
      this.#reconcile();
    }
  }

  #late(answer: Given<"session/answer">): void {
    const open = this.recorded.asks.some(({ id }) => id === answer.askId);
    if (open && this.#state === "open")
      this.record(daemon, decide(this.recorded, "session/answer", answer, daemon, this.#toolNames()).events);
  }

  /** The only place where a durable fact reaches Python by itself; all other work follows from the views. */
  #react(recorded: Recorded, before: SessionView): void {
    const { event } = recorded;
    if (event.type === "ask.answered" && before.asks.some(({ id, kind }) => id === event.ask && kind === "stdin"))
      this.cells.answer(event.allow === false ? null : (event.value ?? ""));
    if (event.type === "ask.answered") void keepRule(this.#world, recorded, before, (why) => this.audience.warn(why));
    if (event.type === "cell.finished") this.cells.forgotten(event.cell);
    if (event.type === "cell.finished" || event.type.startsWith("kernel.")) this.#feed.changed();
    this.#snapshots.after(recorded.seq);
  }

  /** Keeps the lease; whoever took it over owns the session now. */
  async renew(): Promise<void> {
    const { epoch } = this.#ledger;
    if (this.#state !== "open" || (await this.#world.store.renew(this.id, epoch))) return;
    if (this.#state === "open" && this.#ledger.epoch === epoch) this.close("another daemon took this session over");
  }

  /** Starts what both views want, stops what either no longer does. */
  #reconcile(): void {
    if (this.#state !== "open") return;
    this.cells.reconcile(this.#ledger.recorded, this.#ledger.durable);
    this.#turns.reconcile(this.#ledger.recorded, this.#ledger.durable);
    this.#deadlines.look(this.#ledger.durable.asks);
  }

  /** One tick: the reply from the durable view, and from there on every frame. */
  attach(link: Link, { after, epoch, variables }: ParamsOf<"session/attach">, settle: Settle<Attached>): void {
    if (this.#state !== "open") {
      settle.refused(unavailable());
      return;
    }
    this.neededAt = this.#world.clock.now();
    this.audience.add(link, variables);
    const { durable, recent } = this.#ledger;
    const reach = { after, epoch, reducer: link.reducer };
    settle.ok(attachReply(durable, this.epoch, recent, (block) => this.#ledger.shown(block), reach));
    link.send(notification("session/synced", { sessionId: this.id, seq: durable.seq }));
    this.audience.announce();
    if (variables) this.#feed.begin();
  }

  // ---- Python ------------------------------------------------------------------------------------------------

  get hasPython(): boolean {
    const { kernel } = this.recorded;
    return this.cells.kernel !== undefined || (kernel.is !== "none" && kernel.is !== "dead");
  }

  /** Its Python can be ended and nobody loses anything. */
  get restsEmpty(): boolean {
    return this.#state === "open" && this.recorded.kernel.is === "idle" && this.cells.empty;
  }

  endPython(why: string): void {
    this.record(daemon, [{ type: "kernel.stopped", generation: this.recorded.kernel.generation, why }]);
  }

  /** Has Python started for somebody who wants to look; or why it cannot be. */
  #startPython(): string | undefined {
    if (this.hasPython) return undefined;
    const crowded = this.#world.roomForPython();
    const { kernel, runtime } = this.recorded;
    if (crowded === undefined)
      this.record(daemon, [{ type: "kernel.starting", generation: kernel.generation + 1, runtime }]);
    return crowded;
  }

  /** There is room for the Python that this command starts, or it is refused. */
  #needPython(): void {
    const crowded = this.hasPython ? undefined : this.#world.roomForPython();
    if (crowded !== undefined) throw new DaimonError("busy", crowded);
  }

  // ---- when the store fails ----------------------------------------------------------------------------------

  #trouble(outcome: Exclude<AppendOutcome, { is: "ok" }>): void {
    if (outcome.is === "stale") this.close("another daemon took this session over");
    else this.#suspend(outcome.is, outcome.reason);
  }

  /** Nothing can be written: work stops, Python stays, people are told, and it comes back by itself. */
  #suspend(is: "failed" | "unknown", reason: string): void {
    this.#world.log("error", "a session cannot be written", { session: this.id, is, reason });
    this.#state = "unavailable";
    this.#interrupted = this.recorded.turn.is === "ending" && this.recorded.turn.why === "interrupt";
    this.#ledger.shut();
    this.#turns.abort();
    this.#compactions.stop();
    if (this.recorded.kernel.is === "running") this.cells.interrupt(this.recorded.kernel.cell);
    if (is === "failed") this.#forgetUnwritten();
    this.audience.dismiss("the store is unavailable", comeBackAfter);
    const { durable } = this.#ledger;
    void comeBack(
      this.#world,
      this.id,
      durable.seq,
      () => this.#state === "unavailable",
      (epoch, missed) => this.#reopen(epoch, missed),
    );
  }

  #stopWork(params: ParamsOf<"session/interrupt">): void {
    const { target, id } = toInterrupt(this.recorded, params);
    if (target === "cell") this.cells.interrupt(id);
    else {
      this.#interrupted = true;
      this.#turns.abort();
    }
  }

  #forgetUnwritten(): void {
    this.#conversation.forget();
    this.#ledger.forgetUnwritten();
  }

  /** What turned out to be written is folded, what was cut off is closed, everybody who waits is answered. */
  #reopen(epoch: number, missed: readonly Recorded[]): void {
    this.#conversation.forget();
    this.#ledger.reopen(epoch, missed);
    if (this.recorded.seq === 0) {
      this.close("it was never made: its first event could not be written");
      return;
    }
    this.#state = "open";
    const { kernel: lane, cells } = this.recorded;
    this.cells.onlyQueued(cells.map(({ id }) => id));
    const kernel =
      lane.is === "none" || lane.is === "dead" || this.cells.kernel?.generation !== lane.generation
        ? undefined
        : this.cells.kernel;
    if (!kernel) this.cells.kill("its session lost sight of it");
    const events = recover(
      this.recorded,
      this.#ledger.texts(),
      kernel ? "lives" : "gone",
      this.#interrupted,
      this.#turns.used,
    );
    if (kernel && lane.is === "starting")
      events.push({ type: "kernel.started", generation: lane.generation, python: kernel.python });
    this.record(daemon, events);
  }

  // ---- the end -----------------------------------------------------------------------------------------------

  /** The daemon leaves: what runs is ended openly, while it can still be written. */
  leave(): void {
    if (this.#state !== "open") return;
    this.#leaving = true;
    this.record(daemon, recover(this.recorded, this.#ledger.texts(), "gone", false, this.#turns.used));
  }

  /** Ends its life in this daemon: nothing of it runs on, everybody who waits is told. */
  close(why: string): void {
    if (this.#state === "closed") return;
    if (this.#state === "open" && !this.recorded.deleted) this.#snapshots.save();
    this.#state = "closed";
    this.#compactions.stop();
    this.#deadlines.look([]);
    this.#ledger.shut();
    this.#turns.abort();
    this.cells.kill(why);
    this.#forgetUnwritten();
    this.audience.dismiss(why, comeBackAfter);
    this.onClosed();
  }
}

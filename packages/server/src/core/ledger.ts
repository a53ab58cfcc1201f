import {
  type Actor,
  applyEvent,
  type Audited,
  type BlockText,
  eventVersion,
  isEntry,
  type Recorded,
  type SessionEvent,
  type SessionView,
} from "@daimon/protocol";
import { auditedBy, type Redact } from "./audit.ts";
import type { Journal, Writer } from "./journal.ts";
import { type Outgoing, Outbox } from "./outbox.ts";
import { movesIn } from "./history.ts";
import type { AppendOutcome, Clock, Move, Partial, Receipt } from "./ports.ts";
import { Releases } from "./releases.ts";
import { type Scribe, Stale } from "./scribe.ts";
import { summaryOf } from "./summary.ts";
import { OpenTexts } from "./texts.ts";

/** A session as it was found in the store, or as it begins. */
export type Found = {
  id: string;
  epoch: number;
  created: number;
  view: SessionView;
  recent: Recorded[];
  partials: Partial[];
  contextFrom: number;
  moves: readonly Move[];
  /** How far the newest saved view goes. */
  snapshotAt: number;
};

export type LedgerPorts = {
  journal: Journal;
  clock: Clock;
  redact: Redact;
  impossible(what: string): void;
  /** An event was recorded, in this tick; it is not durable yet. */
  recorded(recorded: Recorded): void;
  /** Something is durable and leaves, in order. */
  /** `before`: what people were shown until now. */
  leaving(outgoing: Outgoing, before: SessionView): void;
  /** What was recorded was not written, or nobody knows. */
  trouble(outcome: Exclude<AppendOutcome, { is: "ok" }>): void;
};

export const recentKept = 1000;

/**
 * The two views of a session and the way from one to the other. Recorded: numbered, stamped and folded in one
 * tick without `await`, so that commands never race. Durable: what the store has, and all that anybody is shown.
 */
export class Ledger implements Writer {
  readonly id: string;
  readonly #created: number;
  readonly #ports: LedgerPorts;
  readonly #texts: OpenTexts;
  readonly #releases = new Releases();
  readonly #outbox: Outbox;
  /** Counts what was given to the journal: everything caused after that leaves once it is written. Never goes back. */
  #place = 0;
  #epoch: number;
  #recorded: SessionView;
  #durable: SessionView;
  #recent: Recorded[];
  readonly #moves: Move[];
  #open = true;

  constructor(found: Found, ports: LedgerPorts) {
    this.id = found.id;
    this.#created = found.created;
    this.#ports = ports;
    this.#epoch = found.epoch;
    this.#recorded = this.#durable = found.view;
    this.#recent = found.recent.slice(-recentKept);
    this.#moves = [...found.moves];
    this.#texts = new OpenTexts(found.partials);
    this.#outbox = new Outbox((outgoing) => this.#release(outgoing));
  }

  /** Each time the durable head moved. */
  get moves(): readonly Move[] {
    return this.#moves;
  }
  get epoch(): number {
    return this.#epoch;
  }
  get recorded(): SessionView {
    return this.#recorded;
  }
  get durable(): SessionView {
    return this.#durable;
  }
  /** The newest durable events, enough to answer those who were away for a moment. */
  get recent(): readonly Recorded[] {
    return this.#recent;
  }
  get settled(): boolean {
    return this.#outbox.empty;
  }

  // ---- recording ---------------------------------------------------------------------------------------------

  /** `after`: what the session does of its own accord once these happened; asked until there is nothing more. */
  record(
    by: Actor,
    events: readonly SessionEvent[],
    receipts: readonly Receipt[],
    after: () => { by: Actor; events: SessionEvent[] },
  ): Recorded[] {
    if (!this.#open) throw new Stale();
    const closed: number[] = [];
    const audited: Audited[] = [];
    const before = this.#place;
    const stamp = (who: Actor, event: SessionEvent, op?: string) => {
      this.#place = before + 1;
      closed.push(...closes(this.#recorded, event));
      const view = this.#recorded;
      const recorded = this.#stamp(who, event, op);
      audited.push(...auditedBy(view, recorded, this.#ports.redact));
      return recorded;
    };
    const asked = events.map((event) => stamp(by, event, receipts[0]?.opId));
    const own: Recorded[] = [];
    for (let move = after(); move.events.length > 0; move = after())
      own.push(...move.events.map((event) => stamp(move.by, event)));
    const all = [...asked, ...own];
    if (all.length > 0 || receipts.length > 0) {
      this.#place = before + 1;
      const summary = all.length > 0 ? { summary: summaryOf(this.#recorded, this.#created) } : {};
      this.#ports.journal.write(this, { place: this.#place, events: all, audited, closed, receipts, ...summary });
    }
    return asked;
  }

  #stamp(by: Actor, event: SessionEvent, op: string | undefined): Recorded {
    const before = this.#recorded;
    const recorded: Recorded = {
      seq: before.seq + 1,
      at: Math.max(before.at, this.#ports.clock.now()),
      v: eventVersion,
      by,
      ...(isEntry(before, event) ? { parent: before.head } : {}),
      ...turnOf(before, event),
      ...(op === undefined ? {} : { op }),
      event,
    };
    this.#recorded = applyEvent(before, recorded, this.#ports.impossible);
    this.#ports.recorded(recorded);
    this.#outbox.push(this.#place, { is: "event", recorded, view: this.#recorded });
    return recorded;
  }

  #delta(block: number, text: string): void {
    const delta = this.#texts.add(this.#recorded, block, text);
    if (!delta) return;
    this.#ports.journal.touch(this, block);
    this.#outbox.push(this.#place, { is: "delta", delta });
  }

  /** Happens when all that was recorded before it is durable; `drop` when that will never be. */
  whenDurable(act: () => void, drop: () => void): void {
    this.#outbox.push(this.#place, { is: "act", act, drop });
  }

  settle(): Promise<void> {
    return new Promise((resolve, reject) => this.whenDurable(resolve, () => reject(new Stale())));
  }

  /** What a piece of work may do, as long as this life of the session lasts and it is still wanted. */
  scribe(wanted: (view: SessionView) => boolean, record: Scribe["record"]): Scribe {
    const epoch = this.#epoch;
    const check = () => {
      if (!this.#open || this.#epoch !== epoch || !wanted(this.#recorded)) throw new Stale();
    };
    const view = () => this.#recorded;
    return {
      get view() {
        return view();
      },
      check,
      record: (by, events) => {
        check();
        return record(by, events);
      },
      delta: (block, text) => {
        check();
        this.#delta(block, text);
      },
      text: (block) => this.#texts.recorded(block),
      durable: () => this.settle(),
    };
  }

  // ---- release -----------------------------------------------------------------------------------------------

  #release(outgoing: Outgoing): void {
    const before = this.#durable;
    if (outgoing.is === "delta") this.#texts.show(before, outgoing.delta);
    if (outgoing.is === "event") {
      this.#durable = outgoing.view;
      this.#remember([outgoing.recorded]);
      this.#texts.forgetClosed(outgoing.view);
    }
    this.#ports.leaving(outgoing, before);
    if (outgoing.is === "event") this.#releases.released(outgoing.recorded);
  }

  #remember(events: readonly Recorded[]): void {
    this.#recent.push(...events);
    this.#moves.push(...movesIn(events));
    if (this.#recent.length > 2 * recentKept) this.#recent = this.#recent.slice(-recentKept);
  }

  /** The next durable event that passes. */
  released(passes: (recorded: Recorded) => boolean): Promise<Recorded> {
    return this.#releases.next(passes);
  }

  /** Text of an open block as far as people were shown it. */
  shown(block: number): BlockText {
    return this.#texts.shown(block);
  }

  /** Text of open blocks as it is in memory. */
  texts(): ReadonlyMap<number, BlockText> {
    return this.#texts.all();
  }

  // ---- the journal's side ------------------------------------------------------------------------------------

  partial(block: number): Partial | undefined {
    if (!this.#open || block > this.#durable.seq) return undefined;
    if (!this.#recorded.blocks.some(({ id }) => id === block)) return undefined;
    const { text, omitted } = this.#texts.recorded(block);
    return { block, text, ...(omitted > 0 ? { omitted } : {}) };
  }

  written(outcome: AppendOutcome, place: number): void {
    if (!this.#open) return;
    if (outcome.is === "ok") this.#outbox.written(place);
    else this.#ports.trouble(outcome);
  }

  /** Nothing is recorded any more. What waits to leave keeps waiting, until it is known whether it was written. */
  shut(): void {
    this.#open = false;
    this.#ports.journal.drop(this);
  }

  /** What was recorded and not written did not happen. */
  forgetUnwritten(): void {
    this.#recorded = this.#durable;
    this.#texts.forgetUnwritten(this.#durable);
    this.#releases.stale();
    this.#outbox.drop(this.#place);
  }

  /** Another life: a new epoch, and whatever turned out to be written after all. */
  reopen(epoch: number, missed: readonly Recorded[]): void {
    for (const recorded of missed) this.#durable = applyEvent(this.#durable, recorded, this.#ports.impossible);
    this.#remember(missed);
    this.#epoch = epoch;
    this.#open = true;
    this.forgetUnwritten();
  }
}

/** Blocks that an event closes: a call's own block goes with its result. */
const closes = (view: SessionView, event: SessionEvent): number[] => {
  if (event.type === "text.closed" || event.type === "thinking.closed" || event.type === "cell.closed")
    return [event.block];
  if (event.type !== "call.finished") return [];
  return view.blocks.filter(({ kind, of }) => kind === "call" && of === event.call).map(({ id }) => id);
};

/** The turn that an event belongs to. */
export function turnOf(view: SessionView, event: SessionEvent): { turn?: number } {
  if (event.type === "turn.started") return { turn: view.seq + 1 };
  if (view.turn.is === "idle") return {};
  const ofTurn =
    /^(turn|step|text|thinking|call)\./.test(event.type) ||
    event.type === "input.taken" ||
    ((event.type === "ask.opened" || event.type === "cell.queued" || event.type === "file.changed") &&
      event.call !== undefined);
  return ofTurn ? { turn: view.turn.id } : {};
}

import type { Audited, Recorded, Summary } from "@daimon/protocol";
import type Database from "better-sqlite3";
import { setImmediate as nextTurn } from "node:timers/promises";
import type {
  AppendOutcome,
  AuditQuery,
  Batch,
  Clock,
  DayUsage,
  Lease,
  Log,
  Partial,
  ReadRange,
  Receipt,
  Snapshot,
  Store,
  SummaryQuery,
} from "../../core/ports.ts";
import { Bell } from "../bell.ts";
import { ChangeFeed, type Changes } from "../changes.ts";
import type { Upcasters } from "../upcast.ts";
import { appender } from "./append.ts";
import { auditReader, auditWriter } from "./audit.ts";
import { guarded } from "./errors.ts";
import { eventReader, type EventReader } from "./events.ts";
import { leases } from "./leases.ts";
import { type Mender, mender, type Shared } from "./mend.ts";
import { partialReader } from "./partials.ts";
import { prober } from "./probe.ts";
import { receipts } from "./receipts.ts";
import { remover } from "./remove.ts";
import { snapshots } from "./snapshots.ts";
import { summaryReader } from "./summaries.ts";
import { toldOf } from "./told.ts";
import { usageReader } from "./usage.ts";

/** How many events a tail hands over at once. */
const tailPage = 500;

/** SQLite answers at once, so every method is done when it returns; the port is asynchronous for stores that are not. */
export class SqliteStore implements Store {
  readonly #db: Database.Database;
  readonly #leases: ReturnType<typeof leases>;
  readonly #events: EventReader;
  readonly #receipts: ReturnType<typeof receipts>;
  readonly #partials: ReturnType<typeof partialReader>;
  readonly #snapshots: ReturnType<typeof snapshots>;
  readonly #summaries: ReturnType<typeof summaryReader>;
  readonly #usage: ReturnType<typeof usageReader>;
  readonly #audited: ReturnType<typeof auditReader>;
  readonly #audit: ReturnType<typeof auditWriter>;
  readonly #told: ReturnType<typeof toldOf>;
  readonly #append: ReturnType<typeof appender>;
  readonly #remove: ReturnType<typeof remover>;
  readonly #probe: () => void;
  readonly #mender: Mender;
  /** Rings for a session whose log grew or went away. */
  readonly #news = new Bell();
  readonly #changes = new ChangeFeed();

  constructor(db: Database.Database, clock: Clock, log: Log, upcasters: Upcasters) {
    this.#db = db;
    this.#mender = mender(db, clock, log);
    this.#leases = leases(db);
    this.#events = eventReader(db, upcasters);
    this.#receipts = receipts(db);
    this.#partials = partialReader(db);
    this.#snapshots = snapshots(db, log);
    this.#summaries = summaryReader(db, this.#events);
    this.#usage = usageReader(db);
    this.#audited = auditReader(db);
    this.#audit = auditWriter(db);
    this.#told = toldOf(db);
    this.#remove = remover(db, log);
    this.#probe = prober(db);
    this.#append = appender(db, this.#probe, this.#mender, log);
  }

  async acquire(session: string, holder: string): Promise<Lease> {
    return this.#with("lease", session, () => {
      const seq = this.#events.last(session);
      return { seq, epoch: this.#leases.take(session, holder) };
    });
  }

  async renew(session: string, epoch: number): Promise<boolean> {
    return this.#with("lease", session, () => this.#leases.holds(session, epoch));
  }

  async release(session: string, epoch: number): Promise<void> {
    this.#with("lease", session, () => this.#leases.release(session, epoch));
  }

  async append(batches: readonly Batch[]): Promise<AppendOutcome[]> {
    const outcomes = this.#append(batches);
    batches.forEach(({ session, events, summary }, index) => {
      if (outcomes[index]?.is !== "ok") return;
      if (events.length > 0) this.#news.ring(session);
      if (summary) this.#changes.tell(session, summary);
    });
    return outcomes;
  }

  async read(session: string, range: ReadRange): Promise<Recorded[]> {
    return guarded(session, () => this.#events.read(session, range));
  }

  async *tail(session: string, after: number, signal: AbortSignal): AsyncGenerator<Recorded[]> {
    let seen = after;
    while (!signal.aborted) {
      const news = this.#news.next(session, signal);
      const events = await this.read(session, { after: seen, limit: tailPage });
      seen = events.at(-1)?.seq ?? seen;
      if (events.length > 0) yield events;
      else await news;
    }
  }

  async partials(session: string): Promise<Partial[]> {
    return this.#with("partial", session, () => this.#partials(session));
  }

  async receipt(principal: string, opId: string): Promise<Receipt | undefined> {
    return this.#with("receipt", undefined, () => this.#receipts.find(principal, opId));
  }

  async forgetReceipts(before: number): Promise<number> {
    let total = 0;
    for (let more = true; more; await nextTurn()) {
      const part = this.#with("receipt", undefined, () => this.#receipts.forget(before));
      total += part.forgotten;
      more = part.more;
    }
    return total;
  }

  /** The one owner of this store is the asker itself. */
  async send(): Promise<boolean> {
    return false;
  }

  async snapshot(session: string, reducerVersion: number): Promise<Snapshot | undefined> {
    return this.#snapshots.load(session, reducerVersion);
  }

  async saveSnapshot(session: string, epoch: number, snapshot: Snapshot): Promise<void> {
    this.#with("snapshot", session, () => this.#snapshots.save(session, epoch, snapshot));
  }

  async summaries(query: SummaryQuery): Promise<Summary[]> {
    return this.#with("lease", undefined, () => this.#summaries.page(query));
  }

  async summary(session: string): Promise<Summary | undefined> {
    return guarded(session, () => this.#summaries.one(session));
  }

  async usage({ since }: { since: string }): Promise<DayUsage[]> {
    return this.#with("usage", undefined, () => this.#usage(since));
  }

  async audited(query: AuditQuery): Promise<{ id: number; row: Audited }[]> {
    return this.#with("audit", undefined, () => this.#audited(query));
  }

  async audit(row: Audited): Promise<void> {
    this.#with("audit", undefined, () => this.#audit(row));
  }

  async told(day: string): Promise<string[]> {
    return this.#with("meta", undefined, () => this.#told.on(day));
  }

  async tell(day: string, what: string): Promise<void> {
    this.#with("meta", undefined, () => this.#told.add(day, what));
  }

  changes(signal: AbortSignal): AsyncIterable<Changes> {
    return this.#changes.read(signal);
  }

  async remove(session: string): Promise<void> {
    this.#with("lease", session, () => this.#remove(session));
    this.#news.ring(session);
    this.#changes.tell(session, undefined);
  }

  async probe(): Promise<void> {
    this.#with("meta", undefined, this.#probe);
  }

  #with<T>(table: Shared, session: string | undefined, access: () => T): T {
    return guarded(session, () => this.#mender.with(table, access));
  }

  async close(): Promise<void> {
    this.#db.close();
  }
}

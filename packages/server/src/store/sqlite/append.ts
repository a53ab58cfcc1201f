import { sizes } from "@daimon/protocol";
import type Database from "better-sqlite3";
import type { AppendOutcome, Batch } from "../../core/ports.ts";
import { codeOf, sentence } from "../errors.ts";
import { summaryWriter } from "./summaries.ts";

/** A batch that must not be written. The reason goes to its session alone; the other sessions go on. */
class Refused extends Error {
  readonly is: "failed" | "stale";
  constructor(is: "failed" | "stale", reason: string) {
    super(reason);
    this.is = is;
  }
}

/** One commit for all batches, each in a savepoint of its own. `proveWritable` makes another commit, or throws. */
export function appender(
  db: Database.Database,
  proveWritable: () => void,
): (batches: readonly Batch[]) => AppendOutcome[] {
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const open = db.prepare("SAVEPOINT batch");
  const undo = db.prepare("ROLLBACK TO batch");
  const close = db.prepare("RELEASE batch");
  const write = batchWriter(db);

  function attempt(batch: Batch): AppendOutcome {
    open.run();
    let outcome: AppendOutcome = { is: "ok" };
    try {
      write(batch);
    } catch (error) {
      if (!db.inTransaction || concernsAll(error)) throw error;
      undo.run();
      outcome = { is: error instanceof Refused ? error.is : "failed", reason: sentence(error) };
    }
    close.run();
    return outcome;
  }

  return (batches) => {
    let outcomes: AppendOutcome[];
    try {
      begin.run();
      outcomes = batches.map(attempt);
    } catch (error) {
      rollBack(db);
      return batches.map(() => ({ is: "failed", reason: sentence(error) }));
    }
    try {
      commit.run();
      return outcomes;
    } catch (error) {
      rollBack(db);
      const is = certainlyLost(error, proveWritable) ? "failed" : "unknown";
      return outcomes.map((outcome) => (outcome.is === "ok" ? { is, reason: sentence(error) } : outcome));
    }
  };
}

/** Some errors end the transaction by themselves, others leave it open. */
export function rollBack(db: Database.Database): void {
  if (db.inTransaction) db.exec("ROLLBACK");
}

const concernsAll = (error: unknown): boolean =>
  /^SQLITE_(FULL|IOERR|READONLY|NOMEM|BUSY|CANTOPEN)/.test(codeOf(error));

/**
 * A commit that failed may lie whole in the write-ahead log and come back when the file is next opened. Not so when
 * its last page found no room, nor once another commit has taken its place in that file.
 */
function certainlyLost(error: unknown, proveWritable: () => void): boolean {
  if (/^SQLITE_(FULL|READONLY)/.test(codeOf(error))) return true;
  try {
    proveWritable();
    return true;
  } catch {
    return false;
  }
}

function batchWriter(db: Database.Database): (batch: Batch) => void {
  const lease = db.prepare<[string, number], 1>(
    "SELECT 1 FROM lease WHERE session = ? AND epoch = ? AND holder IS NOT NULL",
  );
  const last = db.prepare<[string], number>("SELECT coalesce(max(seq), 0) FROM event WHERE session = ?").pluck();
  const addEvent = db.prepare("INSERT INTO event (session, seq, body) VALUES (?, ?, ?)");
  const setPartial = db.prepare(
    "INSERT INTO partial (session, block, body) VALUES (?, ?, ?) ON CONFLICT (session, block) DO UPDATE SET body = excluded.body",
  );
  const dropPartial = db.prepare("DELETE FROM partial WHERE session = ? AND block = ?");
  const addReceipt = db.prepare("INSERT INTO receipt (principal, op, digest, result, at) VALUES (?, ?, ?, ?, ?)");
  const writeSummary = summaryWriter(db);

  return ({ session, epoch, events, partials, closed, receipts, summary }) => {
    if (!lease.get(session, epoch)) throw new Refused("stale", `epoch ${epoch} of session ${session} has ended`);
    let seq = last.get(session) ?? 0;
    for (const event of events) {
      seq += 1;
      if (event.seq !== seq) throw new Refused("failed", `event ${event.seq} came where ${seq} was due`);
      const body = JSON.stringify(event);
      if (Buffer.byteLength(body) > sizes.event)
        throw new Refused("failed", `event ${seq} is larger than ${sizes.event} bytes`);
      addEvent.run(session, seq, body);
    }
    for (const { block, ...partial } of partials) setPartial.run(session, block, JSON.stringify(partial));
    for (const block of closed) dropPartial.run(session, block);
    for (const { principal, opId, digest, result, at } of receipts) addReceipt.run(principal, opId, digest, result, at);
    if (summary) writeSummary(session, summary);
  };
}

import type Database from "better-sqlite3";
import type { AppendOutcome, Batch, Log } from "../../core/ports.ts";
import { codeOf, isCorruption, sentence } from "../errors.ts";
import { batchWriter, Refused } from "./batch.ts";
import type { Mender } from "./mend.ts";
import { Again } from "./summaries.ts";

/** One commit for all batches, each in a savepoint of its own. `proveWritable` makes another commit, or throws. */
export function appender(
  db: Database.Database,
  proveWritable: () => void,
  { mend }: Pick<Mender, "mend">,
  log: Log,
): (batches: readonly Batch[]) => AppendOutcome[] {
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const open = db.prepare("SAVEPOINT batch");
  const undo = db.prepare("ROLLBACK TO batch");
  const close = db.prepare("RELEASE batch");
  const write = batchWriter(db, log);

  function attempt(batch: Batch, damaged: Map<Batch, AppendOutcome>): AppendOutcome {
    const known = damaged.get(batch);
    if (known) return known;
    open.run();
    let outcome: AppendOutcome = { is: "ok" };
    try {
      write(batch);
    } catch (error) {
      if (isCorruption(error)) {
        damaged.set(batch, refusal(error));
        throw new Again();
      }
      // A full or broken disk ends the transaction by itself: then nobody's batch is in it.
      if (error instanceof Again || !db.inTransaction) throw error;
      undo.run();
      outcome = refusal(error);
    }
    close.run();
    return outcome;
  }

  /** Most commits are of one session: where nobody else can be harmed, the transaction is the savepoint. */
  function alone(batch: Batch): AppendOutcome {
    write(batch);
    return { is: "ok" };
  }

  /** Leaves the transaction open with everything in it, or closed with nothing. */
  function writeAll(batches: readonly Batch[]): AppendOutcome[] {
    const damaged = new Map<Batch, AppendOutcome>();
    let mended = false;
    const [only] = batches;
    for (;;) {
      try {
        begin.run();
        return only && batches.length === 1 ? [alone(only)] : batches.map((batch) => attempt(batch, damaged));
      } catch (error) {
        rollBack(db);
        // After it met a damaged page a transaction writes nothing more: begin again without the damage, or without what led there.
        if (!mended && (error instanceof Again || isCorruption(error)) && (mended = mend())) damaged.clear();
        else if (!(error instanceof Again)) return batches.map(() => refusal(error));
      }
    }
  }

  return (batches) => {
    const outcomes = writeAll(batches);
    if (!db.inTransaction) return outcomes;
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

const refusal = (error: unknown): AppendOutcome => ({
  is: error instanceof Refused ? error.is : "failed",
  reason: sentence(error),
});

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

import { sizes } from "@daimon/protocol";
import type Database from "better-sqlite3";
import type { Batch, Log } from "../../core/ports.ts";
import { auditWriter } from "./audit.ts";
import { summaryWriter } from "./summaries.ts";
import { usageWriter } from "./usage.ts";

/** A batch that must not be written. The reason goes to its session alone; the other sessions go on. */
export class Refused extends Error {
  readonly is: "failed" | "stale";
  constructor(is: "failed" | "stale", reason: string) {
    super(reason);
    this.is = is;
  }
}

/** Writes everything of one batch into the transaction that is open, or throws. */
export function batchWriter(db: Database.Database, log: Log): (batch: Batch) => void {
  // In one statement: a search by session alone is planned anew for each session it is given.
  const last = db
    .prepare<[string, number], number>(
      `SELECT (SELECT coalesce(max(seq), 0) FROM event WHERE event.session = lease.session)
       FROM lease WHERE session = ? AND epoch = ? AND holder IS NOT NULL`,
    )
    .pluck();
  const addEvent = db.prepare("INSERT INTO event (session, seq, body) VALUES (?, ?, ?)");
  const setPartial = db.prepare(
    `INSERT INTO partial (session, block, body) VALUES (?, ?, ?)
     ON CONFLICT (session, block) DO UPDATE SET body = excluded.body`,
  );
  const dropPartial = db.prepare("DELETE FROM partial WHERE session = ? AND block = ?");
  const addReceipt = db.prepare("INSERT INTO receipt (principal, op, digest, result, at) VALUES (?, ?, ?, ?, ?)");
  const addUsage = usageWriter(db);
  const addAudited = auditWriter(db);
  const writeSummary = summaryWriter(db, log);

  return ({ session, epoch, events, partials, closed, receipts, spent, audited, summary }) => {
    let seq = last.get(session, epoch);
    if (seq === undefined) throw new Refused("stale", `epoch ${epoch} of session ${session} has ended`);
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
    for (const one of spent) addUsage(one);
    for (const one of audited) addAudited(one);
    if (summary) writeSummary(session, summary);
  };
}

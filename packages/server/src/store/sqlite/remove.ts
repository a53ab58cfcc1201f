import type Database from "better-sqlite3";
import type { Log } from "../../core/ports.ts";
import { isCorruption, sentence } from "../errors.ts";

/** Removes a session. Its lease stays, one epoch on, so that an append still under way is stale; receipts stay too. */
export function remover(db: Database.Database, log: Log): (session: string) => void {
  const raise = db.prepare("UPDATE lease SET epoch = epoch + 1, holder = NULL WHERE session = ?");
  const kept = ["summary", "snapshot", "partial"].map((table) => db.prepare(`DELETE FROM ${table} WHERE session = ?`));
  const events = db.prepare("DELETE FROM event WHERE session = ?");
  const forget = db.transaction((session: string, damaged: boolean) => {
    raise.run(session);
    for (const statement of kept) statement.run(session);
    if (!damaged) events.run(session);
  });

  return (session) => {
    try {
      forget.immediate(session, false);
    } catch (error) {
      if (!isCorruption(error)) throw error;
      log("warn", "a damaged session is removed, but some of its rows stay in the file", {
        session,
        error: sentence(error),
      });
      forget.immediate(session, true);
    }
  };
}

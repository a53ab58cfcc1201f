import type Database from "better-sqlite3";
import type { Log } from "../../core/ports.ts";
import { isCorruption, sentence } from "../errors.ts";

/** Removes a session. Its lease stays, one epoch on, so that an append still under way is stale; receipts stay too. */
export function remover(db: Database.Database, log: Log): (session: string) => void {
  const raise = db.prepare("UPDATE lease SET epoch = epoch + 1 WHERE session = ?");
  const parts = ["summary", "snapshot", "partial", "event"].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE session = ?`),
  );
  const whole = db.transaction((session: string) => {
    raise.run(session);
    for (const part of parts) part.run(session);
  });

  /** Damage must not keep a session from being deleted: what cannot be reached stays in the file. */
  function piecemeal(session: string): void {
    raise.run(session);
    for (const part of parts) {
      try {
        part.run(session);
      } catch (error) {
        if (!isCorruption(error)) throw error;
        log("warn", "a damaged session is removed; some of it stays in the file", { session, error: sentence(error) });
      }
    }
  }

  return (session) => {
    try {
      whole.immediate(session);
    } catch (error) {
      if (!isCorruption(error)) throw error;
      piecemeal(session);
    }
  };
}

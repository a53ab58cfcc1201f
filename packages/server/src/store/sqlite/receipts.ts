import type Database from "better-sqlite3";
import type { Receipt } from "../../core/ports.ts";

/** How many receipts one commit forgets: a week of them at once would hold up everybody's commits. */
const forgetAtOnce = 1000;

export function receipts(db: Database.Database) {
  const find = db.prepare<[string, string], Receipt>(
    "SELECT principal, op AS opId, digest, result, at FROM receipt WHERE principal = ? AND op = ?",
  );
  const forget = db.prepare(
    `DELETE FROM receipt WHERE id IN (SELECT id FROM receipt WHERE at < ? ORDER BY id LIMIT ${forgetAtOnce})`,
  );
  return {
    find: (principal: string, opId: string): Receipt | undefined => find.get(principal, opId),
    /** Forgets some; answers how many, and whether there may be more. */
    forget(before: number): { forgotten: number; more: boolean } {
      const { changes } = forget.run(before);
      return { forgotten: changes, more: changes === forgetAtOnce };
    },
  };
}

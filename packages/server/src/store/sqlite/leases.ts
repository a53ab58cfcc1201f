import type Database from "better-sqlite3";

/**
 * Who owns a session. One daemon owns the whole file, so a lease never runs out by itself: it ends when the session
 * is released or taken over. The epoch only grows, also over the removal of the session. The row of no session holds
 * the epoch that every new row begins above: see mend.ts.
 */
export function leases(db: Database.Database) {
  const take = db
    .prepare<[string, string], number>(
      `INSERT INTO lease (session, epoch, holder)
       VALUES (?, 1 + coalesce((SELECT epoch FROM lease WHERE session = ''), 0), ?)
       ON CONFLICT (session) DO UPDATE SET epoch = epoch + 1, holder = excluded.holder RETURNING epoch`,
    )
    .pluck();
  const held = db.prepare("SELECT 1 FROM lease WHERE session = ? AND epoch = ? AND holder IS NOT NULL");
  const release = db.prepare("UPDATE lease SET holder = NULL WHERE session = ? AND epoch = ?");
  return {
    take: (session: string, holder: string): number => {
      const epoch = take.get(session, holder);
      if (epoch === undefined) throw new Error("taking a lease answered no epoch");
      return epoch;
    },
    holds: (session: string, epoch: number): boolean => held.get(session, epoch) !== undefined,
    release: (session: string, epoch: number): void => {
      release.run(session, epoch);
    },
  };
}

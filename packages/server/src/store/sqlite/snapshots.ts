import type Database from "better-sqlite3";
import type { Log, Snapshot } from "../../core/ports.ts";
import { sentence } from "../errors.ts";

type Row = { seq: number; reducer: number; body: string };
type Body = Omit<Snapshot, "seq" | "reducerVersion">;

/** One saved view per session. It only saves time: one that cannot be read is as good as none. */
export function snapshots(db: Database.Database, log: Log) {
  const load = db.prepare<[string, number], Row>(
    "SELECT seq, reducer, body FROM snapshot WHERE session = ? AND reducer = ?",
  );
  // An owner that lost the session writes nothing; neither does one that is ahead of the log.
  const save = db.prepare(
    `INSERT INTO snapshot (session, seq, reducer, body)
     SELECT @session, @seq, @reducer, @body
     WHERE EXISTS (SELECT 1 FROM lease WHERE session = @session AND epoch = @epoch AND holder IS NOT NULL)
       AND EXISTS (SELECT 1 FROM event WHERE session = @session AND seq = @seq)
     ON CONFLICT (session) DO UPDATE SET seq = excluded.seq, reducer = excluded.reducer, body = excluded.body`,
  );
  return {
    load(session: string, reducerVersion: number): Snapshot | undefined {
      try {
        const row = load.get(session, reducerVersion);
        if (!row) return undefined;
        return { seq: row.seq, reducerVersion: row.reducer, ...(JSON.parse(row.body) as Body) };
      } catch (error) {
        log("warn", "a saved view cannot be read; the session is folded from its log", {
          session,
          error: sentence(error),
        });
        return undefined;
      }
    },
    save(session: string, epoch: number, { seq, reducerVersion, ...body }: Snapshot): void {
      save.run({ session, epoch, seq, reducer: reducerVersion, body: JSON.stringify(body) });
    },
  };
}

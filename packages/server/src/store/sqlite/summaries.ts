import type { Summary } from "@daimon/protocol";
import type Database from "better-sqlite3";

/** What a search looks through, and how both sides of the comparison are written. */
const searchable = (text: string): string => text.toLowerCase();

export function summaryWriter(db: Database.Database): (session: string, summary: Summary) => void {
  const set = db.prepare(
    `INSERT INTO summary (session, at, search, body) VALUES (?, ?, ?, ?)
     ON CONFLICT (session) DO UPDATE SET at = excluded.at, search = excluded.search, body = excluded.body`,
  );
  return (session, summary) => {
    const search = searchable([summary.title, summary.cwd, summary.preview].join("\n"));
    set.run(session, summary.at, search, JSON.stringify(summary));
  };
}

export type SummaryQuery = { text?: string; before?: number; limit?: number };

export function summaryReader(db: Database.Database) {
  const one = db.prepare<[string], string>("SELECT body FROM summary WHERE session = ?").pluck();
  const many = db
    .prepare<[number, string, number], string>(
      "SELECT body FROM summary WHERE at < ? AND instr(search, ?) > 0 ORDER BY at DESC, session LIMIT ?",
    )
    .pluck();
  return {
    one: (session: string): Summary | undefined => {
      const body = one.get(session);
      return body === undefined ? undefined : (JSON.parse(body) as Summary);
    },
    many: ({ text = "", before = Number.MAX_SAFE_INTEGER, limit = -1 }: SummaryQuery): Summary[] =>
      many.all(before, searchable(text), limit).map((body) => JSON.parse(body) as Summary),
  };
}

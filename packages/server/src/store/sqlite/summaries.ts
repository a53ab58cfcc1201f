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
type Range = { text: string; before: number; skip: number };

const noLimit = Number.MAX_SAFE_INTEGER;

export function summaryReader(db: Database.Database) {
  const one = db.prepare<[string], string>("SELECT body FROM summary WHERE session = ?").pluck();
  const matching = "FROM summary WHERE at < @before AND instr(search, @text) > 0";
  // A page ends after all that share its last moment: the next page begins before it and would pass over them.
  const page = db
    .prepare<[Range], string>(
      `SELECT body ${matching}
         AND at >= coalesce((SELECT at ${matching} ORDER BY at DESC LIMIT 1 OFFSET @skip), 0)
       ORDER BY at DESC, session`,
    )
    .pluck();

  return {
    one(session: string): Summary | undefined {
      const body = one.get(session);
      return body === undefined ? undefined : (JSON.parse(body) as Summary);
    },
    page({ text = "", before = noLimit, limit = noLimit }: SummaryQuery): Summary[] {
      if (limit < 1) return [];
      const bodies = page.all({ text: searchable(text), before, skip: limit - 1 });
      return bodies.map((body) => JSON.parse(body) as Summary);
    },
  };
}

import type { Summary } from "@daimon/protocol";
import type Database from "better-sqlite3";
import type { Log } from "../../core/ports.ts";
import { isCorruption, sentence } from "../errors.ts";
import type { EventReader } from "./events.ts";
import { salvager } from "./salvage.ts";

export type SummaryQuery = { text?: string; before?: number; limit?: number };
type Range = { text: string; before: number; skip: number };
type Row = { session: string; body: string };

const noLimit = Number.MAX_SAFE_INTEGER;

/** What a search looks through, written as the searched words are. */
const searchable = (text: string): string => text.toLowerCase();
const wordsOf = ({ title, cwd, preview }: Summary): string => searchable([title, cwd, preview].join("\n"));

/** A transaction that met damage is of no more use; another one passes it by. */
export class Again extends Error {}

/** The log does not wait for the list: a session whose place in the list is damaged goes on without its row. */
export function summaryWriter(db: Database.Database, log: Log): (session: string, summary: Summary) => void {
  const passedBy = new Set<string>();
  const set = db.prepare(
    `INSERT INTO summary (session, at, search, body) VALUES (?, ?, ?, ?)
     ON CONFLICT (session) DO UPDATE SET at = excluded.at, search = excluded.search, body = excluded.body`,
  );
  return (session, summary) => {
    if (passedBy.has(session)) return;
    try {
      set.run(session, summary.at, wordsOf(summary), JSON.stringify(summary));
    } catch (error) {
      if (!isCorruption(error)) throw error;
      passedBy.add(session);
      log("error", "the list of sessions is damaged; restore it from a backup", { session, error: sentence(error) });
      throw new Again("the list of sessions is damaged", { cause: error });
    }
  };
}

export function summaryReader(db: Database.Database, events: EventReader) {
  const salvage = salvager(db, events);
  const one = db.prepare<[string], string>("SELECT body FROM summary WHERE session = ?").pluck();
  const matching = "FROM summary WHERE at < @before AND instr(search, @text) > 0";
  // A page ends after all that share its last moment: the next page begins before it and would pass over them.
  const page = db.prepare<[Range], Row>(
    `SELECT session, body ${matching}
       AND at >= coalesce((SELECT at ${matching} ORDER BY at DESC LIMIT 1 OFFSET @skip), 0)
     ORDER BY at DESC, session`,
  );

  function read(session: string): Summary | undefined {
    try {
      const body = one.get(session);
      return body === undefined ? undefined : (JSON.parse(body) as Summary);
    } catch (error) {
      if (!isCorruption(error) && !(error instanceof SyntaxError)) throw error;
      return salvage.summary(session);
    }
  }

  /** The same from each session by itself, when the list as a whole cannot be read. */
  function pageOneByOne(range: Range): Summary[] {
    const found = salvage
      .sessions()
      .map(read)
      .filter((summary) => summary !== undefined)
      .filter((summary) => summary.at < range.before && wordsOf(summary).includes(range.text))
      .toSorted((a, b) => b.at - a.at);
    const end = found[range.skip]?.at ?? 0;
    return found.filter(({ at }) => at >= end);
  }

  return {
    one: read,
    page({ text = "", before = noLimit, limit = noLimit }: SummaryQuery): Summary[] {
      if (limit < 1) return [];
      const range = { text: searchable(text), before, skip: limit - 1 };
      try {
        return page.all(range).map(({ body }) => JSON.parse(body) as Summary);
      } catch (error) {
        if (!isCorruption(error) && !(error instanceof SyntaxError)) throw error;
        return pageOneByOne(range);
      }
    },
  };
}

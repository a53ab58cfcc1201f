import type { Summary } from "@daimon/protocol";
import type Database from "better-sqlite3";
import type { Log, SummaryQuery } from "../../core/ports.ts";
import { isCorruption, sentence } from "../errors.ts";
import type { EventReader } from "./events.ts";
import { salvager } from "./salvage.ts";

type Range = { text: string; at: number; id: string; limit: number };

const top = { at: Number.MAX_SAFE_INTEGER, id: "" };

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
  const page = db
    .prepare<[Range], string>(
      `SELECT body FROM summary
       WHERE at <= @at AND (at < @at OR session > @id) AND instr(search, @text) > 0
       ORDER BY at DESC, session LIMIT @limit`,
    )
    .pluck();

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
    return salvage
      .sessions()
      .map(read)
      .filter((summary) => summary !== undefined)
      .filter((summary) => wordsOf(summary).includes(range.text) && inOrder(range, summary) < 0)
      .toSorted(inOrder)
      .slice(0, range.limit);
  }

  return {
    one: read,
    page({ text = "", behind = top, limit }: SummaryQuery): Summary[] {
      const range = { text: searchable(text), ...behind, limit };
      try {
        return page.all(range).map((body) => JSON.parse(body) as Summary);
      } catch (error) {
        if (!isCorruption(error) && !(error instanceof SyntaxError)) throw error;
        return pageOneByOne(range);
      }
    },
  };
}

type Place = { at: number; id: string };
/** Newest first, those of one moment by id, as SQLite orders them. */
const inOrder = (a: Place, b: Place): number => b.at - a.at || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));

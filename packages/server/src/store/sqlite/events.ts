import type { Recorded } from "@daimon/protocol";
import type Database from "better-sqlite3";
import type { ReadRange } from "../../core/ports.ts";
import { upcast, type Stored, type Upcasters } from "../upcast.ts";
import { sentence } from "../errors.ts";
import { corrupt } from "./errors.ts";

type Row = { seq: number; body: string };
export type EventReader = ReturnType<typeof eventReader>;

export function eventReader(db: Database.Database, upcasters: Upcasters) {
  const last = db.prepare<[string], number>("SELECT coalesce(max(seq), 0) FROM event WHERE session = ?").pluck();
  const between = db.prepare<[string, number, number], Row>(
    "SELECT seq, body FROM event WHERE session = ? AND seq BETWEEN ? AND ? ORDER BY seq",
  );

  const lastOf = (session: string): number => last.get(session) ?? 0;

  return {
    last: lastOf,
    read(session: string, range: ReadRange): Recorded[] {
      const { first, end } = place(range, lastOf(session));
      if (first > end) return [];
      const rows = between.all(session, first, end);
      // The log is numbered without gaps: a missing row is damage, however whole the others look.
      for (let seq = first; seq <= end; seq += 1)
        if (rows[seq - first]?.seq !== seq) throw corrupt(session, `event ${seq} is missing`);
      return rows.map((row) => upcast(parse(session, row), upcasters));
    },
  };
}

/** The first and the last event that a range means in a log that ends with `last`. */
function place(range: ReadRange, last: number): { first: number; end: number } {
  if ("after" in range) {
    const first = Math.max(0, range.after) + 1;
    return { first, end: Math.min(last, first - 1 + range.limit) };
  }
  const end = Math.min(last, range.before - 1);
  return { first: Math.max(1, end + 1 - range.limit), end };
}

function parse(session: string, { seq, body }: Row): Stored {
  const stored = json(session, seq, body);
  if (stored?.seq !== seq || !Number.isInteger(stored.v))
    throw corrupt(session, `event ${seq} is not what was written`);
  return stored;
}

function json(session: string, seq: number, body: string): Stored | null {
  try {
    return JSON.parse(body) as Stored | null;
  } catch (error) {
    throw corrupt(session, `event ${seq} is not JSON: ${sentence(error)}`, error);
  }
}

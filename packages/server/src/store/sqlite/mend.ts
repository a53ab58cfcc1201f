import type Database from "better-sqlite3";
import type { Clock, Log } from "../../core/ports.ts";
import { codeOf, isCorruption, sentence } from "../errors.ts";

/** Tables that have no page to each session: damage in one of them would take all sessions away. And what its loss means. */
const shared = {
  lease: "every session that is open is taken anew",
  receipt: "a command from before that is sent once more may be done once more",
  partial: "text that was being streamed when the last daemon ended may be cut",
  snapshot: "opening a session may take longer once",
  usage: "daimon usage may show less than was spent",
  audit: "daimon audit may show less than was decided",
  meta: "nothing of it is missed",
} as const;
export type Shared = keyof typeof shared;
const all = Object.keys(shared) as Shared[];

export type Mender = ReturnType<typeof mender>;

/** Puts a new table in the place of a shared one that is damaged, with what can still be read of it, and says so in the log. */
export function mender(db: Database.Database, clock: Pick<Clock, "now">, log: Log) {
  function isSound(table: Shared): boolean {
    try {
      return db.pragma(`integrity_check(${table})`, { simple: true }) === "ok";
    } catch (error) {
      if (isCorruption(error)) return false;
      throw error;
    }
  }

  /** The rows before the first damaged page and those behind the last, by their rowid. */
  function reachable(table: Shared): Record<string, unknown>[] {
    const rows = new Map<unknown, Record<string, unknown>>();
    for (const order of ["ASC", "DESC"]) {
      try {
        const found = db.prepare<[], Row>(`SELECT rowid AS "row", * FROM ${table} NOT INDEXED ORDER BY rowid ${order}`);
        for (const { row, ...rest } of found.iterate()) rows.set(row, rest);
      } catch (error) {
        if (!isCorruption(error)) throw error;
      }
    }
    return [...rows.values()];
  }

  const replace = db.transaction((table: Shared, rows: readonly Record<string, unknown>[]): number => {
    const creation = db
      .prepare<[string], string>("SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL")
      .pluck()
      .all(table);
    // Dropping a table walks all its pages, and so ends at the damaged one: its pages are left behind in the file.
    db.pragma("writable_schema = ON");
    db.prepare("DELETE FROM sqlite_schema WHERE tbl_name = ?").run(table);
    db.pragma("writable_schema = RESET");
    for (const sql of creation) db.exec(sql);
    let kept = 0;
    for (const row of rows) kept += insertInto(table, row);
    // Epochs only ever grow: an epoch that nobody can read any more was smaller than the time.
    if (table === "lease") db.prepare("INSERT OR REPLACE INTO lease (session, epoch) VALUES ('', ?)").run(clock.now());
    return kept;
  });

  function insertInto(table: Shared, row: Record<string, unknown>): number {
    const names = Object.keys(row);
    const places = names.map(() => "?").join(", ");
    try {
      return db.prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`).run(Object.values(row))
        .changes;
    } catch (error) {
      if (codeOf(error).startsWith("SQLITE_CONSTRAINT")) return 0; // no row of ours: it was damaged as well
      throw error;
    }
  }

  function mendOne(table: Shared): boolean {
    if (isSound(table)) return false;
    db.unsafeMode(true);
    try {
      // Read before: a transaction that met a damaged page writes nothing more.
      const kept = replace.immediate(table, reachable(table));
      log("error", `a part of the store was damaged and is replaced; ${shared[table]}`, { part: table, kept });
      return true;
    } finally {
      db.unsafeMode(false);
    }
  }

  /** Whether something was mended. Not within a transaction. */
  function mend(tables: readonly Shared[] = all): boolean {
    try {
      return tables.filter(mendOne).length > 0;
    } catch (error) {
      log("error", "a damaged part of the store could not be replaced", { error: sentence(error) });
      return false;
    }
  }

  return {
    mend,
    /** One access that is made again when the table it needs had to be mended. */
    with<T>(table: Shared, access: () => T): T {
      try {
        return access();
      } catch (error) {
        if (!isCorruption(error) || !mend([table])) throw error;
        return access();
      }
    },
  };
}

type Row = Record<string, unknown> & { row: number };

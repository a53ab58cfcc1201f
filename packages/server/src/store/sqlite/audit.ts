import type { Audited } from "@daimon/protocol";
import type Database from "better-sqlite3";
import type { AuditQuery } from "../../core/ports.ts";

type Row = { id: number; body: string };
type Range = { session: string; tool: string; since: number; at: number; before: number; limit: number };

export function auditWriter(db: Database.Database): (row: Audited) => void {
  const add = db.prepare("INSERT INTO audit (at, session, tool, body) VALUES (?, ?, ?, ?)");
  return (row) => void add.run(row.at, row.session ?? "", row.tool ?? "", JSON.stringify(row));
}

/** Newest first. Each way to ask has an index that leads to what it wants: nothing else is read. */
export function auditReader(db: Database.Database): (query: AuditQuery) => { id: number; row: Audited }[] {
  const by = (which: string) =>
    db.prepare<[Range], Row>(
      `SELECT id, body FROM audit
       WHERE ${which} at >= @since AND (at, id) < (@at, @before) ORDER BY at DESC, id DESC LIMIT @limit`,
    );
  const of = {
    all: by(""),
    session: by("session = @session AND"),
    tool: by("tool = @tool AND"),
    both: by("session = @session AND tool = @tool AND"),
  };
  return ({ session, tool, since = 0, before, limit }) => {
    const one =
      session === undefined ? (tool === undefined ? of.all : of.tool) : tool === undefined ? of.session : of.both;
    const { at, id } = before ?? { at: Number.MAX_SAFE_INTEGER, id: 0 };
    const range = { session: session ?? "", tool: tool ?? "", since, at, before: id, limit };
    return one.all(range).map((row) => ({ id: row.id, row: JSON.parse(row.body) as Audited }));
  };
}

import type Database from "better-sqlite3";
import type { Partial } from "../../core/ports.ts";
import { sentence } from "../errors.ts";
import { corrupt } from "./errors.ts";

type Row = { block: number; body: string };

export function partialReader(db: Database.Database): (session: string) => Partial[] {
  const all = db.prepare<[string], Row>("SELECT block, body FROM partial WHERE session = ? ORDER BY block");
  return (session) =>
    all.all(session).map(({ block, body }) => {
      try {
        return { block, ...(JSON.parse(body) as Omit<Partial, "block">) };
      } catch (error) {
        throw corrupt(session, `the partial of block ${block} is not JSON: ${sentence(error)}`, error);
      }
    });
}

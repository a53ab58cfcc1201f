import type Database from "better-sqlite3";
import { sizes } from "@daimon/protocol";
import { rollBack } from "./append.ts";

/** Writes as much as one event may hold, then gives the room back: a commit of a few bytes would pass on a full disk. */
export function prober(db: Database.Database): () => void {
  const fill = db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', zeroblob(?))");
  const write = (bytes: number) => {
    try {
      db.exec("BEGIN IMMEDIATE");
      fill.run(bytes);
      db.exec("COMMIT");
    } finally {
      rollBack(db);
    }
  };
  return () => {
    write(sizes.event);
    write(0);
  };
}

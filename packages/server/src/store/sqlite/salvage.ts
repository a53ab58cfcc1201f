import type { Summary } from "@daimon/protocol";
import type Database from "better-sqlite3";
import { sentence } from "../errors.ts";
import type { EventReader } from "./events.ts";

/** What can be said of a session whose row in the list is damaged: less than the row said, but enough to open it. */
export function salvager(db: Database.Database, events: EventReader) {
  const sessions = db.prepare<[], string>("SELECT session FROM lease").pluck();

  function fromLog(session: string): Summary | undefined {
    const last = events.last(session);
    const [created] = events.read(session, { after: 0, limit: 1 });
    const [newest] = events.read(session, { after: last - 1, limit: 1 });
    if (!newest || created?.event.type !== "session.created") return undefined;
    const { title, cwd, model, mode, task } = created.event;
    const known = { title, cwd, model, mode, seq: last, created: created.at, at: newest.at };
    return { ...unknown(session), ...known, ...(task ? { task } : {}) };
  }

  return {
    sessions: (): string[] => sessions.all(),
    summary(session: string): Summary | undefined {
      try {
        return fromLog(session);
      } catch (error) {
        return { ...unknown(session), quarantined: sentence(error) };
      }
    },
  };
}

const unknown = (id: string): Summary => ({
  id,
  title: id,
  cwd: "",
  model: "",
  mode: "ask",
  seq: 0,
  created: 0,
  at: 0,
  doing: "idle",
  asks: 0,
  queued: 0,
  preview: "",
});

import type { Summary } from "@daimon/protocol";
import type Database from "better-sqlite3";
import { isCorruption, sentence } from "../errors.ts";
import type { EventReader } from "./events.ts";

/** What can be said of a session whose row in the list is damaged: less than the row said, but enough to open it. */
export function salvager(db: Database.Database, events: EventReader) {
  const leased = db.prepare<[], string>("SELECT session FROM lease").pluck();
  const logged = db.prepare<[string], string | null>("SELECT min(session) FROM event WHERE session > ?").pluck();

  function fromLog(session: string): Summary | undefined {
    const last = events.last(session);
    const [created] = events.read(session, { after: 0, limit: 1 });
    const [newest] = events.read(session, { after: last - 1, limit: 1 });
    if (!newest || created?.event.type !== "session.created") return undefined;
    const { title, cwd, model, mode, task } = created.event;
    const known = { title, cwd, model, mode, seq: last, created: created.at, at: newest.at };
    return { ...unknown(session), ...known, ...(task ? { task } : {}) };
  }

  /** From what each log begins with; as far as that can be read. */
  function withLog(): string[] {
    const found: string[] = [];
    try {
      for (let id = logged.get(""); id; id = logged.get(id)) found.push(id);
    } catch (error) {
      if (!isCorruption(error)) throw error;
    }
    return found;
  }

  return {
    /** Leases may have been lost too, and the logs be damaged: what either knows of. */
    sessions: (): string[] => [...new Set([...leased.all(), ...withLog()])],
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

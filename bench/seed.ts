import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Actor,
  applyEvent,
  emptyView,
  eventVersion,
  isEntry,
  type Recorded,
  type SessionEvent,
} from "../packages/protocol/src/index.ts";
import { homeOf } from "../packages/protocol/src/client/folders.ts";
import { summaryOf } from "../packages/server/src/core/summary.ts";
import { openSqliteStore } from "../packages/server/src/store/sqlite/index.ts";
import { clock, silent } from "./ports.ts";
import { environment } from "./processes.ts";

/** Sessions that have already happened, written through the real store before any daemon runs. */

const person: Actor = { principal: "local", name: "ann", client: "cli" };
const assistant: Actor = { principal: "assistant", client: "daemon" };
const answer = "A sentence that an assistant might say about a value in a live Python. ".repeat(6).trim();

/** Whole turns, of `perTurn` events each, until there are at least this many events. */
export const perTurn = 9;

export async function seed(base: string, cwd: string, sessions: Record<string, number>): Promise<void> {
  const { state } = homeOf(environment(base));
  mkdirSync(base, { recursive: true, mode: 0o700 });
  mkdirSync(state, { mode: 0o700 });
  const store = openSqliteStore({ file: join(state, "daimon.db"), clock, log: silent });
  for (const [id, events] of Object.entries(sessions)) {
    const { epoch } = await store.acquire(id, "bench");
    let view = emptyView;
    let waiting: Recorded[] = [];
    const record = (by: Actor, event: SessionEvent) => {
      const parent = isEntry(view, event) ? { parent: view.head } : {};
      const recorded = { seq: view.seq + 1, at: clock.now(), v: eventVersion, by, ...parent, event };
      view = applyEvent(view, recorded);
      waiting.push(recorded);
      return recorded.seq;
    };
    const write = async () => {
      const batch = {
        session: id,
        epoch,
        events: waiting,
        partials: [],
        closed: [],
        receipts: [],
        spent: [],
        audited: [],
      };
      const [outcome] = await store.append([{ ...batch, summary: summaryOf(view, clock.now()) }]);
      if (outcome?.is !== "ok") throw new Error(`seeding failed: ${outcome?.reason}`);
      waiting = [];
    };
    record(person, created(id, cwd));
    while (view.seq < events) {
      turn(record);
      if (waiting.length > 1000) await write();
    }
    await write();
    await store.release(id, epoch);
  }
  await store.close();
}

function turn(record: (by: Actor, event: SessionEvent) => number): void {
  const input = record(person, {
    type: "input.queued",
    text: "What is in the variable that I just made?",
    delivery: "queue",
    priority: "high",
  });
  record(assistant, { type: "turn.started", input, model: "offline/guide", tools: [] });
  record(assistant, { type: "input.taken", input });
  const step = record(assistant, { type: "step.started", model: "offline/guide" });
  const block = record(assistant, { type: "text.opened" });
  record(assistant, { type: "text.closed", block, text: answer });
  record(assistant, { type: "step.ended", step, stop: "end", usage: { input: 400, output: 80 } });
  record(person, { type: "note.added", text: "seen" });
  record(assistant, { type: "turn.ended", outcome: "done" });
}

const created = (id: string, cwd: string): SessionEvent => ({
  type: "session.created",
  id,
  title: id,
  cwd,
  roots: [],
  profile: "default",
  runtime: "pyodide",
  mode: "ask",
  model: "offline/guide",
  thinking: "off",
});

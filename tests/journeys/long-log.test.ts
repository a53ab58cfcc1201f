import { join as path } from "node:path";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { applyEvent, emptyView, type Recorded, type SessionEvent } from "../../packages/protocol/src/index.ts";
import { summaryOf } from "../../packages/server/src/core/summary.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/index.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { join, next } from "./world.ts";

const by = { principal: "local", name: "mia", client: "cli" as const };

/** A conversation as long as somebody's year: turns of ten events each. */
function* yearOf(total: number): Generator<Recorded> {
  let seq = 0;
  let head: number | null = null;
  const record = (event: SessionEvent, entry: boolean, turn?: number): Recorded => {
    const recorded: Recorded = {
      seq: ++seq,
      at: seq,
      v: 1,
      by,
      ...(entry ? { parent: head } : {}),
      ...(turn ? { turn } : {}),
      event,
    };
    if (entry) head = seq;
    return recorded;
  };
  yield record(
    {
      type: "session.created",
      id: "long",
      title: "long",
      cwd: "/",
      roots: [],
      profile: "default",
      runtime: "pyodide",
      mode: "ask",
      model: "offline/guide",
      thinking: "off",
    },
    false,
  );
  while (seq + 10 <= total) {
    yield record({ type: "input.queued", text: `question ${seq}`, delivery: "queue", priority: "high" }, false);
    const input = seq;
    yield record({ type: "turn.started", input, model: "offline/guide", tools: [] }, false);
    const turn = seq;
    yield record({ type: "input.taken", input }, true, turn);
    yield record({ type: "step.started", model: "offline/guide" }, false, turn);
    const step = seq;
    for (let block = 0; block < 2; block++) {
      yield record({ type: "text.opened" }, false, turn);
      yield record({ type: "text.closed", block: seq, text: `answer ${seq} `.repeat(8) }, true, turn);
    }
    yield record({ type: "step.ended", step, stop: "end", usage: { input: 10, output: 10 } }, false, turn);
    yield record({ type: "turn.ended", outcome: "done" }, false, turn);
  }
}

test("a session of 100,000 events opens with its newest items, pages the rest, and leaves the daemon small", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    await mkdir(path(home, "state"), { recursive: true, mode: 0o700 });
    const clock = { now: () => Date.now(), after: () => () => {} };
    const store = openSqliteStore({ file: path(home, "state/daimon.db"), clock, log: () => {} });
    const { epoch } = await store.acquire("long", "the test");
    const events = [...yearOf(100_000)];
    const view = events.reduce((folded, recorded) => applyEvent(folded, recorded), emptyView);
    for (let from = 0; from < events.length; from += 5000) {
      const [outcome] = await store.append([
        {
          session: "long",
          epoch,
          events: events.slice(from, from + 5000),
          partials: [],
          closed: [],
          receipts: [],
          spent: [],
          audited: [],
          summary: summaryOf(view, 1),
        },
      ]);
      expect(outcome).toEqual({ is: "ok" });
    }
    await store.close();

    await using daemon = await startDaemon({ home });
    const mia = join(daemon, "mia");
    const at = await mia.attach("long");
    expect(at.now.view.items).toEqual(view.items);
    expect(at.now.view.seq).toBe(view.seq);
    const page = await mia.request("session/history", { sessionId: "long", before: at.now.view.older ?? 0, limit: 50 });
    expect(page.items).toHaveLength(50);
    expect(page.items.at(-1)?.id).toBeLessThan(at.now.view.items[0]?.id ?? 0);
    const ended = next(at, "turn.ended");
    await mia.request("session/input", { sessionId: "long", text: "help" });
    expect((await ended).event.outcome).toBe("done");
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, "utf8"))?.[1]) / 1024;
    expect(rss).toBeLessThan(600);
    mia.close();
  });
}, 60_000);

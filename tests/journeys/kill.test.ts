import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import type { Recorded } from "../../packages/protocol/src/index.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { idle, join, logOf, next, until } from "./world.ts";

const long = process.env["DAIMON_TEST_LONG"] !== undefined;
const kills = long ? 1000 : 30;

const script = {
  talk: [[{ text: "word ", times: 400 }], [{ text: "never asked" }]],
  work: [
    [{ text: "I add a line. " }, { call: { tool: "append", input: { line: "one" } } }],
    [{ call: { tool: "python", input: { code: "for i in range(50): print(i)" } } }],
    [{ text: "Done. ", times: 50 }],
  ],
};

/** Numbers from a seed, so that a failure can be run again. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const startOf = (pid: number): string | undefined => {
  try {
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return state === "Z" ? undefined : fields[18]; // a dead one that init has not buried yet runs nothing
  } catch {
    return undefined; // it is gone
  }
};

test(
  `${kills} times kill -9 at any moment: nothing acknowledged is lost, nothing runs twice, nothing stays behind`,
  { timeout: 3_600_000 },
  async () => {
    const seed = Number(process.env["DAIMON_TEST_SEED"] ?? Date.now() % 1_000_000);
    const random = chance(seed);
    await withFolder(async (folder) => {
      const home = path(folder, "home");
      const acknowledged = new Map<number, string>();
      let sessionId = "";
      let orphans: { pid: number; start: string }[] = [];
      for (let round = 0; round <= kills; round++) {
        const daemon = await startDaemon({ home, script });
        for (const { pid, start } of orphans)
          expect(startOf(pid), `seed ${seed}, round ${round}: a child outlived its daemon`).not.toBe(start);
        const mia = join(daemon, "mia");
        if (sessionId === "")
          sessionId = (
            await mia.request("session/create", { cwd: folder, model: "scripted/script", mode: "auto-edit" })
          ).id;
        const at = await mia.attach(sessionId);
        const log = await logOf(mia, sessionId);
        check(log, acknowledged, `seed ${seed}, round ${round}`);
        if (round === kills) {
          mia.close();
          await daemon.stop();
          break;
        }
        at.onChange((change) => {
          if (change.is === "event") acknowledged.set(change.recorded.seq, JSON.stringify(change.recorded));
        });
        const ignore = () => {}; // the daemon is killed under them
        const started = next(at, random() < 0.5 ? "step.started" : "cell.started");
        if (at.now.view.held) await mia.request("session/resume", { sessionId });
        mia.request("session/python", { sessionId, code: "x = 1\nfor i in range(200): print(i)" }).catch(ignore);
        mia.request("session/input", { sessionId, text: random() < 0.5 ? "talk" : "work" }).catch(ignore);
        await started;
        // All of it may have come in the same breath as its start: then nothing more comes.
        const later = Math.floor(random() * 60);
        let seen = 0;
        await until(at, () => seen++ >= later || idle(at));
        orphans = childrenOf(home);
        await daemon.kill();
        mia.close();
      }
      // The effects themselves: never more lines than calls that had started.
      const lines = existsSync(path(home, "state/effects"))
        ? readFileSync(path(home, "state/effects"), "utf8").split("\n").length - 1
        : 0;
      expect(lines).toBeLessThanOrEqual(kills);
    });
  },
);

function childrenOf(home: string): { pid: number; start: string }[] {
  const folder = path(home, "run/children");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map(Number)
    .filter((pid) => pid > 0)
    .flatMap((pid) => {
      const start = startOf(pid);
      return start === undefined ? [] : [{ pid, start }];
    });
}

function check(log: Recorded[], acknowledged: Map<number, string>, where: string): void {
  const bySeq = new Map(log.map((recorded) => [recorded.seq, JSON.stringify(recorded)]));
  for (const [seq, recorded] of acknowledged) expect(bySeq.get(seq), `${where}: event ${seq}`).toBe(recorded);
  expect(
    log.map(({ seq }) => seq),
    where,
  ).toEqual(log.map((_, index) => index + 1));
  const once = (of: (recorded: Recorded) => number | undefined) => {
    const seen = log.map(of).filter((id) => id !== undefined);
    expect(new Set(seen).size, where).toBe(seen.length);
  };
  once(({ event }) => (event.type === "call.started" ? event.call : undefined));
  once(({ event }) => (event.type === "call.finished" ? event.call : undefined));
  once(({ event }) => (event.type === "cell.started" ? event.cell : undefined));
  once(({ event }) => (event.type === "cell.finished" ? event.cell : undefined));
}

test("words that streamed before a kill -9 are there afterwards, but for at most the last 250 ms, and marked as cut", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    const words = { tell: [[{ text: "early " }, { gate: "g1" }, { text: "late" }, { gate: "never" }]] };
    const daemon = await startDaemon({ home, script: words });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    await mia.request("session/input", { sessionId, text: "tell" });
    await until(at, ({ now }) => [...now.open.values()].some(({ text }) => text === "early "));
    // A quarter of a second and the commit that saves it: the promise is about time, so the test has to wait.
    await new Promise((resolve) => setTimeout(resolve, 600));
    await daemon.kill();
    await using again = await startDaemon({ home, script: words });
    await until(
      at,
      ({ now }) =>
        now.link === "live" && now.view.turn.is === "idle" && now.view.items.some(({ kind }) => kind === "ended"),
    );
    expect(at.now.view.items).toMatchObject([
      { kind: "input", text: "tell" },
      { kind: "text", text: "early ", cut: true },
      { kind: "ended", outcome: "interrupted" },
    ]);
    mia.close();
    expect(again.pid).not.toBe(daemon.pid);
  });
});

test("a cell that was cut off by a kill -9 keeps its output, is marked, and what became of Python is said", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    const daemon = await startDaemon({ home });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder });
    const at = await mia.attach(sessionId);
    const assigned = next(at, "cell.finished");
    await mia.request("session/python", { sessionId, code: "kept = 1" });
    await assigned;
    await mia.request("session/python", { sessionId, code: "import time\nprint('so far')\ntime.sleep(1000)" });
    await mia.request("session/python", { sessionId, code: "'waits'" });
    await until(at, ({ now }) => [...now.open.values()].some(({ text }) => text === "so far\n"));
    await new Promise((resolve) => setTimeout(resolve, 600)); // as above
    await daemon.kill();
    await using again = await startDaemon({ home });
    await until(at, ({ now }) => now.link === "live" && now.view.kernel.is === "dead");
    const cells = at.now.view.items.filter(({ kind }) => kind === "cell");
    expect(cells[1]).toMatchObject({
      state: "done",
      ok: false,
      outcome: "unknown",
      outputs: [{ text: "so far\n", cut: true }],
    });
    expect(cells[2]).toMatchObject({ state: "done", ok: false, outcome: "cancelled" });
    const notices = at.now.view.items.filter(({ kind }) => kind === "notice");
    expect(JSON.stringify(notices)).toContain("kept");
    const fresh = next(at, "cell.finished");
    await mia.request("session/python", { sessionId, code: "6*7" });
    expect((await fresh).event).toMatchObject({ ok: true, result: { text: "42" } });
    mia.close();
    expect(again.pid).not.toBe(daemon.pid);
  });
});

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import type { EventType } from "../../packages/protocol/src/index.ts";
import type { LastWords } from "../dying-store.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { lastWords } from "../daemon-process/tools.ts";
import { join, logOf, until } from "./world.ts";

/** The daemon dies of kill -9 at one point between what the assistant intends and what comes of it. */

const effects = (home: string) =>
  existsSync(path(home, "state/effects"))
    ? readFileSync(path(home, "state/effects"), "utf8").split("\n").length - 1
    : 0;
const script = (line: string) => ({
  add: [[{ call: { tool: "append", input: { line } } }], [{ text: "That was it." }]],
  choose: [
    [{ call: { tool: "ask", input: { question: "Which?", choices: ["red", "blue"] } } }],
    [{ text: "That was it." }],
  ],
});

/** When it dies, how often the effect is there in the end, and how the call ended. */
const points: [EventType | "the effect", effects: number, outcome: string | undefined][] = [
  ["call.requested", 0, "not_run"],
  ["ask.opened", 1, undefined],
  ["ask.answered", 0, "not_run"],
  ["call.started", 0, "unknown"],
  ["the effect", 1, "unknown"],
  ["call.finished", 1, undefined],
];

test.for(points)("killed at %s, what was intended happens %i times, and the log says what is known", async (point) => {
  const [dies, times, outcome] = point;
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    const last = path(folder, "last.json");
    const words: LastWords = dies === "the effect" ? { session: "", seq: 0 } : { type: dies };
    writeFileSync(last, JSON.stringify(words));
    const given = { home, script: script(dies === "the effect" ? lastWords : "once") };
    const daemon = await startDaemon({ ...given, env: { DAIMON_TEST_LAST_WORDS: last } });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    const answer = () =>
      mia.request("session/answer", { sessionId, askId: at.now.view.asks[0]?.id ?? 0, allow: true }).catch(() => {});
    mia.request("session/input", { sessionId, text: "add" }).catch(() => {}); // the daemon dies under it
    void until(at, ({ now }) => now.view.asks.length === 1).then(answer);
    await daemon.ended;

    await using again = await startDaemon(given);
    await until(at, ({ now }) => now.link === "live");
    if (dies === "ask.opened") await answer();
    await until(at, ({ now }) => now.view.turn.is === "idle");
    expect(effects(again.home)).toBe(times);
    const finished = (await logOf(mia, sessionId))
      .map(({ event }) => event)
      .filter(({ type }) => type === "call.finished");
    expect(finished).toHaveLength(1);
    expect(finished[0]).toMatchObject(outcome === undefined ? { ok: true } : { ok: false, outcome });
    mia.close();
  });
});

test("a choice outlives a kill -9 of the daemon, and the assistant is given what people chose", async () => {
  await withFolder(async (folder) => {
    const given = { home: path(folder, "home"), script: script("once") };
    const daemon = await startDaemon(given);
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    await mia.request("session/input", { sessionId, text: "choose" });
    await until(at, ({ now }) => now.view.asks.length === 1);
    const asked = at.now.view.asks[0];
    expect(asked).toMatchObject({ kind: "choice", choices: ["red", "blue"], role: "operate" });
    await daemon.kill();

    await using again = await startDaemon(given);
    await until(at, ({ now }) => now.link === "live" && now.view.turn.is === "suspended");
    expect(at.now.view.asks).toEqual([asked]);
    await mia.request("session/answer", { sessionId, askId: asked?.id ?? 0, value: "blue" });
    await until(at, ({ now }) => now.view.turn.is === "idle");
    const finished = (await logOf(mia, sessionId))
      .map(({ event }) => event)
      .filter(({ type }) => type === "call.finished");
    expect(finished).toMatchObject([{ ok: true, value: { text: "They answered: blue" } }]);
    mia.close();
    expect(again.pid).not.toBe(daemon.pid);
  });
});

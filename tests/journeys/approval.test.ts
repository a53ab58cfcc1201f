import { existsSync, readFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import { join, logOf, next, until } from "./world.ts";

const script = {
  add: [[{ text: "I add it. " }, { call: { tool: "append", input: { line: "once" } } }], [{ text: "It is there." }]],
};
const effects = (home: string) =>
  existsSync(path(home, "state/effects")) ? readFileSync(path(home, "state/effects"), "utf8") : "";

test("an approval outlives a kill -9 of the daemon: it is asked still, its answer runs the call once and the turn goes on", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    const daemon = await startDaemon({ home, script });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    await mia.request("session/input", { sessionId, text: "add" });
    await until(at, ({ now }) => now.view.asks.length === 1);
    const asked = at.now.view.asks[0];
    expect(at.now.view.turn.is).toBe("waiting");
    await daemon.kill();

    await using again = await startDaemon({ home, script });
    await until(at, ({ now }) => now.link === "live" && now.view.turn.is === "suspended");
    expect(at.now.view.asks).toEqual([asked]);
    // What people say meanwhile waits, and they are told behind what.
    expect(await mia.request("session/input", { sessionId, text: "and then?" })).toMatchObject({ behind: asked?.id });
    expect(effects(home)).toBe("");
    const ended = next(at, "turn.ended");
    await mia.request("session/answer", { sessionId, askId: asked?.id ?? 0, allow: true, digest: asked?.digest ?? "" });
    expect((await ended).event).toMatchObject({ outcome: "done" });
    expect(effects(home)).toBe("once\n");
    const types = (await logOf(mia, sessionId)).map(({ event }) => event.type);
    const order = [
      "call.requested",
      "ask.opened",
      "turn.suspended",
      "ask.answered",
      "turn.resumed",
      "call.started",
      "call.finished",
    ];
    expect(types.filter((type) => order.includes(type))).toEqual(order);
    mia.close();
    expect(again.pid).not.toBe(daemon.pid);
  });
});

test("a denied call is not run, and the model reads why", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    await using daemon = await startDaemon({ home, script });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    await mia.request("session/input", { sessionId, text: "add" });
    await until(at, ({ now }) => now.view.asks.length === 1);
    const finished = next(at, "call.finished");
    await mia.request("session/answer", {
      sessionId,
      askId: at.now.view.asks[0]?.id ?? 0,
      allow: false,
      reason: "not today",
    });
    expect((await finished).event).toMatchObject({
      ok: false,
      outcome: "denied",
      value: { text: expect.stringContaining("not today") },
    });
    expect(effects(home)).toBe("");
    mia.close();
  });
});

test("an interrupt of a waiting turn expires its ask, runs nothing, and what waited behind it is held until somebody speaks", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    await using daemon = await startDaemon({
      home,
      script: { ...script, later: [[{ text: "later" }]], first: [[{ text: "first" }]] },
    });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    await mia.request("session/input", { sessionId, text: "add" });
    await until(at, ({ now }) => now.view.asks.length === 1);
    await mia.request("session/input", { sessionId, text: "later" });
    await mia.request("session/interrupt", { sessionId });
    await until(at, ({ now }) => now.view.turn.is === "idle");
    expect(at.now.view).toMatchObject({ asks: [], held: "interrupt", queue: [{ text: "later" }] });
    expect(effects(home)).toBe("");
    // A person who goes on is heard first; then comes what was held.
    await mia.request("session/input", { sessionId, text: "first" });
    await until(at, ({ now }) => now.view.queue.length === 0 && now.view.turn.is === "idle");
    const said = at.now.view.items
      .filter(({ kind }) => kind === "input")
      .map((item) => (item.kind === "input" ? item.text : ""));
    expect(said).toEqual(["add", "first", "later"]);
    mia.close();
  });
});

test("an approval covers what was asked: where the session became read-only meanwhile, the answer runs nothing", async () => {
  await withFolder(async (folder) => {
    const home = path(folder, "home");
    await using daemon = await startDaemon({ home, script });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    const at = await mia.attach(sessionId);
    await mia.request("session/input", { sessionId, text: "add" });
    await until(at, ({ now }) => now.view.asks.length === 1);
    await mia.request("session/update", { sessionId, mode: "read-only" });
    const finished = next(at, "call.finished");
    await mia.request("session/answer", { sessionId, askId: at.now.view.asks[0]?.id ?? 0, allow: true });
    expect((await finished).event).toMatchObject({ ok: false, outcome: "denied" });
    expect(effects(home)).toBe("");
    mia.close();
  });
});

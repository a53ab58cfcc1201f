import { writeFile } from "node:fs/promises";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import type { Attachment, Client } from "../../packages/protocol/src/client/index.ts";
import { type Running, startDaemon, withFolder } from "../daemon-process/start.ts";
import type { Script } from "../daemon-process/scripted.ts";
import { idle, join, next, screen, until } from "./world.ts";

type World = { folder: string; daemon: Running; mia: Client; sessionId: string; at: Attachment };

async function withSession(script: Script, use: (world: World) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await using daemon = await startDaemon({ home: path(folder, "home"), script });
    const mia = join(daemon, "mia");
    const { id: sessionId } = await mia.request("session/create", { cwd: folder, model: "scripted/script" });
    await use({ folder, daemon, mia, sessionId, at: await mia.attach(sessionId) });
    mia.close();
  });
}

const inputs = ({ now }: Attachment) => now.view.items.flatMap((item) => (item.kind === "input" ? [item.text] : []));

test("an interrupt in the middle of an answer keeps what was said, marks it, and the next question is answered", async () => {
  const script = { long: [[{ text: "half of " }, { gate: "never" }]], again: [[{ text: "whole" }]] };
  await withSession(script, async ({ mia, sessionId, at }) => {
    await mia.request("session/input", { sessionId, text: "long" });
    await until(at, (now) => screen(now) === "half of ");
    const { turn } = at.now.view;
    const target = turn.is === "idle" ? 0 : turn.id;
    expect(await mia.request("session/interrupt", { sessionId, target: "turn", expect: target })).toMatchObject({
      target: "turn",
      id: target,
    });
    await until(at, idle);
    expect(at.now.view.items.slice(1)).toMatchObject([
      { kind: "text", text: "half of ", cut: true },
      { kind: "ended", outcome: "interrupted" },
    ]);
    // A late key meets a turn that is over already: it must not hit the next one.
    const next1 = next(at, "turn.ended");
    await mia.request("session/input", { sessionId, text: "again" });
    await expect(mia.request("session/interrupt", { sessionId, target: "turn", expect: target })).rejects.toMatchObject(
      { code: "already_ended" },
    );
    expect((await next1).event.outcome).toBe("done");
  });
});

test("what is said while the assistant works is taken between its steps when it steers, after its turn when it queues", async () => {
  const call = { call: { tool: "eval_expr", input: { expression: "1" } } };
  const script = {
    start: [[{ text: "first " }, { gate: "one" }, call], [{ text: "plain " }]],
    left: [[{ text: "steered " }]],
    later: [[{ text: "queued" }]],
  };
  await withSession(script, async ({ folder, mia, sessionId, at }) => {
    await mia.request("session/input", { sessionId, text: "start" });
    await until(at, (now) => screen(now) === "first ");
    await mia.request("session/input", { sessionId, text: "later" });
    await mia.request("session/input", { sessionId, text: "left", delivery: "steer" });
    await expect(mia.request("session/input", { sessionId, text: "x", delivery: "reject" })).rejects.toMatchObject({
      code: "busy",
    });
    await expect(mia.request("session/input", { sessionId, text: "x", expectTurn: null })).rejects.toMatchObject({
      code: "conflict",
    });
    await writeFile(path(folder, "one"), "");
    await until(at, (now) => idle(now) && screen(now).endsWith("queued"));
    expect(inputs(at)).toEqual(["start", "left", "later"]);
    const turns = at.now.view.items.flatMap((item) => (item.kind === "input" ? [item.turn] : []));
    expect(turns[0]).toBe(turns[1]);
    expect(turns[2]).not.toBe(turns[1]);
  });
});

test("a cell of the assistant is seen by everybody, and an interrupt of its turn ends it within the turn", async () => {
  const run = { call: { tool: "python", input: { code: "import time\nprint('working')\ntime.sleep(1000)" } } };
  await withSession({ go: [[run], [{ text: "never" }]] }, async ({ mia, sessionId, at }) => {
    await mia.request("session/input", { sessionId, text: "go" });
    await until(at, (now) => screen(now) === "working\n");
    expect(at.now.view.kernel).toMatchObject({ is: "running", by: { name: "assistant" } });
    await mia.request("session/interrupt", { sessionId });
    await until(at, idle);
    const call = at.now.view.items.find(({ kind }) => kind === "call");
    expect(call).toMatchObject({ state: "done", ok: false, outcome: "interrupted" });
    expect(at.now.view.items.find(({ kind }) => kind === "cell")).toMatchObject({
      outcome: "interrupted",
      outputs: [{ text: "working\n" }],
    });
    expect(at.now.view.items.at(-1)).toMatchObject({ kind: "ended", outcome: "interrupted" });
    // Python itself lives on.
    const finished = next(at, "cell.finished");
    await mia.request("session/python", { sessionId, code: "1 + 1" });
    expect((await finished).event).toMatchObject({ ok: true, result: { text: "2" } });
  });
});

test("a model that fails ends its turn with the reason, and what waits is held until a person goes on", async () => {
  const script = {
    bad: [[{ text: "so far " }, { gate: "fail" }, { fail: "the model fell over" }]],
    next: [[{ text: "fine" }]],
  };
  await withSession(script, async ({ folder, mia, sessionId, at }) => {
    await mia.request("session/input", { sessionId, text: "bad" });
    await until(at, (now) => screen(now) === "so far ");
    await mia.request("session/input", { sessionId, text: "next" });
    await writeFile(path(folder, "fail"), "");
    await until(at, ({ now }) => now.view.turn.is === "idle");
    expect(at.now.view.held).toBe("failure");
    expect(at.now.view.items.at(-1)).toMatchObject({ kind: "ended", outcome: "failed", reason: "the model fell over" });
    await mia.request("session/resume", { sessionId });
    await until(at, (now) => idle(now) && screen(now).endsWith("fine"));
    expect(inputs(at)).toEqual(["bad", "next"]);
  });
});

test("what a tool gets wrong is a sentence to the model, and its turn goes on", async () => {
  const wrong = [
    { call: { tool: "pyhton", input: {} } },
    { call: { tool: "python", input: { cod: "1" } } },
    { call: { tool: "python", input: { code: "1/0" } } },
  ];
  await withSession({ go: [wrong, [{ text: "I see" }]] }, async ({ mia, sessionId, at }) => {
    const ended = next(at, "turn.ended");
    await mia.request("session/input", { sessionId, text: "go" });
    expect((await ended).event.outcome).toBe("done");
    const results = at.now.view.items.flatMap((item) =>
      item.kind === "call" ? [[item.ok, item.value?.text ?? ""] as const] : [],
    );
    expect(results.map(([ok]) => ok)).toEqual([false, false, false]);
    expect(results[0]?.[1]).toContain("no tool named pyhton");
    expect(results[1]?.[1]).toContain("code");
    expect(results[2]?.[1]).toContain("ZeroDivisionError");
  });
});

test("a person's cell goes before the assistant's waiting ones, and cells wait in the order they came", async () => {
  const run = (code: string) => ({ call: { tool: "python", input: { code } } });
  // What people ran meanwhile is the newest thing the model reads: it answers that.
  const script = { go: [[run("'assistant'")]], "*": [[{ text: "done" }]] };
  await withSession(script, async ({ mia, sessionId, at }) => {
    await mia.request("session/python", { sessionId, code: "input('hold')" });
    await until(at, ({ now }) => now.view.asks.length === 1);
    await mia.request("session/input", { sessionId, text: "go" });
    await until(at, ({ now }) => now.view.cells.length === 1);
    await mia.request("session/python", { sessionId, code: "'first'" });
    await mia.request("session/python", { sessionId, code: "'second'" });
    await mia.request("session/answer", { sessionId, askId: at.now.view.asks[0]?.id ?? 0, value: "" });
    await until(at, (now) => idle(now) && screen(now).endsWith("done"));
    const codeOf = (cell: number) => at.now.view.items.find(({ kind, id }) => kind === "cell" && id === cell);
    const { events } = await mia.request("session/events", { sessionId });
    const started = events.flatMap(({ event }) => (event.type === "cell.started" ? [codeOf(event.cell)] : []));
    expect(started).toMatchObject([
      { code: "input('hold')" },
      { code: "'first'" },
      { code: "'second'" },
      { code: "'assistant'" },
    ]);
  });
});

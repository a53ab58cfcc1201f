import { expect, test } from "vitest";
import type { Tool } from "../../packages/server/src/core/ports.ts";
import { Scene } from "./scene.ts";

test("of two questions of one step, the call that was answered runs, though the other still waits for people", async () => {
  const scene = await Scene.begin();
  Object.assign(scene.world.mind.tools.find(({ name }) => name === "touch") ?? {}, { parallel: true });
  await scene.ask("session/input", { text: "touch both" });
  await scene.do({ do: "model", says: ["touch", "touch", "end"] });
  const [first, second] = scene.view.asks;
  expect(scene.view.asks).toHaveLength(2);
  await scene.ask("session/answer", { askId: second?.id ?? 0, allow: true });
  expect(scene.events("call.started").map(({ event }) => event.call)).toEqual([second?.call]);
  await scene.do({ do: "tool", which: 0, says: "end" });
  await scene.ask("session/answer", { askId: first?.id ?? 0, allow: false });
  await scene.do({ do: "model", says: ["text", "end"] });
  expect(scene.events("call.finished").map(({ event: { call, ok } }) => [call, ok])).toEqual([
    [second?.call, true],
    [first?.call, false],
  ]);
  expect(scene.events("turn.ended")).toMatchObject([{ event: { outcome: "done" } }]);
});

test("what a tool asks of people is a choice for whoever may operate, and it runs once, with their answer", async () => {
  const scene = await Scene.begin();
  const touch = scene.world.mind.tools.find(({ name }) => name === "touch") as Tool;
  const answers: unknown[] = [];
  const question = () => ({ text: "Which one?", choices: ["this", "that"] });
  const run: Tool["run"] = async function* (_, { answer }) {
    yield { text: "" };
    answers.push(answer);
    return { text: `They answered: ${answer}` };
  };
  Object.assign(touch, { question, run });
  await scene.ask("session/input", { text: "ask them" });
  await scene.do({ do: "model", says: ["touch", "end"] });
  const [asked] = scene.view.asks;
  expect(asked).toMatchObject({
    kind: "choice",
    role: "operate",
    choices: ["this", "that"],
    show: { text: "Which one?" },
  });
  expect((await scene.ask("session/answer", { askId: asked?.id ?? 0, value: "neither" })).code).toBe("invalid");
  expect(answers).toEqual([]);
  await scene.ask("session/answer", { askId: asked?.id ?? 0, value: "that" });
  expect(answers).toEqual(["that"]);
  await scene.do({ do: "model", says: ["text", "end"] });
  expect(scene.events("call.finished")).toMatchObject([
    { event: { ok: true, value: { text: "They answered: that" } } },
  ]);
});

test("an approval that nobody gives in time is a no, and the model reads why; one that was given in time stands", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/input", { text: "touch it", answerWithin: 60_000 });
  await scene.do({ do: "model", says: ["touch", "end"] });
  const [asked] = scene.view.asks;
  await scene.later(59_000);
  expect(scene.view.asks).toHaveLength(1);
  await scene.later(2000);
  expect(scene.view.asks).toEqual([]);
  expect(scene.events("ask.answered")).toMatchObject([
    { event: { ask: asked?.id, allow: false }, by: { client: "daemon" } },
  ]);
  expect(scene.events("call.finished")).toMatchObject([
    { event: { ok: false, outcome: "denied", value: { text: expect.stringContaining("nobody answered in time") } } },
  ]);
  await scene.do({ do: "model", says: ["touch", "end"] });
  await scene.ask("session/answer", { askId: scene.view.asks[0]?.id ?? 0, allow: true });
  await scene.later(120_000);
  expect(scene.events("ask.answered")).toHaveLength(2);
});

test("an approval of the assistant's cell is for the Python it was asked of: with another one it is asked anew", async () => {
  const scene = await Scene.begin({ sealed: false });
  await scene.ask("session/input", { text: "run it" });
  await scene.do({ do: "model", says: ["python", "end"] });
  const [asked] = scene.view.asks;
  await scene.ask("session/kernel", { action: "start" });
  scene.world.python.boot("first", true);
  await scene.world.quiet();
  await scene.ask("session/answer", { askId: asked?.id ?? 0, allow: true });
  const [again] = scene.view.asks;
  expect(scene.events("call.started")).toEqual([]);
  expect(again).toMatchObject({ kind: "approval", call: asked?.call });
  expect(again?.digest).not.toBe(asked?.digest);
  await scene.ask("session/answer", { askId: again?.id ?? 0, allow: true });
  expect(scene.events("call.started")).toHaveLength(1);
});

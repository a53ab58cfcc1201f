import { expect, test } from "vitest";
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

import { expect, test } from "vitest";
import { Scene } from "./scene.ts";

const minute = 60_000;
const live = ({ world }: Scene) => world.hub.counts().live;

test("a session is dropped from memory when nobody needed it for ten minutes, and is there again when somebody does", async () => {
  const scene = await Scene.begin();
  await scene.later(9 * minute);
  expect(live(scene)).toBe(1);
  await scene.later(2 * minute);
  expect(live(scene)).toBe(0);
  expect((await scene.ask("session/input", { text: "hello" })).code).toBeUndefined();
  expect(live(scene)).toBe(1);
});

test("a session somebody is attached to stays in memory, and for ten minutes after they left", async () => {
  const scene = await Scene.begin();
  scene.world.client(1).attach(scene.id, () => {});
  await scene.later(60 * minute);
  expect(live(scene)).toBe(1);
  scene.world.client(1).drop();
  await scene.later(9 * minute);
  expect(live(scene)).toBe(1);
  await scene.later(2 * minute);
  expect(live(scene)).toBe(0);
});

test("a session stays in memory while its model, its tool or its Python is at work", async () => {
  const scene = await Scene.begin({ limits: { ms: 24 * 60 * minute } });
  await scene.ask("session/update", { mode: "auto-edit" });
  await scene.ask("session/input", { text: "touch it" });
  await scene.later(60 * minute);
  expect(live(scene)).toBe(1);
  await scene.do({ do: "model", says: ["touch", "end"] });
  await scene.later(60 * minute);
  expect(live(scene)).toBe(1);
  await scene.do({ do: "tool", which: 0, says: "end" }, { do: "model", says: ["end"] });
  await scene.later(9 * minute);
  expect(live(scene)).toBe(1);
  await scene.ask("session/python", { code: "x = 42" });
  await scene.do({ do: "boot", ok: true }, { do: "cell", says: "end" });
  await scene.later(24 * 60 * minute);
  expect(live(scene)).toBe(1);
});

test("a question outlives its session's place in memory: the answer brings the turn back, and its call runs once", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/input", { text: "touch it" });
  await scene.do({ do: "model", says: ["touch", "end"] });
  await scene.later(11 * minute);
  expect(live(scene)).toBe(0);
  const { asks, turn } = scene.view;
  expect([turn.is, asks.length]).toEqual(["waiting", 1]);
  expect((await scene.ask("session/answer", { askId: asks[0]?.id ?? 0, allow: true })).code).toBeUndefined();
  await scene.do({ do: "tool", which: 0, says: "end" }, { do: "model", says: ["text", "end"] });
  expect(scene.events("turn.ended")[0]?.event).toMatchObject({ outcome: "done" });
  expect([...scene.world.mind.runs.values()]).toEqual([1]);
});

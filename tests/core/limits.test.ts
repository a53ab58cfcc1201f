import { expect, test } from "vitest";
import { Scene } from "./scene.ts";

const minute = 60_000;

/** A turn that may work for ten minutes, whose call runs once people allowed it. */
async function working() {
  const scene = await Scene.begin({ limits: { ms: 10 * minute } });
  await scene.ask("session/input", { text: "touch it" });
  await scene.do({ do: "model", says: ["touch", "end"] });
  expect(scene.view.turn.is).toBe("waiting");
  await scene.later(60 * minute);
  await scene.ask("session/answer", { askId: scene.view.asks[0]?.id ?? 0, allow: true });
  expect(scene.world.mind.running).toHaveLength(1);
  await scene.ask("session/input", { text: "behind" });
  return scene;
}

test("an hour in which a turn waited for people does not count as its work", async () => {
  const scene = await working();
  await scene.later(9 * minute);
  await scene.do({ do: "tool", which: 0, says: "end" });
  expect(scene.view.turn).toMatchObject({ is: "thinking", steps: 2 });
  await scene.do({ do: "model", says: ["text", "end"] });
  expect(scene.events("turn.ended")[0]?.event).toEqual({ type: "turn.ended", outcome: "done" });
});

test("a turn that worked as long as it may ends openly, with what it had done, and what waits is held", async () => {
  const scene = await working();
  await scene.later(10 * minute);
  await scene.do({ do: "tool", which: 0, says: "end" });
  expect(scene.events("call.finished")[0]?.event).toMatchObject({ ok: true });
  expect(scene.events("turn.ended")[0]?.event).toMatchObject({
    outcome: "limited",
    reason: expect.stringContaining("10 minutes") as string,
  });
  expect(scene.view).toMatchObject({ turn: { is: "idle" }, held: "limit", queue: [{ text: "behind" }] });
});

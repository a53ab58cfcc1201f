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

test("a call that runs when the turn's time is over is told to stop; it ends openly, and what waits is held", async () => {
  const scene = await working();
  await scene.later(10 * minute - 1);
  expect(scene.view.turn.is).toBe("calling");
  await scene.later(1);
  expect(scene.events("call.finished")[0]?.event).toMatchObject({ outcome: "interrupted" });
  expect(scene.events("turn.ended")[0]?.event).toMatchObject({
    outcome: "limited",
    reason: expect.stringContaining("10 minutes") as string,
  });
  expect(scene.view).toMatchObject({ turn: { is: "idle" }, held: "limit", queue: [{ text: "behind" }] });
});

test("a call that does not listen is left behind, and a model that hangs is not waited for", async () => {
  const scene = await Scene.begin({ limits: { ms: minute } });
  await scene.ask("session/update", { mode: "auto-edit" });
  await scene.ask("session/input", { text: "touch it" });
  await scene.do({ do: "model", says: ["stubborn", "end"] });
  await scene.later(minute + 3000);
  await scene.ask("session/input", { text: "and now?" });
  await scene.do({ do: "model", says: ["text"] });
  const [stream] = scene.world.mind.streams;
  await scene.later(minute);
  expect(stream?.signal.aborted).toBe(true);
  const reason = 'the limit of 60 seconds of work was reached; say "go on" to continue';
  const limited = { type: "turn.ended", outcome: "limited", reason };
  expect(scene.events("turn.ended").map(({ event }) => event)).toEqual([limited, limited]);
  expect(scene.events("text.closed").at(-1)?.event).toMatchObject({ cut: true });
});

test("a turn that waits for people is not stopped by its time, though a call runs beside", async () => {
  const scene = await Scene.begin({ limits: { ms: minute } });
  await scene.ask("session/input", { text: "touch it" });
  await scene.do({ do: "model", says: ["touch", "peek", "end"] });
  expect(scene.world.mind.running).toHaveLength(1);
  await scene.later(100 * minute);
  expect(scene.view.turn.is).toBe("waiting");
  await scene.ask("session/answer", { askId: scene.view.asks[0]?.id ?? 0, allow: true });
  await scene.later(minute);
  expect(scene.events("turn.ended")[0]?.event).toMatchObject({ outcome: "limited" });
});

import { expect, test } from "vitest";
import { Scene } from "./scene.ts";

/** A turn whose call runs; `stubborn` ones do not listen when they are told to stop. */
async function running(says: "touch" | "stubborn"): Promise<Scene> {
  const scene = await Scene.begin();
  await scene.ask("session/update", { mode: "auto-edit" });
  await scene.ask("session/input", { text: "touch it" });
  await scene.do({ do: "model", says: ["text", says, "end"] }, { do: "tool", which: 0, says: "progress" });
  expect(scene.view.turn.is).toBe("calling");
  return scene;
}
const ended = (scene: Scene) => scene.events("turn.ended").map(({ event }) => event);

test("a call that is told to stop comes to its own end, and what it said until then stays", async () => {
  const scene = await running("touch");
  await scene.ask("session/interrupt", {});
  expect(scene.events("call.finished")[0]?.event).toMatchObject({
    outcome: "interrupted",
    progress: { text: "so far " },
  });
  expect(ended(scene)).toMatchObject([{ outcome: "interrupted", reason: "interrupt" }]);
});

test("a call that does not listen is waited for three seconds; then the turn ends without it, and says so", async () => {
  const scene = await running("stubborn");
  await scene.ask("session/interrupt", {});
  await scene.later(2900);
  expect(scene.view.turn.is).toBe("ending");
  await scene.later(200);
  expect(scene.events("call.finished")[0]?.event).toMatchObject({
    outcome: "interrupted",
    progress: { text: "so far " },
  });
  expect(ended(scene)).toMatchObject([{ outcome: "interrupted" }]);
});

test("what a call says after its turn ended without it is nobody's business, and the next turn does not wait for it", async () => {
  const scene = await running("stubborn");
  await scene.ask("session/interrupt", {});
  await scene.later(3100);
  await scene.ask("session/input", { text: "and now" });
  await scene.do({ do: "model", says: ["text", "end"] });
  expect(ended(scene)).toMatchObject([{ outcome: "interrupted" }, { outcome: "done" }]);
  const { seq } = scene.view;
  await scene.do({ do: "tool", which: 0, says: "end" });
  expect(scene.view.seq).toBe(seq);
});

test("a model that does not listen is not waited for: its turn ends at once, with what it had said", async () => {
  const scene = await Scene.begin();
  scene.world.mind.provider.stream = async function* () {
    yield { type: "text", text: "on and on" };
    await new Promise(() => {});
  };
  await scene.ask("session/input", { text: "go" });
  await scene.ask("session/interrupt", {});
  expect(ended(scene)).toMatchObject([{ outcome: "interrupted" }]);
  expect(scene.events("text.closed")[0]?.event).toMatchObject({ text: "on and on", cut: true });
});

test("a second interrupt of a turn that is ending changes nothing and ends it once", async () => {
  const scene = await running("stubborn");
  await scene.ask("session/interrupt", {});
  expect((await scene.ask("session/interrupt", {})).code).toBeUndefined();
  await scene.later(10_000);
  expect(ended(scene)).toHaveLength(1);
  expect(scene.events("turn.stopping")).toHaveLength(1);
});

test("a bug in a turn ends that turn with its reason, what waits behind is held, and the session goes on", async () => {
  const scene = await Scene.begin();
  scene.world.expected.add("a turn broke");
  await scene.ask("session/input", { text: "go" });
  await scene.ask("session/input", { text: "behind" });
  const input = { text: "x".repeat(100_000) };
  scene.world.mind.streams[0]?.tell({ event: { type: "call", callId: "large", tool: "touch", input } });
  await scene.world.quiet();
  // What was kept of the call's input is gone.
  const { get } = scene.world.blobs;
  scene.world.blobs.get = async () => undefined;
  await scene.do({ do: "model", says: ["end"] });
  scene.world.blobs.get = get;
  expect(ended(scene)).toMatchObject([
    { outcome: "failed", reason: expect.stringContaining("its blob is missing") as string },
  ]);
  expect(scene.events("call.finished")[0]?.event).toMatchObject({ outcome: "not_run" });
  expect(scene.view).toMatchObject({ turn: { is: "idle" }, held: "failure", queue: [{ text: "behind" }] });
  await scene.ask("session/resume", {});
  expect(scene.view.turn.is).toBe("thinking");
});

test("a call that was allowed starts at once, beside the calls that may run beside it", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/input", { text: "look, and reach" });
  const [stream] = scene.world.mind.streams;
  const call = (callId: string, tool: string, id: number) =>
    stream?.tell({ event: { type: "call", callId, tool, input: { id, stubborn: false } } });
  call("call 901", "peek", 901);
  call("call 902", "reach", 902);
  await scene.do({ do: "model", says: ["end"] });
  expect(scene.world.mind.running.map(({ id }) => id)).toEqual([901]);
  await scene.ask("session/answer", { askId: scene.view.asks[0]?.id ?? 0, allow: true });
  expect(scene.world.mind.running.map(({ id }) => id)).toEqual([901, 902]);
});

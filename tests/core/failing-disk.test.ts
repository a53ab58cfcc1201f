import { expect, test } from "vitest";
import { Scene } from "./scene.ts";

const running = ({ world, id }: Scene) => world.python.live(id)?.running;

/** A tool call that was allowed a moment ago: that, and that it starts, is on its way to the disk. */
async function starting() {
  const scene = await Scene.begin();
  const { disk } = scene.world;
  await scene.ask("session/input", { text: "touch it" });
  await scene.do({ do: "model", says: ["touch", "end"] });
  disk.hold = "before";
  await scene.ask("session/answer", { askId: scene.view.asks[0]?.id ?? 0, allow: true });
  expect(scene.events("call.started")).toHaveLength(0);
  return scene;
}

test("a call that somebody stopped while its start was being written does not run any more", async () => {
  const scene = await starting();
  await scene.ask("session/interrupt", {});
  scene.world.disk.release();
  await scene.world.quiet();
  expect(scene.events("call.started")).toHaveLength(1);
  expect(scene.world.mind.runs.size).toBe(0);
  expect(scene.view.turn.is).toBe("idle");
});

test("a call whose start could not be written does not run, and its question is open again", async () => {
  const scene = await starting();
  await scene.do({ do: "fault", faults: ["failed"] });
  scene.world.disk.release();
  await scene.world.quiet();
  await scene.later(1000);
  expect(scene.events("call.started")).toHaveLength(0);
  expect(scene.world.mind.runs.size).toBe(0);
  expect(scene.view).toMatchObject({ turn: { is: "suspended" }, asks: [{ kind: "approval" }] });
  await scene.ask("session/answer", { askId: scene.view.asks[0]?.id ?? 0, allow: true });
  expect(scene.world.mind.runs.size).toBe(1);
});

test("a cell whose cancelling could not be written runs after all, with its own code", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/python", { code: "first" });
  const { result } = await scene.ask("session/python", { code: "second" });
  await scene.do({ do: "boot", ok: true }, { do: "fault", faults: ["failed"] });
  const { cell } = JSON.parse(result ?? "") as { cell: number };
  expect((await scene.ask("session/cancel", { cell })).code).toBe("store_unavailable");
  await scene.later(1000);
  await scene.do({ do: "cell", says: "end" });
  expect(running(scene)).toMatchObject({ cell, code: "second" });
  await scene.do({ do: "cell", says: "end" });
  expect(scene.events("cell.finished").at(-1)?.event).toMatchObject({ cell, ok: true });
});

test("a cell whose output cannot be kept ends with what is in memory and with why, and the next one runs", async () => {
  const scene = await Scene.begin();
  scene.world.expected.add("a cell could not be ended as it should");
  await scene.ask("session/python", { code: "flood" });
  await scene.do({ do: "boot", ok: true }, { do: "cell", says: "out" }, { do: "cell", says: "flood" });
  scene.world.blobs.full = true;
  await scene.do({ do: "cell", says: "end" });
  expect(scene.events("cell.closed")[0]?.event).toMatchObject({
    cut: true,
    text: expect.stringMatching(/^line/) as string,
    omitted: expect.any(Number) as number,
  });
  expect(scene.events("cell.finished")[0]?.event).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining("no space left") as string },
  });
  expect(scene.view).toMatchObject({ kernel: { is: "idle" }, blocks: [] });
  await scene.ask("session/python", { code: "small" });
  await scene.do({ do: "cell", says: "end" });
  expect(scene.events("cell.finished")[1]?.event).toMatchObject({ ok: true });
});

test("a cell that waited for a line and cannot be ended as it should leaves no question open", async () => {
  const scene = await Scene.begin();
  scene.world.expected.add("a cell could not be ended as it should");
  await scene.ask("session/python", { code: "flood" });
  await scene.do({ do: "boot", ok: true }, { do: "cell", says: "flood" }, { do: "cell", says: "input" });
  expect(scene.view.asks).toHaveLength(1);
  scene.world.blobs.full = true;
  await scene.ask("session/interrupt", { target: "cell" });
  await scene.do({ do: "cell", says: "end" });
  expect(scene.view).toMatchObject({ kernel: { is: "idle" }, asks: [] });
});

test("a look whose Python could not be started for want of the store is told that, and not left waiting", async () => {
  const scene = await Scene.begin();
  await scene.do({ do: "fault", faults: ["failed"] });
  expect(await scene.ask("session/capability", { name: "list_globals" })).toMatchObject({ code: "store_unavailable" });
});

test("a removal asked for again is answered from its receipt, and what else has that opId is refused", async () => {
  const scene = await Scene.begin();
  const { world, id } = scene;
  const remove = async (sessionId: string) => {
    const attempt = world.asking.ask(world.client(0), "session/delete", { sessionId }, "remove it");
    await world.quiet();
    return attempt;
  };
  expect((await remove(id)).result).toBe("{}");
  expect(await scene.ask("session/get", {})).toMatchObject({ code: "not_found" });
  expect((await remove(id)).result).toBe("{}");
  expect((await remove("another")).code).toBe("op_mismatch");
});

test("a cell with the number of one that was stopped and never written runs all the same", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/kernel", { action: "start" });
  await scene.do({ do: "boot", ok: true }, { do: "fault", faults: ["failed"] });
  scene.world.disk.hold = "before";
  await scene.ask("session/python", { code: "never written" });
  await scene.ask("session/interrupt", { target: "cell" });
  scene.world.disk.release();
  await scene.world.quiet();
  await scene.later(1000);
  const { seq } = scene.view;
  await scene.ask("session/python", { code: "written" });
  expect(running(scene)).toMatchObject({ cell: seq + 1, code: "written" });
});

test("a turn with the number of one that was stopped and never written can be stopped too", async () => {
  const scene = await Scene.begin();
  await scene.do({ do: "fault", faults: ["failed"] });
  scene.world.disk.hold = "before";
  await scene.ask("session/input", { text: "never written" });
  await scene.ask("session/interrupt", {});
  scene.world.disk.release();
  await scene.world.quiet();
  await scene.later(1000);
  const { seq } = scene.view;
  await scene.ask("session/input", { text: "written" });
  expect(scene.view.turn).toMatchObject({ is: "thinking", id: seq + 2 });
  await scene.ask("session/interrupt", {});
  expect(scene.view.turn.is).toBe("idle");
});

test("when a Python dies the cell that waited is run in the next one, and not said to have died with it", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/python", { code: "crash()" });
  await scene.ask("session/python", { code: "waits" });
  await scene.do({ do: "boot", ok: true }, { do: "cell", says: "die" }, { do: "boot", ok: true });
  expect(running(scene)).toMatchObject({ code: "waits" });
  await scene.do({ do: "cell", says: "end" });
  expect(scene.events("cell.finished").map(({ event }) => [event.ok, event.outcome])).toEqual([
    [false, "died"],
    [true, undefined],
  ]);
  expect(scene.events("cell.started").map(({ event }) => event.generation)).toEqual([1, 2]);
});

test("a session that somebody else took over is closed; who needs it takes it anew, with the words that were saved", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/input", { text: "go" });
  await scene.do({ do: "model", says: ["text"] });
  await scene.later(300);
  await scene.do({ do: "fault", faults: ["stale"] });
  expect((await scene.ask("session/update", { title: "lost" })).code).toBe("store_unavailable");
  expect(scene.world.hub.counts().live).toBe(0);
  expect((await scene.ask("session/update", { title: "ours" })).code).toBeUndefined();
  expect(scene.events("text.closed")[0]?.event).toMatchObject({
    cut: true,
    text: expect.stringMatching(/^word/) as string,
  });
  expect(scene.view).toMatchObject({ title: "ours", turn: { is: "idle" } });
});

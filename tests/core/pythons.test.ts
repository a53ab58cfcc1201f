import { expect, test } from "vitest";
import { Scene } from "./scene.ts";

const minute = 60_000;
const eight = Array.from({ length: 8 }, (_, n) => `held ${n + 1}`);

/** A session whose Python ran one cell, which made a variable. */
async function holding(scene: Scene, id: string): Promise<void> {
  await scene.ask("session/python", { code: "x = 42" }, id);
  scene.world.python.boot(id, true);
  await scene.world.quiet();
  scene.end(id, ["x"]);
  await scene.world.quiet();
}

/** A session whose Python is live and has nothing in it. */
async function empty(scene: Scene, id: string): Promise<void> {
  await scene.ask("session/kernel", { action: "start" }, id);
  scene.world.python.boot(id, true);
  await scene.world.quiet();
}

async function crowd(make: (scene: Scene, id: string, index: number) => Promise<void>): Promise<Scene> {
  const scene = await Scene.begin();
  for (const [index, id] of eight.entries()) {
    await scene.ask("session/create", { id, cwd: "/tmp", title: `the ${id}` });
    await make(scene, id, index);
    await scene.later(1000);
  }
  expect(scene.world.hub.counts().kernels).toBe(8);
  return scene;
}
const lane = (scene: Scene, id: string) => scene.world.truth.view(id).kernel.is;

test("while eight sessions hold variables a ninth Python is refused, who holds them is said, and nobody loses any", async () => {
  const scene = await crowd(holding);
  for (const refused of [
    await scene.ask("session/python", { code: "1" }),
    await scene.ask("session/kernel", { action: "start" }),
  ]) {
    expect(refused.code).toBe("busy");
    for (const id of eight) expect(refused.message).toContain(`the ${id} (${id})`);
    expect(refused.message).toMatch(/end its Python with \/stop/);
  }
  expect(scene.view).toMatchObject({ kernel: { is: "none" }, cells: [] });
  expect(eight.map((id) => lane(scene, id))).toEqual(eight.map(() => "idle"));
  // What is refused is not held against anybody: those who have one go on, and a place that is left may be taken.
  expect((await scene.ask("session/python", { code: "2" }, "held 1")).code).toBeUndefined();
  expect((await scene.ask("session/kernel", { action: "stop" }, "held 2")).code).toBeUndefined();
  expect((await scene.ask("session/python", { code: "1" })).code).toBeUndefined();
  expect(lane(scene, scene.id)).toBe("starting");
});

test("Pythons that start or run are live as well: of two that want the last place one is refused", async () => {
  const scene = await crowd(async (one, id, index) => {
    if (index < 7) await holding(one, id);
    else {
      await one.ask("session/python", { code: "while True: pass" }, id);
      expect(lane(one, id)).toBe("starting");
      expect((await one.ask("session/python", { code: "1" })).code).toBe("busy");
      one.world.python.boot(id, true);
      await one.world.quiet();
    }
  });
  expect(lane(scene, "held 8")).toBe("running");
  expect((await scene.ask("session/python", { code: "1" })).code).toBe("busy");
});

test("an empty Python that rests gives way, the one not used for longest, and its session is told why", async () => {
  const scene = await crowd((one, id, index) => (index === 3 || index === 5 ? empty(one, id) : holding(one, id)));
  expect((await scene.ask("session/python", { code: "1" })).code).toBeUndefined();
  expect(eight.filter((id) => lane(scene, id) === "none")).toEqual(["held 4"]);
  expect(scene.world.truth.view("held 4").items.at(-1)).toMatchObject({
    kind: "notice",
    text: expect.stringContaining("another session needed one") as string,
  });
});

test("a command that is refused for another reason ends nobody's Python", async () => {
  const scene = await crowd(empty);
  expect((await scene.ask("session/python", { code: " " })).code).toBe("invalid");
  expect(eight.map((id) => lane(scene, id))).toEqual(eight.map(() => "idle"));
});

test("where no Python can be started the assistant reads why, and who looks is told", async () => {
  const scene = await crowd(holding);
  await scene.ask("session/input", { text: "compute" });
  await scene.do({ do: "model", says: ["python", "look", "end"] });
  expect(scene.events("call.finished").map(({ event }) => [event.ok, event.value.text])).toEqual([
    [false, expect.stringContaining("the held 1 (held 1)")],
    [false, expect.stringContaining("the held 1 (held 1)")],
  ]);
  expect(scene.view.turn.is).toBe("thinking");
  const look = await scene.ask("session/capability", { name: "list_globals" });
  expect(JSON.parse(look.result ?? "")).toMatchObject({ ok: false, text: expect.stringContaining("held 8") as string });
});

test("an empty Python is stopped when nobody used it for a quarter of an hour; one with variables is kept", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/create", { id: "held 1", cwd: "/tmp" });
  await holding(scene, "held 1");
  await empty(scene, scene.id);
  await scene.later(14 * minute);
  expect([lane(scene, scene.id), lane(scene, "held 1")]).toEqual(["idle", "idle"]);
  await scene.later(2 * minute);
  expect([lane(scene, scene.id), lane(scene, "held 1")]).toEqual(["none", "idle"]);
  await scene.later(24 * 60 * minute);
  expect(lane(scene, "held 1")).toBe("idle");
});

test("a Python whose variables were made so long ago that no view shows them is not taken for an empty one", async () => {
  const scene = await Scene.begin();
  await holding(scene, scene.id);
  for (let n = 0; n < 210; n++) await scene.ask("session/update", { model: `scripted/model-${n}` });
  expect(scene.view.items.some(({ kind }) => kind === "cell")).toBe(false);
  await scene.later(60 * minute);
  expect(lane(scene, scene.id)).toBe("idle");
});

test("a Python that still runs what the log lost sight of is not ended for another", async () => {
  const scene = await crowd((one, id, index) => (index === 0 ? empty(one, id) : holding(one, id)));
  await scene.ask("session/python", { code: "slow()" }, "held 1");
  scene.world.disk.faults.set("held 1", ["failed"]);
  await scene.ask("session/update", { title: "lost" }, "held 1");
  await scene.later(1000);
  expect(lane(scene, "held 1")).toBe("idle");
  expect((await scene.ask("session/python", { code: "1" })).code).toBe("busy");
  scene.end("held 1", []);
  await scene.world.quiet();
  expect((await scene.ask("session/python", { code: "1" })).code).toBeUndefined();
});

test("a Python that is not sealed says so when it starts, a sealed one has nothing to say", async () => {
  for (const sealed of [false, true]) {
    const scene = await Scene.begin({ sealed });
    await empty(scene, scene.id);
    const note = scene.events("kernel.started")[0]?.event.note;
    expect(note).toBe(
      sealed
        ? undefined
        : "scripted is not sealed: its cells can do what you can, and those of the assistant ask each time",
    );
  }
});

import { expect, test } from "vitest";
import { Scene } from "./scene.ts";

const kernel = ({ world, id }: Scene) => world.python.live(id);
const ends = (scene: Scene) => scene.events("cell.finished").map(({ event }) => event.outcome);

async function begun(): Promise<Scene> {
  const scene = await Scene.begin();
  await scene.ask("session/kernel", { action: "start" });
  await scene.do({ do: "boot", ok: true });
  return scene;
}

test("a cell that ignores an interrupt for two seconds is ended with its Python, and that is said", async () => {
  const scene = await begun();
  await scene.ask("session/python", { code: "deaf()" });
  await scene.ask("session/interrupt", { target: "cell" });
  await scene.later(1900);
  expect(kernel(scene)?.running).toMatchObject({ interrupted: true });
  await scene.later(200);
  expect(kernel(scene)).toBeUndefined();
  expect(ends(scene)).toEqual(["died"]);
  expect(scene.view.items.at(-1)).toMatchObject({ text: expect.stringContaining("ignored an interrupt") as string });
});

test("an interrupt that was heeded harms no later cell", async () => {
  const scene = await begun();
  await scene.ask("session/python", { code: "slow()" });
  await scene.ask("session/interrupt", { target: "cell" });
  await scene.do({ do: "cell", says: "end" });
  await scene.ask("session/python", { code: "slow()" });
  await scene.later(10_000);
  expect(kernel(scene)?.running).toMatchObject({ interrupted: false });
  expect(ends(scene)).toEqual(["interrupted"]);
});

test("a cell that is interrupted while its start is being written does not run", async () => {
  const scene = await begun();
  scene.world.disk.hold = "before";
  await scene.ask("session/python", { code: "never" });
  await scene.ask("session/interrupt", { target: "cell" });
  scene.world.disk.release();
  await scene.world.quiet();
  expect(scene.world.python.cells.ran.size).toBe(0);
  expect(ends(scene)).toEqual(["interrupted"]);
});

test("where Python cannot be started every cell that waits ends with why, and nobody tries again by himself", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/python", { code: "one" });
  await scene.ask("session/python", { code: "two" });
  await scene.do({ do: "boot", ok: false });
  expect(scene.events("cell.finished").map(({ event }) => event.error?.message)).toEqual([
    "no Python today",
    "no Python today",
  ]);
  expect(ends(scene)).toEqual(["not_run", "not_run"]);
  expect(scene.world.python.starting).toEqual([]);
  expect(scene.view.kernel.is).toBe("dead");
});

test("a Python that is there in the very moment in which it is stopped is ended, and not forgotten", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/kernel", { action: "start" });
  scene.world.python.late = true;
  await scene.ask("session/kernel", { action: "stop" });
  expect(scene.world.python.kernels).toHaveLength(1);
  expect(kernel(scene)).toBeUndefined();
});

test("a cell that shows things without end fills no log: what is left out is counted", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/python", { code: "while True: display(1)" });
  await scene.do({ do: "boot", ok: true });
  const { watcher } = scene.world.python.live(scene.id)!.running!;
  for (let n = 0; n < 1234; n++) watcher.display({ text: `${n}` });
  await scene.do({ do: "cell", says: "end" });
  expect(scene.events("cell.displayed")).toHaveLength(200);
  expect(scene.events("cell.closed").at(-1)?.event.text).toBe("[1034 more were not shown: a cell shows at most 200]\n");
});

test("a picture that is still being kept when its cell ends is shown before the end, and all in order", async () => {
  const scene = await begun();
  await scene.ask("session/python", { code: "plot()" });
  const watcher = kernel(scene)?.running?.watcher;
  const picture = { "image/png": Buffer.alloc(60_000, 1).toString("base64") };
  watcher?.display({ text: "large", bundle: picture });
  watcher?.display({ text: "small" });
  await scene.do({ do: "cell", says: "end" });
  await scene.world.quiet();
  const shown = scene
    .events("cell.displayed")
    .map(({ event, seq }) => [event.value.text, seq < (scene.events("cell.finished")[0]?.seq ?? 0)]);
  expect(shown).toEqual([
    ["large", true],
    ["small", true],
  ]);
});

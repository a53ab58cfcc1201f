import { expect, test } from "vitest";
import type { Attached, Variables } from "../../packages/protocol/src/index.ts";
import { reducerVersion } from "../../packages/protocol/src/index.ts";
import type { Link } from "../../packages/server/src/core/ports.ts";
import { Scene } from "./scene.ts";

const rows = (...names: string[]): Variables => ({
  rows: names.map((name) => ({ name, type: "int", preview: "42", cell: 7 })),
});

/** Somebody who attaches, and every set of variables they are sent. */
async function watcher(scene: Scene, wish: { variables?: true }) {
  const sent: Variables[] = [];
  const link: Link = {
    reducer: reducerVersion,
    caller: { actor: { principal: "owner", name: "eve", client: "web" }, role: "observe" },
    unsent: () => 0,
    send(text) {
      const { method, params } = JSON.parse(text.toString()) as { method: string; params: { variables: Variables } };
      if (method === "session/variables") sent.push(params.variables);
    },
    close: () => {},
  };
  const reply = Promise.withResolvers<Attached>();
  scene.world.hub.attach(link, { sessionId: scene.id, ...wish }, { ok: reply.resolve, refused: reply.reject });
  await reply.promise;
  await scene.world.quiet();
  return { sent, leave: () => scene.world.hub.leave(link) };
}

/** A cell that leaves Python with these variables. */
async function cell(scene: Scene, held: Variables): Promise<void> {
  await scene.ask("session/python", { code: "x = 42" });
  const { python } = scene.world;
  if (!python.live(scene.id)) python.boot(scene.id, true);
  await scene.world.quiet();
  const kernel = python.live(scene.id);
  if (kernel) kernel.held = held;
  scene.end(
    scene.id,
    held.rows.map(({ name }) => name),
  );
  await scene.world.quiet();
}

test("who shows what Python holds is told after each cell that changed it, and of nothing that did not", async () => {
  const scene = await Scene.begin();
  const pane = await watcher(scene, { variables: true });
  expect(pane.sent).toEqual([{ rows: [] }]);
  await cell(scene, rows("x"));
  await cell(scene, rows("x", "y"));
  await cell(scene, rows("x", "y"));
  expect(pane.sent).toEqual([{ rows: [] }, rows("x"), rows("x", "y")]);
});

test("who comes later is told at once, and who did not ask never", async () => {
  const scene = await Scene.begin();
  await cell(scene, rows("x"));
  const [pane, plain] = [await watcher(scene, { variables: true }), await watcher(scene, {})];
  expect(pane.sent).toEqual([rows("x")]);
  expect((await watcher(scene, { variables: true })).sent).toEqual([rows("x")]);
  await cell(scene, rows("y"));
  expect([pane.sent.at(-1), plain.sent]).toEqual([rows("y"), []]);
});

test("Python is not asked for its variables while nobody shows them", async () => {
  const scene = await Scene.begin();
  const pane = await watcher(scene, { variables: true });
  await cell(scene, rows("x"));
  pane.leave();
  const asked = scene.world.python.live(scene.id)?.lookedAt ?? 0;
  expect(asked).toBeGreaterThan(0);
  await cell(scene, rows("y"));
  expect(scene.world.python.live(scene.id)?.lookedAt).toBe(asked);
});

test("variables that are gone with their Python are gone from the pane", async () => {
  const scene = await Scene.begin();
  const pane = await watcher(scene, { variables: true });
  await cell(scene, rows("x"));
  await scene.ask("session/kernel", { action: "stop" });
  expect(pane.sent.at(-1)).toEqual({ rows: [] });
});

test("asking once is answered with what Python holds, or who is at work in it", async () => {
  const scene = await Scene.begin();
  const answer = async () => JSON.parse((await scene.ask("session/variables", {})).result ?? "null") as Variables;
  expect(await answer()).toEqual({ rows: [] });
  await cell(scene, rows("x"));
  expect(await answer()).toEqual(rows("x"));
  await scene.ask("session/python", { code: "1" });
  expect(await answer()).toEqual({ rows: [], busy: expect.stringMatching(/^busy for \d+ s: cell \d+ by ann$/) });
});

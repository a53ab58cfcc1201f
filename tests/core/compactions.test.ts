import { expect, test } from "vitest";
import { Scene } from "./scene.ts";

/** A conversation of two turns, and what the model says to whoever asks it next. */
async function talked() {
  const scene = await Scene.begin();
  const { mind } = scene.world;
  const says = async (text: string) => {
    mind.streams.at(-1)?.tell({ event: { type: "text", text } });
    mind.streams.at(-1)?.tell({ event: { type: "end", stop: "end", usage: { input: 9, output: 2 } } });
    await scene.world.quiet();
  };
  for (const word of ["one", "two"]) {
    await scene.ask("session/input", { text: word });
    await says(`answer ${word}`);
  }
  return { scene, says };
}

test("/compact summarises what was said so far, and the next request begins with the summary", async () => {
  const { scene, says } = await talked();
  expect(await scene.ask("session/compact", { focus: "numbers" })).toMatchObject({ settled: 1 });
  await says("they counted");
  expect(scene.view.items.at(-1)).toMatchObject({ kind: "compaction", text: "they counted" });
  expect(scene.view.usage).toMatchObject({ input: 27 });
});

test("a summary is refused while a turn runs, and while another one is made", async () => {
  const { scene, says } = await talked();
  await scene.ask("session/compact", {});
  expect(await scene.ask("session/compact", {})).toMatchObject({ code: "busy" });
  await says("they counted");
  await scene.ask("session/input", { text: "three" });
  expect(await scene.ask("session/compact", {})).toMatchObject({ code: "busy" });
});

test("a summary that failed is told, and another one may be asked for", async () => {
  const { scene, says } = await talked();
  await scene.ask("session/compact", {});
  scene.world.mind.streams.at(-1)?.tell({ fail: "no" });
  await scene.world.quiet();
  expect(scene.events("context.compacted")).toEqual([]);
  await scene.ask("session/compact", {});
  await says("they counted");
  expect(scene.events("context.compacted")).toHaveLength(1);
});

test.for([undefined, "summary" as const])(
  "Ctrl-C gives a summary up, and another one may be asked for: %s",
  async (target) => {
    const { scene, says } = await talked();
    await scene.ask("session/compact", {});
    const stream = scene.world.mind.streams.at(-1);
    const stop = target ? { target } : {};
    expect(await scene.ask("session/interrupt", stop)).toMatchObject({ settled: 1 });
    expect(stream?.signal.aborted).toBe(true);
    expect(await scene.ask("session/interrupt", stop)).toMatchObject({ code: "already_ended" });
    await scene.ask("session/compact", {});
    await says("they counted");
    expect(scene.events("context.compacted")).toHaveLength(1);
  },
);

test("an interrupt of a turn or a cell leaves a summary alone", async () => {
  const { scene, says } = await talked();
  await scene.ask("session/compact", {});
  expect(await scene.ask("session/interrupt", { target: "turn" })).toMatchObject({ code: "already_ended" });
  await says("they counted");
  expect(scene.events("context.compacted")).toHaveLength(1);
});

test("no model is asked for a summary before the wish for it is written, nor after the store failed", async () => {
  const { scene } = await talked();
  const { disk, mind } = scene.world;
  disk.hold = "before";
  await scene.ask("session/compact", {});
  expect(mind.streams).toEqual([]);
  disk.release();
  await scene.world.quiet();
  const [stream] = mind.streams;
  expect(stream?.signal.aborted).toBe(false);
  disk.faults.set(scene.id, ["failed"]);
  await scene.ask("session/update", { title: "lost" });
  expect(stream?.signal.aborted).toBe(true);
});

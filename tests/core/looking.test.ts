import { expect, test } from "vitest";
import type { CapabilityAnswer } from "../../packages/server/src/core/ports.ts";
import { Scene } from "./scene.ts";

/** A Python whose next look does not end until it is told to. */
async function stuck() {
  const scene = await Scene.begin();
  await scene.ask("session/python", { code: "x = 42" });
  scene.world.python.boot(scene.id, true);
  await scene.world.quiet();
  scene.end(scene.id, ["x"]);
  await scene.world.quiet();
  const kernel = scene.world.python.live(scene.id);
  if (kernel === undefined) throw new Error("there is no Python");
  const answer = Promise.withResolvers<CapabilityAnswer>();
  const { capability } = kernel;
  kernel.capability = () => {
    kernel.capability = capability;
    return answer.promise;
  };
  const look = (name: string, arg: string) => scene.ask("session/capability", { name, arg });
  return { scene, look, answer };
}

const said = ({ result }: { result?: string }) => JSON.parse(result ?? "null") as CapabilityAnswer | null;

test("a look that nothing stops is told of after five seconds, and nobody else waits behind it", async () => {
  const { scene, look, answer } = await stuck();
  const first = await look("get_repr", "endless");
  await scene.later(4999);
  expect(said(first)).toBeNull();
  await scene.later(1);
  expect(said(first)).toMatchObject({ ok: false, text: expect.stringMatching(/^busy for 5 s: get_repr endless runs/) });
  await scene.later(10_000);
  expect(said(await look("get_type", "x"))?.text).toMatch(/^busy for 15 s: get_repr endless .*\/restart Python/);
  expect(await scene.ask("session/complete", { code: "x", cursor: 1 })).toMatchObject({
    result: JSON.stringify({ matches: [], start: 1, end: 1 }),
  });
  answer.resolve({ ok: true, text: "late" });
  await scene.world.quiet();
  expect(said(await look("get_type", "x"))).toMatchObject({ ok: true });
});

test("a look that is answered in time leaves nothing behind", async () => {
  const { scene, look, answer } = await stuck();
  const first = await look("get_repr", "slow");
  await scene.later(4000);
  answer.resolve({ ok: true, text: "there" });
  await scene.world.quiet();
  expect(said(first)).toEqual({ ok: true, text: "there" });
  await scene.later(60_000);
  expect(said(await look("get_type", "x"))).toMatchObject({ ok: true });
});

import { expect, test } from "vitest";
import { Scene } from "./scene.ts";

/** A turn that waits for an answer, whose session cannot be written. */
async function asked() {
  const scene = await Scene.begin();
  await scene.ask("session/input", { text: "touch it" });
  await scene.do({ do: "model", says: ["text", "touch", "end"] });
  expect(scene.view.turn.is).toBe("waiting");
  const turn = scene.view.turn.is === "idle" ? 0 : scene.view.turn.id;
  await scene.do({ do: "fault", faults: ["failed"] });
  await scene.ask("session/input", { text: "lost" });
  return { scene, turn };
}

test("an interrupt of what no longer runs stops nothing, also while nothing can be written", async () => {
  const { scene, turn } = await asked();
  expect(await scene.ask("session/interrupt", { expect: turn + 1 })).toMatchObject({ code: "already_ended" });
  expect(await scene.ask("session/interrupt", { target: "cell" })).toMatchObject({ code: "already_ended" });
  await scene.later(1000);
  expect(scene.view).toMatchObject({ turn: { is: "suspended", id: turn }, asks: [{ kind: "approval" }] });
});

test("an interrupt of what runs is obeyed while nothing can be written, and the turn does not come back", async () => {
  const { scene, turn } = await asked();
  expect(await scene.ask("session/interrupt", { expect: turn })).toMatchObject({ code: "store_unavailable" });
  await scene.later(1000);
  expect(scene.view).toMatchObject({ turn: { is: "idle" }, asks: [] });
  expect(scene.events("turn.ended").at(-1)?.event).toMatchObject({ outcome: "interrupted", reason: "interrupt" });
});

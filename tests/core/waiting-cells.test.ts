import { expect, test } from "vitest";
import type { Limits } from "../../packages/protocol/src/index.ts";
import { Scene } from "./scene.ts";

/** The assistant wants a cell run while a person's runs. */
async function queued(limits: Limits = {}) {
  const scene = await Scene.begin({ limits });
  const { result } = await scene.ask("session/python", { code: "slow()" });
  await scene.do({ do: "boot", ok: true });
  await scene.ask("session/input", { text: "compute" });
  await scene.do({ do: "model", says: ["python", "end"] });
  expect(scene.view).toMatchObject({ kernel: { is: "running" }, cells: [{ call: expect.any(Number) as number }] });
  return { scene, first: (JSON.parse(result ?? "") as { cell: number }).cell };
}
const running = ({ world, id }: Scene) => world.python.live(id)?.running;
const told = (scene: Scene) => scene.events("call.finished")[0]?.event;

test("the time of the assistant's cell starts when it runs, and the model is told how long it waited and behind whom", async () => {
  const { scene, first } = await queued();
  await scene.later(5 * 60_000);
  await scene.do({ do: "cell", says: "end" });
  await scene.later(29_000);
  expect(running(scene)).toMatchObject({ interrupted: false });
  await scene.do({ do: "cell", says: "out" }, { do: "cell", says: "end" });
  expect(told(scene)).toMatchObject({ ok: true });
  expect(told(scene)?.value.text).toMatch(
    new RegExp(`^\\[this cell waited 300 s behind cell ${first} by ann\\]\\nline \\d+\\n+42$`),
  );
});

test("a cell of the assistant that runs longer than its time is interrupted, and the model reads what it said and why", async () => {
  const { scene } = await queued();
  await scene.do({ do: "cell", says: "end" }, { do: "cell", says: "out" });
  await scene.later(31_000);
  expect(running(scene)).toMatchObject({ interrupted: true });
  await scene.do({ do: "cell", says: "end" });
  expect(told(scene)).toMatchObject({ ok: false, outcome: "timeout" });
  expect(told(scene)?.value.text).toMatch(/^line \d+\n+\[interrupted\]\n\[interrupted: .* 30 s\]$/);
});

test("while a cell of the assistant waits for a person's line its time stands still", async () => {
  const { scene } = await queued();
  await scene.do({ do: "cell", says: "end" }, { do: "cell", says: "input" });
  await scene.later(10 * 60_000);
  expect(running(scene)).toMatchObject({ interrupted: false });
  await scene.ask("session/answer", { askId: scene.view.asks[0]?.id ?? 0, value: "ann" });
  await scene.later(31_000);
  expect(running(scene)).toMatchObject({ interrupted: true });
  await scene.do({ do: "cell", says: "end" });
  expect(told(scene)).toMatchObject({ outcome: "timeout" });
});

test("a line that nobody gives to a cell of the assistant is waited for half an hour, then everybody knows that it is not", async () => {
  const { scene } = await queued();
  await scene.do({ do: "cell", says: "end" }, { do: "cell", says: "input" });
  expect(scene.view.asks).toMatchObject([{ kind: "stdin", expires: expect.any(Number) as number }]);
  const lines: (string | null)[] = [];
  const python = scene.world.python.live(scene.id)!;
  const hear = python.answer.bind(python);
  python.answer = (line) => (lines.push(line), hear(line));
  await scene.later(29 * 60_000);
  expect(lines).toEqual([]);
  await scene.later(60_001);
  expect(lines).toEqual([null]);
  expect(scene.events("ask.expired")[0]?.event.why).toBe("nobody answered within 30 minutes");
  expect(scene.view.asks).toEqual([]);
});

test("each line has its own half hour: one that was given is not missed later", async () => {
  const { scene } = await queued();
  await scene.do({ do: "cell", says: "end" }, { do: "cell", says: "input" });
  await scene.later(60_000);
  await scene.ask("session/answer", { askId: scene.view.asks[0]?.id ?? 0, value: "ann" });
  await scene.do({ do: "cell", says: "input" });
  await scene.later(29 * 60_000 + 30_000);
  expect(scene.view.asks).toHaveLength(1);
  expect(scene.events("ask.expired")).toEqual([]);
  // Nor does waiting for people count as work: the turn has its own half hour.
  expect(scene.view.turn.is).toBe("calling");
});

test("a turn's time goes on where its cell ended without the line that it waited for", async () => {
  const { scene } = await queued({ ms: 120_000 });
  await scene.do({ do: "cell", says: "end" }, { do: "cell", says: "input" });
  await scene.later(10 * 60_000);
  expect(scene.view.turn.is).toBe("calling");
  running(scene)?.end({ ok: false });
  await scene.world.quiet();
  await scene.later(121_000);
  expect(scene.events("turn.ended")[0]?.event).toMatchObject({ outcome: "limited" });
});

test("a person's cell waits for its line as long as they like", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/python", { code: "input()" });
  await scene.do({ do: "boot", ok: true }, { do: "cell", says: "input" });
  await scene.later(24 * 60 * 60_000);
  expect(scene.view.asks).toHaveLength(1);
  expect(scene.view.asks[0]?.expires).toBeUndefined();
});

test("a person's cell has no time limit", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/python", { code: "slow()" });
  await scene.do({ do: "boot", ok: true });
  await scene.later(24 * 60 * 60_000);
  expect(running(scene)).toMatchObject({ interrupted: false });
});

test("a cell that waited behind nobody, only for Python to start, says nothing of it", async () => {
  const scene = await Scene.begin();
  await scene.ask("session/input", { text: "compute" });
  await scene.do({ do: "model", says: ["python", "end"] });
  await scene.later(5000);
  await scene.do({ do: "boot", ok: true }, { do: "cell", says: "end" });
  expect(told(scene)?.value.text).toBe("42");
});

test("an interrupt of a turn whose cell still waits takes the cell back and leaves the one before it alone", async () => {
  const { scene } = await queued();
  await scene.ask("session/interrupt", { target: "turn" });
  expect(scene.events("cell.finished").map(({ event }) => event.outcome)).toEqual(["cancelled"]);
  expect(scene.view).toMatchObject({ turn: { is: "idle" }, kernel: { is: "running" }, cells: [] });
  expect(running(scene)).toMatchObject({ interrupted: false });
});

import type { SessionView } from "@daimon/protocol";
import { expect, test } from "vitest";
import { assistant, ben, daemon, mia, play, type Step } from "./scripted.ts";
import { askedOfMe, startedBy, waitingFor } from "./standing.ts";

const after = (...steps: Step[]): SessionView => play(steps).at(-1)!.now.view;
const cell: Step = { by: mia, event: { type: "cell.queued", code: "work()" } };
const started: Step = { by: daemon, event: { type: "cell.started", cell: 1, generation: 1 } };
const asks: Step = {
  by: daemon,
  event: { type: "ask.opened", kind: "stdin", digest: "d", show: { text: "name? " }, role: "operate", cell: 1 },
};
const input: Step = { by: mia, event: { type: "input.queued", text: "hi", delivery: "queue", priority: "high" } };
const turn: Step = { by: daemon, event: { type: "turn.started", input: 1, model: "m", tools: [] }, turn: 2 };

test("Ctrl-C finds what this person started, and never what somebody else did", () => {
  expect(startedBy(mia, after(cell))).toEqual({ is: "queuedCell", cell: 1 });
  expect(startedBy(mia, after(cell, started))).toEqual({ is: "cell", cell: 1 });
  expect(startedBy(mia, after(input))).toEqual({ is: "queuedInput", inputId: 1 });
  expect(startedBy(mia, after(input, turn))).toEqual({ is: "turn", turn: 2 });
  for (const view of [after(cell), after(cell, started), after(input), after(input, turn)])
    expect(startedBy(ben, view)).toBeUndefined();
});

test("a cell that the assistant runs is its turn's, whoever runs beside it", () => {
  const called: Step = { by: assistant, event: { type: "cell.queued", code: "x", call: 9 } };
  const running: Step = { by: daemon, event: { type: "cell.started", cell: 1, generation: 1 } };
  expect(startedBy(assistant, after(called, running))).toBeUndefined();
});

test("a line typed answers the question of one's own cell, not of another's", () => {
  const view = after(cell, started, asks);
  expect(askedOfMe(mia, view)).toMatchObject({ id: 3 });
  expect(askedOfMe(ben, view)).toBeUndefined();
});

test("while one's work runs, its wait is said; while it waits for people, they can type", () => {
  expect(waitingFor(mia, after(cell))).toBe("");
  expect(waitingFor(mia, { ...after(cell), kernel: { is: "starting", generation: 1 } })).toBe("starting Python ...");
  const other: Step = { by: mia, event: { type: "cell.queued", code: "mine" } };
  const bens: Step = { by: ben, event: { type: "cell.queued", code: "work()" } };
  expect(waitingFor(mia, after(bens, started, other))).toBe("waiting for the cell of ben ...");
  expect(waitingFor(mia, after(input, turn))).toBe("thinking ...");
  expect(waitingFor(mia, after(cell, started, asks))).toBeUndefined();
  expect(waitingFor(ben, after(input, turn))).toBeUndefined();
});

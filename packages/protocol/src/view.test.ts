import { expect, test } from "vitest";
import { ann, assistant, Story } from "../../../tests/core/story.ts";
import type { Recorded } from "./types.ts";
import { sizes } from "./version.ts";
import { applyEvent } from "./view.ts";

test("the window holds the newest 200 items and says where history goes on", () => {
  const story = new Story();
  for (let note = 1; note <= sizes.viewItems; note++) story.tell({ type: "note.added", text: `note ${note}` });
  expect(story.view.items).toHaveLength(sizes.viewItems);
  expect(story.view.older).toBeUndefined();
  story.tell({ type: "note.added", text: "one more" });
  expect(story.view.items).toHaveLength(sizes.viewItems);
  expect(story.view.items.map(({ id }) => id)).toEqual(
    Array.from({ length: sizes.viewItems }, (_, index) => index + 2),
  );
  expect(story.view.older).toBe(2);
});

test("history goes on where the oldest item stands, however long it waited before it was taken", () => {
  const story = new Story();
  const waiting = story.input("much later");
  for (let note = 0; note < 10; note++) story.tell({ type: "note.added", text: "note" });
  story.tell({ type: "turn.started", input: waiting, model: "m", tools: [] });
  const taken = story.tell({ type: "input.taken", input: waiting });
  while (story.view.older === undefined || story.view.items[0]?.kind !== "input")
    story.tell({ type: "note.added", text: "note" });
  expect(story.view.items[0]?.id).toBe(waiting);
  expect(story.view.older).toBe(taken);
});

test("a conversation that goes back before its first entry has nothing older either", () => {
  const story = new Story();
  for (let note = 0; note <= sizes.viewItems; note++) story.tell({ type: "note.added", text: "note" });
  expect(story.view.older).toBe(2);
  story.tell({ type: "head.moved", to: null, restore: "conversation" });
  expect(story.view.older).toBeUndefined();
});

test("what happens to an item that left the window changes nothing that is seen", () => {
  const story = new Story();
  story.python();
  const cell = story.cell();
  for (let note = 0; note < sizes.viewItems; note++) story.tell({ type: "note.added", text: "note" });
  const { items } = story.view;
  const block = story.tell({ type: "cell.opened", cell, stream: "stdout" });
  expect(story.view.blocks).toEqual([{ id: block, kind: "stdout", of: cell }]);
  story.tell({ type: "cell.closed", block, text: "late" });
  story.tell({ type: "cell.displayed", cell, value: { text: "late" } });
  const end = story.tell({ type: "cell.finished", cell, ok: true });
  expect(story.view).toMatchObject({ items, blocks: [], kernel: { is: "idle" }, head: end });
});

test("the last 50 lane moves are kept, newest last", () => {
  const story = new Story();
  for (let turn = 0; turn < 60; turn++) {
    story.turn();
    story.tell({ type: "turn.ended", outcome: "done" });
  }
  expect(story.view.transitions).toHaveLength(50);
  story.python();
  for (let cell = 0; cell < 60; cell++) story.endCell(story.cell());
  expect(story.view.transitions).toHaveLength(50);
  expect(story.view.transitions.at(-1)).toEqual({ lane: "kernel", from: "running", to: "idle", seq: story.view.seq });
});

test("a cell shows the newest 20 of its displays", () => {
  const story = new Story();
  story.python();
  const cell = story.cell();
  for (let display = 1; display <= 25; display++)
    story.tell({ type: "cell.displayed", cell, value: { text: String(display) } });
  const item = story.view.items.find(({ id }) => id === cell);
  const shown = item?.kind === "cell" ? item.displays.map(({ text }) => Number(text)) : [];
  expect(shown).toEqual(Array.from({ length: 20 }, (_, index) => index + 6));
});

/** Lane moves that no rule may cause, each after what leads there. */
const impossible: Record<string, (story: Story) => void> = {
  "a turn starts while another runs": (story) => {
    story.turn();
    story.tell({ type: "turn.started", input: 1, model: "m", tools: [] });
  },
  "a turn ends that does not run": (story) => {
    story.tell({ type: "note.added", text: "a" });
    story.tell({ type: "turn.ended", outcome: "done" });
  },
  "a turn that is ending goes on thinking": (story) => {
    story.turn();
    story.tell({ type: "turn.stopping", why: "interrupt" });
    story.tell({ type: "turn.suspended", ask: 1 });
  },
  "a turn ends while a call lacks its result": (story) => {
    story.turn();
    story.call();
    story.tell({ type: "turn.ended", outcome: "done" });
  },
  "a call is requested outside a turn": (story) => {
    story.call();
  },
  "an input is taken that does not wait": (story) => {
    story.tell({ type: "input.taken", input: 7 });
  },
  "a cell starts while Python is not there": (story) => {
    story.tell({ type: "cell.started", cell: story.queueCell(), generation: 1 });
  },
  "a cell starts while another runs": (story) => {
    story.python();
    story.cell();
    story.cell();
  },
  "a cell starts that does not wait": (story) => {
    story.python();
    story.tell({ type: "cell.started", cell: 99, generation: 1 });
  },
  "Python starts while it is live": (story) => {
    story.python();
    story.tell({ type: "kernel.starting", generation: 2, runtime: "r" });
  },
  "Python starts while it starts": (story) => {
    story.tell({ type: "kernel.starting", generation: 1, runtime: "r" });
    story.tell({ type: "kernel.starting", generation: 2, runtime: "r" });
  },
  "Python has started without starting": (story) => {
    story.tell({ type: "kernel.started", generation: 1, python: "3" });
  },
  "Python has started twice": (story) => {
    story.python();
    story.tell({ type: "kernel.started", generation: 1, python: "3" });
  },
  "Python is lost that was none": (story) => {
    story.tell({ type: "kernel.lost", generation: 1, why: "w", lost: [] });
  },
};

test.for(Object.entries(impossible))("%s: impossible, told once, and the lane stays as it was", ([, lead]) => {
  const told: string[] = [];
  lead(new Story((what) => told.push(what)));
  expect(told).toHaveLength(1);
});

test("an impossible move keeps the lane it had", () => {
  const story = new Story(() => {});
  const turn = story.turn();
  story.tell({ type: "turn.started", input: 1, model: "m", tools: [] });
  expect(story.view.turn).toMatchObject({ is: "thinking", id: turn });
  story.python();
  const { kernel } = story.view;
  story.tell({ type: "kernel.starting", generation: 2, runtime: "r" });
  expect(story.view.kernel).toEqual(kernel);
});

test("the same events give the same view, whoever folds them and however often they are told", () => {
  const story = new Story();
  story.turn();
  const { view } = story;
  const repeated: Recorded = { seq: view.seq, at: 99, v: 1, by: ann, event: { type: "session.deleted" } };
  expect(applyEvent(view, repeated)).toBe(view);
});

/** Everything that one event may make the fold copy: the elements of every list in the view. */
const elements = (value: unknown): number =>
  typeof value !== "object" || value === null
    ? 0
    : Object.values(value).reduce<number>((sum, part) => sum + elements(part), Array.isArray(value) ? value.length : 0);

test("a session of 100,000 events costs no more an event than one of 5,000", () => {
  const story = new Story();
  story.python();
  const most = (until: number): number => {
    let largest = 0;
    while (story.view.seq < until) {
      busyTurn(story);
      largest = Math.max(largest, elements(story.view));
    }
    return largest;
  };
  const young = most(5_000);
  expect(most(100_000)).toBeLessThanOrEqual(young);
}, 60_000);

/** A turn with words, two calls, an ask, a cell of the assistant and one of a person. */
function busyTurn(story: Story): void {
  story.turn();
  story.text("so");
  const calls = [story.call(), story.call()];
  story.endStep();
  for (const call of calls) {
    const ask = story.ask(call);
    story.tell({ type: "ask.answered", ask, allow: true });
    story.tell({ type: "call.started", call });
    const cell = story.cell("x", assistant, call);
    story.print(cell, "out");
    story.tell({ type: "cell.displayed", cell, value: { text: "chart" } });
    story.endCell(cell);
    story.finish(call);
  }
  story.endCell(story.cell());
  story.tell({ type: "turn.ended", outcome: "limited", reason: "steps" });
}

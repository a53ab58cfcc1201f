import { type Item, placeOf } from "@daimon/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Story } from "../../../../tests/core/story.ts";
import { walks } from "../../../../tests/core/walk.ts";
import { itemsBefore } from "./history.ts";

const everything = ({ events, view }: Story) => itemsBefore(events, view.head, view.seq + 1, 1_000_000).items;

/** All pages, newest first, put together. */
function paged({ events, view }: Story, limit: number): Item[] {
  const pages: Item[][] = [];
  for (let before: number | undefined = view.seq + 1; before !== undefined;) {
    const { items, older } = itemsBefore(events, view.head, before, limit);
    expect(items.length).toBeLessThanOrEqual(limit);
    pages.unshift(items);
    before = older;
  }
  return pages.flat();
}

const entriesOf = (items: readonly Item[]) => items.flatMap(({ entries }) => entries).toSorted((a, b) => a - b);

test("history of a conversation that never branched is what was seen as it happened", () => {
  fc.assert(
    fc.property(walks(150, ["move head"]), ({ walk }) => {
      const story = walk();
      expect(story.view.older).toBeUndefined();
      expect(everything(story)).toEqual(story.view.items);
    }),
    { numRuns: 60 },
  );
});

test("pages of history put together are all of it, whatever their size", () => {
  fc.assert(
    fc.property(walks(120), fc.integer({ min: 1, max: 20 }), ({ walk }, limit) => {
      const story = walk();
      expect(paged(story, limit)).toEqual(everything(story));
    }),
    { numRuns: 60 },
  );
});

test("history goes on exactly where the window of the view ends", () => {
  const story = new Story().created();
  const waiting = story.input("it waited long");
  for (let note = 0; note < 120; note++) story.tell({ type: "note.added", text: `early ${note}` });
  story.start(waiting);
  story.tell({ type: "turn.ended", outcome: "done" });
  for (let note = 0; note < 199; note++) story.tell({ type: "note.added", text: `late ${note}` });
  const { items, older = 0 } = story.view;
  expect(items).toHaveLength(200);
  const before = itemsBefore(story.events, story.view.head, older, 1000).items;
  expect(before).toHaveLength(120);
  expect([...before, ...items]).toEqual(everything(story));
});

test("history holds every entry of the head's path once, in order, and none of another branch", () => {
  fc.assert(
    fc.property(walks(150), ({ walk }) => {
      const story = walk();
      const parents = new Map(story.events.map(({ seq, parent }) => [seq, parent ?? null]));
      const path: number[] = [];
      for (let at = story.view.head; at !== null; at = parents.get(at) ?? null) path.unshift(at);
      const items = everything(story);
      const seen = entriesOf(items);
      // Words that never came are an entry without an item.
      const silent = story.events.filter(({ event }) => "text" in event && event.text === "").map(({ seq }) => seq);
      expect(seen).toEqual(path.filter((entry) => !silent.includes(entry)));
      expect(items.map(placeOf)).toEqual(items.map(placeOf).toSorted((a, b) => a - b));
    }),
    { numRuns: 150 },
  );
});

test("a branch that was left is not in the history of another: no words, cells, endings or notices of it", () => {
  const story = new Story().created();
  story.start(story.input("kept"));
  story.tell({ type: "turn.ended", outcome: "done" });
  const fork = story.view.head;
  story.turn("left");
  story.text("left");
  story.tell({ type: "text.opened" });
  const call = story.call();
  story.endStep();
  story.tell({ type: "call.started", call });
  story.cell("left", undefined, call);
  story.endCell(story.view.kernel.is === "running" ? story.view.kernel.cell : 0);
  story.finish(call, "left");
  story.tell({ type: "turn.ended", outcome: "failed", reason: "left" });
  story.endCell(story.cell("left"));
  story.tell({ type: "kernel.lost", generation: 1, why: "left", lost: [] });
  story.tell({ type: "head.moved", to: fork, restore: "conversation" });
  story.start(story.input("new"));
  expect(everything(story)).toMatchObject([{ text: "kept" }, { text: "new" }]);
});

test("a cell that runs while the conversation goes on for long is whole in history", () => {
  const story = new Story().created();
  const cell = story.cell("long");
  for (let note = 0; note < 500; note++) story.tell({ type: "note.added", text: `note ${note}` });
  story.print(cell, "at last");
  story.endCell(cell);
  expect(everything(story)).toHaveLength(501);
  expect(everything(story)[0]).toMatchObject({ kind: "cell", state: "done", outputs: [{ text: "at last" }] });
});

test("a call keeps its result in history, however much was said while it ran", () => {
  const story = new Story().created();
  story.turn();
  const call = story.call();
  story.endStep();
  story.tell({ type: "call.started", call });
  for (let cell = 0; cell < 100; cell++) story.endCell(story.cell());
  story.finish(call, "at last");
  expect(everything(story)[1]).toMatchObject({ kind: "call", state: "done", value: { text: "at last" } });
});

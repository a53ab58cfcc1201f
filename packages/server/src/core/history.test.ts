import { type Item, placeOf, type Recorded } from "@daimon/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Story } from "../../../../tests/core/story.ts";
import { walks } from "../../../../tests/core/walk.ts";
import { movesIn, type Page, pageBefore } from "./history.ts";
import type { ReadRange } from "./ports.ts";

type Told = Pick<Story, "events" | "view">;

/** A log as a store reads it, which counts what it hands out. */
function logOf({ events }: Told) {
  const log = { rows: 0, read };
  async function read(range: ReadRange): Promise<Recorded[]> {
    const end = "after" in range ? range.after + range.limit : range.before - 1;
    const first = "after" in range ? range.after : Math.max(0, end - range.limit);
    const page = events.slice(first, Math.max(first, end));
    log.rows += page.length;
    return page;
  }
  return log;
}

const branchOf = ({ events, view }: Told) => ({ head: view.head, moves: movesIn(events) });

const everything = async (story: Told) =>
  (await pageBefore(logOf(story).read, branchOf(story), story.view.seq + 1, 1_000_000)).items;

/** All pages, newest first, put together. `atOnce`: how many events are read at a time. */
async function paged(story: Told, limit: number, atOnce?: number): Promise<Item[]> {
  const pages: Item[][] = [];
  const { read } = logOf(story);
  for (let before: number | undefined = story.view.seq + 1; before !== undefined;) {
    const { items, older }: Page = await pageBefore(read, branchOf(story), before, limit, atOnce);
    expect(items.length).toBeLessThanOrEqual(limit);
    pages.unshift(items);
    before = older;
  }
  return pages.flat();
}

const entriesOf = (items: readonly Item[]) => items.flatMap(({ entries }) => entries).toSorted((a, b) => a - b);

function pathTo({ events, view }: Told): number[] {
  const parents = new Map(events.map(({ seq, parent }) => [seq, parent ?? null]));
  const path: number[] = [];
  for (let at = view.head; at !== null; at = parents.get(at) ?? null) path.unshift(at);
  return path;
}

test("history of a conversation that never branched is what was seen as it happened", async () => {
  await fc.assert(
    fc.asyncProperty(walks(150, ["move head"]), async ({ walk }) => {
      const story = walk();
      expect(story.view.older).toBeUndefined();
      expect(await everything(story)).toEqual(story.view.items);
    }),
    { numRuns: 60 },
  );
});

test("pages of history put together are all of it, whatever their size and however little is read at a time", async () => {
  await fc.assert(
    fc.asyncProperty(walks(120), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 40 }), async (...of) => {
      const [{ walk }, limit, atOnce] = of;
      const story = walk();
      expect(await paged(story, limit, atOnce)).toEqual(await everything(story));
    }),
    { numRuns: 300 },
  );
});

test("a page costs a page, at the end of a long log, in its middle and at its beginning", async () => {
  const story = new Story().created();
  const waiting = story.input("it waited from the first");
  for (let note = 0; note < 3000; note++) story.tell({ type: "note.added", text: `${note}` });
  story.start(waiting);
  story.tell({ type: "turn.ended", outcome: "done" });
  for (const before of [story.view.seq + 1, 1500, 40]) {
    const log = logOf(story);
    const { items } = await pageBefore(log.read, branchOf(story), before, 20);
    expect(items).toHaveLength(20);
    expect(log.rows).toBeLessThan(100);
  }
});

test("history goes on exactly where the window of the view ends", async () => {
  const story = new Story().created();
  const waiting = story.input("it waited long");
  for (let note = 0; note < 120; note++) story.tell({ type: "note.added", text: `early ${note}` });
  story.start(waiting);
  story.tell({ type: "turn.ended", outcome: "done" });
  for (let note = 0; note < 199; note++) story.tell({ type: "note.added", text: `late ${note}` });
  const { items, older = 0 } = story.view;
  expect(items).toHaveLength(200);
  const before = (await pageBefore(logOf(story).read, branchOf(story), older, 1000)).items;
  expect(before).toHaveLength(120);
  expect([...before, ...items]).toEqual(await everything(story));
});

test("history holds every entry of the head's path once, in order, and none of another branch", async () => {
  await fc.assert(
    fc.asyncProperty(walks(150), async ({ walk }) => {
      const story = walk();
      const path = pathTo(story);
      const items = await everything(story);
      const seen = entriesOf(items);
      // Words that never came are an entry without an item.
      const silent = story.events.filter(({ event }) => "text" in event && event.text === "").map(({ seq }) => seq);
      expect(seen).toEqual(path.filter((entry) => !silent.includes(entry)));
      expect(items.map(placeOf)).toEqual(items.map(placeOf).toSorted((a, b) => a - b));
    }),
    { numRuns: 150 },
  );
});

test("a branch that was left is not in the history of another: no words, cells, endings or notices of it", async () => {
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
  expect(await everything(story)).toMatchObject([{ text: "kept" }, { text: "new" }]);
});

test("a cell that runs while the conversation goes on for long is whole in history", async () => {
  const story = new Story().created();
  const cell = story.cell("long");
  for (let note = 0; note < 500; note++) story.tell({ type: "note.added", text: `note ${note}` });
  story.print(cell, "at last");
  story.endCell(cell);
  expect(await everything(story)).toHaveLength(501);
  expect((await everything(story))[0]).toMatchObject({ kind: "cell", state: "done", outputs: [{ text: "at last" }] });
});

test("a call keeps its result in history, however much was said while it ran", async () => {
  const story = new Story().created();
  story.turn();
  const call = story.call();
  story.endStep();
  story.tell({ type: "call.started", call });
  for (let cell = 0; cell < 100; cell++) story.endCell(story.cell());
  story.finish(call, "at last");
  expect((await everything(story))[1]).toMatchObject({ kind: "call", state: "done", value: { text: "at last" } });
});

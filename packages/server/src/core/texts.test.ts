import { emptyText, emptyView, type SessionView, sizes } from "@daimon/protocol";
import { expect, test } from "vitest";
import { OpenTexts } from "./texts.ts";

const view = (seq: number, blocks: Record<number, "text" | "stdout">): SessionView => ({
  ...emptyView,
  seq,
  blocks: Object.entries(blocks).map(([id, kind]) => ({ id: Number(id), kind, of: 1 })),
});
const of = (text: string) => ({ text, omitted: 0 });

test("people are shown of a block what was released, and not yet what was only said", () => {
  const texts = new OpenTexts([]);
  const open = view(5, { 5: "text" });
  const first = texts.add(open, 5, "one ");
  const second = texts.add(open, 5, "two");
  expect([first, second]).toEqual([
    { block: 5, at: 0, text: "one " },
    { block: 5, at: 4, text: "two" },
  ]);
  if (first) texts.show(open, first);
  expect(texts.shown(5)).toEqual(of("one "));
  expect(texts.recorded(5)).toEqual(of("one two"));
  if (second) texts.show(open, second);
  expect(texts.shown(5)).toEqual(of("one two"));
});

test("nothing is said into a block that is not open, and silence is no fragment", () => {
  const texts = new OpenTexts([]);
  expect(texts.add(view(5, {}), 5, "late")).toBeUndefined();
  expect(texts.add(view(5, { 5: "text" }), 5, "")).toBeUndefined();
  expect(texts.recorded(5)).toEqual(emptyText);
});

test("a block goes on from its partial, at the place where the partial ends", () => {
  const texts = new OpenTexts([{ block: 5, text: "saved ", omitted: 10 }]);
  expect(texts.shown(5)).toEqual({ text: "saved ", omitted: 10 });
  expect(texts.add(view(9, { 5: "stdout" }), 5, "more")).toEqual({ block: 5, at: 16, text: "more" });
});

test("words of a model are kept whole, output keeps its two ends", () => {
  const texts = new OpenTexts([]);
  const open = view(6, { 5: "text", 6: "stdout" });
  const flood = "x".repeat(10 * sizes.block);
  for (const block of [5, 6]) texts.add(open, block, flood);
  expect(texts.recorded(5)).toEqual(of(flood));
  expect(texts.recorded(6).omitted).toBeGreaterThan(0);
});

test("text is forgotten once people saw its block close, not while they have yet to see it open", () => {
  const texts = new OpenTexts([]);
  texts.add(view(5, { 5: "text" }), 5, "words");
  texts.forgetClosed(view(4, {}));
  texts.forgetClosed(view(5, { 5: "text" }));
  expect(texts.recorded(5)).toEqual(of("words"));
  texts.forgetClosed(view(6, {}));
  expect(texts.all()).toEqual(new Map());
});

test("what was never written leaves no text behind: the next block with that number begins empty", () => {
  const texts = new OpenTexts([]);
  texts.add(view(5, { 5: "text" }), 5, "kept");
  texts.add(view(6, { 5: "text", 6: "text" }), 6, "never written");
  texts.forgetUnwritten(view(5, { 5: "text" }));
  expect(texts.all()).toEqual(new Map([[5, of("kept")]]));
  expect(texts.add(view(6, { 5: "text", 6: "text" }), 6, "new")).toEqual({ block: 6, at: 0, text: "new" });
});

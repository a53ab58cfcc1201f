import { applyDelta, type BlockText, closing, emptyText, lengthOf } from "@daimon/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { unshown, unshownAtEnd } from "./blocks.ts";

const grown = (text: string): BlockText => {
  const block = applyDelta(emptyText, { block: 1, at: 0, text }, true);
  if (block === "gap") throw new Error("a gap");
  return block;
};

test("of a text that grows, only what was not shown is shown", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(20), (text, shown) => {
      expect(unshown({ text, omitted: 0 }, shown)).toBe(text.slice(shown));
      expect(unshownAtEnd(text, 0, shown)).toBe(text.slice(shown));
    }),
  );
});

test("who saw a long output as it came sees its end and nothing twice; who comes late is told what is left out", () => {
  const text = Array.from({ length: 40_000 }, (_, i) => `${i}\n`).join("");
  const block = grown(text);
  expect(block.omitted).toBeGreaterThan(0);
  expect(lengthOf(block)).toBe(text.length);
  expect(unshown(block, text.length - 100)).toBe(text.slice(-100));
  const late = unshown(block, 0);
  expect(late).toContain(`[... ${block.omitted} characters left out ...]`);
  expect(late.startsWith("0\n1\n")).toBe(true);
  expect(late.endsWith("39999\n")).toBe(true);
});

test("when a long output closes, who saw all of it sees nothing again, and who saw less sees the rest", () => {
  const sizes = fc.integer({ min: 40_000, max: 250_000 });
  fc.assert(
    fc.property(
      sizes,
      fc.integer({ min: 1, max: 5_000 }),
      fc.constantFrom("0123456789\n", "é", "漢\n"),
      (size, behind, unit) => {
        const text = unit.repeat(Math.ceil(size / unit.length));
        const { text: kept, omitted } = closing(grown(text));
        expect(unshownAtEnd(kept, omitted, 0) === kept).toBe(true);
        expect(unshownAtEnd(kept, omitted, text.length)).toBe("");
        expect(unshownAtEnd(kept, omitted, text.length - behind) === text.slice(-behind)).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

test("who was far behind when a long output closed is told how much is missing", () => {
  const text = Array.from({ length: 40_000 }, (_, i) => `${i}\n`).join("");
  const { text: kept, omitted } = closing(grown(text));
  const rest = unshownAtEnd(kept, omitted, 10);
  const [, missing] = /^\n\[\.\.\. (\d+) characters left out \.\.\.\]\n/.exec(rest) ?? [];
  expect(10 + Number(missing) + rest.length - rest.indexOf("...]\n") - "...]\n".length).toBe(text.length);
});

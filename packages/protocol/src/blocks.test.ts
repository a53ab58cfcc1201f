import fc from "fast-check";
import { expect, test } from "vitest";
import {
  applyDelta,
  type BlockText,
  closing,
  cutAt,
  emptyText,
  fit,
  grow,
  lengthOf,
  prefixWithin,
  weightOf,
  withOmission,
} from "./blocks.ts";
import { sizes } from "./version.ts";

const half = sizes.halfBlock;
/** Any text there is: plain, quoted, control characters, every alphabet, pairs, and halves of pairs. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", "\n", '"', "\\", "\u0007", "é", "漢", "😀", "\ud83d", "\ude00"),
    fc.string({ maxLength: 1 }),
  ),
  maxLength: 60,
});
/** Whole pairs only. */
const fair = fc.string({ unit: fc.constantFrom("a", "é", "漢", "😀", "\n", '"'), maxLength: 60 });
const isWhole = (part: string) => part.isWellFormed();
const jsonBytes = (part: string) => new TextEncoder().encode(JSON.stringify(part)).length - 2;

test("a text never weighs less than it takes in an event", () => {
  fc.assert(
    fc.property(text, (any) => {
      expect(weightOf(any)).toBeGreaterThanOrEqual(jsonBytes(any));
    }),
  );
  expect(weightOf("plain")).toBe(5);
  expect(weightOf("é")).toBe(2);
  expect(weightOf("漢字")).toBe(6);
  expect(weightOf('\n"\\')).toBe(6);
});

test("the longest beginning that fits is taken, and no pair is split", () => {
  fc.assert(
    fc.property(fair, fc.nat(200), (any, budget) => {
      const part = prefixWithin(any, budget);
      expect(any.startsWith(part)).toBe(true);
      expect(weightOf(part)).toBeLessThanOrEqual(budget);
      expect(isWhole(part)).toBe(true);
      const next = any.codePointAt(part.length);
      if (next !== undefined) expect(weightOf(part + String.fromCodePoint(next))).toBeGreaterThan(budget);
    }),
  );
});

test("a cut falls at or right before where it was wanted, never inside a pair", () => {
  fc.assert(
    fc.property(fair, fc.nat(130), (any, wanted) => {
      const at = cutAt(any, wanted);
      expect(wanted - at).toBeLessThanOrEqual(1);
      expect(isWhole(any.slice(0, at)) && isWhole(any.slice(at))).toBe(true);
    }),
  );
});

test("text that fits stays as it is; of other text the first and last part stay, and how much is missing is said", () => {
  fc.assert(
    fc.property(fair, fc.nat(150), (any, budget) => {
      const fitted = fit(any, budget);
      if (weightOf(any) <= budget) {
        expect(fitted).toEqual({ text: any, omitted: 0 });
        return;
      }
      const [head = "", tail = ""] = fitted.text.split(`\n[... ${fitted.omitted} characters left out ...]\n`);
      expect(any.startsWith(head) && any.endsWith(tail)).toBe(true);
      expect(head.length + tail.length + fitted.omitted).toBe(any.length);
      expect(weightOf(head + tail)).toBeLessThanOrEqual(budget);
      expect(isWhole(head) && isWhole(tail)).toBe(true);
    }),
  );
});

/** Long output in uneven pieces, of one kind of character each. */
const pieces = fc.array(
  fc
    .tuple(fc.constantFrom("a", "é", "漢", "😀", "\n"), fc.integer({ min: 1, max: half }))
    .map(([one, times]) => one.repeat(times)),
  { maxLength: 12 },
);
const grown = (parts: readonly string[], bounded: boolean) =>
  parts.reduce((block: BlockText, part) => grow(block, part, bounded), emptyText);

test("output keeps its first and last 24 KiB however it grows, and counts what lies between", () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const whole = parts.join("");
      const block = grown(parts, true);
      expect(lengthOf(block)).toBe(whole.length);
      expect(block.text.length).toBeLessThanOrEqual(4 * half);
      expect(block.text.startsWith(whole.slice(0, half - 1))).toBe(true);
      expect(block.text.endsWith(whole.slice(-(half - 1)))).toBe(true);
      expect(isWhole(block.text)).toBe(true);
      if (whole.length <= 4 * half) expect(block).toEqual({ text: whole, omitted: 0 });
    }),
    { numRuns: 40 },
  );
});

test.for([
  ["its beginning", `a${"😀".repeat(3 * half)}`],
  ["its end", `${"😀".repeat(3 * half)}a`],
] as const)("output that is cut inside a pair at %s keeps the pair whole or leaves it out", ([, whole]) => {
  const block = grow(emptyText, whole, true);
  expect(block.omitted).toBeGreaterThan(0);
  expect(isWhole(block.text)).toBe(true);
  expect(isWhole(closing(block).text)).toBe(true);
});

test("words of the model are never cut while they grow", () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      expect(grown(parts, false)).toEqual({ text: parts.join(""), omitted: 0 });
    }),
    {
      numRuns: 20,
    },
  );
});

test("what a closed block keeps fits an event, and says truly how much is missing", () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const whole = parts.join("");
      const { text: kept, omitted } = closing(grown(parts, true));
      if (weightOf(whole) <= sizes.block) {
        expect({ kept, omitted }).toEqual({ kept: whole, omitted: 0 });
        return;
      }
      const [head = "", tail = "", ...more] = kept.split(`\n[... ${omitted} characters left out ...]\n`);
      expect(more).toEqual([]);
      expect(head.length + tail.length + omitted).toBe(whole.length);
      expect(whole.endsWith(tail)).toBe(true);
      expect(whole.startsWith(head.slice(0, half - 1))).toBe(true);
      expect(weightOf(kept)).toBeLessThanOrEqual(sizes.block + 100);
      expect(isWhole(kept)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("a gap in output is shown where it is", () => {
  expect(withOmission({ text: "short", omitted: 0 })).toBe("short");
  const block = grown(["a".repeat(half), "b".repeat(4 * half), "c"], true);
  const rest = `${"b".repeat(half)}c`;
  expect(withOmission(block)).toBe(`${"a".repeat(half)}\n[... ${3 * half} characters left out ...]\n${rest}`);
});

test("a fragment that repeats something is trimmed; one before which something is missing is a gap", () => {
  const block = { text: "hello", omitted: 0 };
  expect(applyDelta(block, { block: 1, at: 5, text: " ann" }, false)).toEqual({ text: "hello ann", omitted: 0 });
  expect(applyDelta(block, { block: 1, at: 3, text: "lo ann" }, false)).toEqual({ text: "hello ann", omitted: 0 });
  expect(applyDelta(block, { block: 1, at: 1, text: "ell" }, false)).toBe(block);
  expect(applyDelta(block, { block: 1, at: 6, text: "ann" }, false)).toBe("gap");
});

test("fragments told twice, overlapping or late leave the text that was said", () => {
  const told = fc.array(fc.tuple(fc.nat(80), fc.nat(80)), { maxLength: 20 });
  fc.assert(
    fc.property(text, told, (whole, ranges) => {
      let block: BlockText = emptyText;
      for (const [from, length] of [...ranges, [0, whole.length] as const]) {
        const at = Math.min(from, lengthOf(block));
        const next = applyDelta(block, { block: 1, at, text: whole.slice(at, at + length) }, false);
        if (next !== "gap") block = next;
        expect(whole.startsWith(block.text)).toBe(true);
      }
      expect(block.text).toBe(whole);
    }),
  );
});

test("a fragment goes on at the true end of output whose middle was left out", () => {
  const block = grown(["a".repeat(6 * half)], true);
  expect(block.omitted).toBeGreaterThan(0);
  const end = lengthOf(block);
  expect(applyDelta(block, { block: 1, at: end, text: "!" }, true)).toEqual({
    text: `${block.text}!`,
    omitted: block.omitted,
  });
  expect(applyDelta(block, { block: 1, at: end + 1, text: "!" }, true)).toBe("gap");
});

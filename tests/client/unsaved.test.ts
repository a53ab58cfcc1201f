import { describe, expect, test } from "vitest";
import { closing, emptyText, grow } from "../../packages/protocol/src/blocks.ts";
import { growth, lostWords } from "../../packages/protocol/src/client/unsaved.ts";

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `${from + at}\n`.padStart(8, "0")).join("");
const output = (text: string) => grow(emptyText, text, true);
const short = (text: string) => ({ text, omitted: 0 });

describe("words that were shown and not saved", () => {
  test.each([
    ["nothing when all was saved", "abc", "abc", ""],
    ["nothing when more was saved than shown", "abc", "abcdef", ""],
    ["the rest when its beginning was saved", "abcdef", "abc", "def"],
    ["all when nothing was", "abc", "", "abc"],
    ["from where they differ", "abcdef", "abXdef", "cdef"],
    ["whole characters", "a🙂", "a😀", "🙂"],
  ])("are %s", (_name, shown, saved, lost) => {
    expect(lostWords(short(shown), short(saved))).toBe(lost);
  });

  test.each([
    ["saved whole", 9_000, 9_000, ""],
    ["saved further than shown", 9_000, 9_001, ""],
    ["saved far further than shown", 9_000, 20_000, ""],
    ["of which the end was lost", 9_010, 9_000, lines(9_000, 9_010)],
    ["of which one line was lost", 20_001, 20_000, lines(20_000, 20_001)],
  ])("of output too long to keep whole, %s", (_name, shown, saved, lost) => {
    expect(lostWords(output(lines(0, shown)), closing(output(lines(0, saved))))).toBe(lost);
  });

  test.each([0, 1, 3_000])(
    "of output of which only the first %i lines were saved: the end that we still have",
    (saved) => {
      const shown = output(lines(0, 13_000));
      expect(shown.omitted).toBeGreaterThan(0);
      expect(lostWords(shown, closing(output(lines(0, saved))))).toBe(shown.text.slice(24 * 1024));
    },
  );

  test("of output that says the same over and over are not taken for saved", () => {
    const saved = lines(0, 9_000);
    const again = lines(8_000, 9_000);
    const lost = lostWords(output(saved + again), closing(output(saved)));
    expect(lost.endsWith(again)).toBe(true);
  });

  test("of output that lost more than we still have: what we still have", () => {
    const shown = output(lines(0, 30_000));
    expect(lostWords(shown, closing(output(lines(0, 10_000))))).toBe(shown.text.slice(24 * 1024));
  });
});

describe("what a block grew by", () => {
  test.each([
    ["abc", "abcdef", "def"],
    ["abc", "abc", ""],
    ["abc", "ab", undefined],
    ["abc", "abXdef", undefined],
  ])("from %s to %s", (was, is, more) => {
    expect(growth(short(was), short(is))).toBe(more);
  });

  test("is known of long output as long as its end is at hand", () => {
    const was = output(lines(0, 20_000));
    expect(growth(was, output(lines(0, 20_100)))).toBe(lines(20_000, 20_100));
    expect(growth(was, output(lines(0, 40_000)))).toBeUndefined();
  });
});

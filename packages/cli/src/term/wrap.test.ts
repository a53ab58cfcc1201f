import fc from "fast-check";
import { expect, test } from "vitest";
import { withoutStyles } from "./styles.ts";
import { widthOf } from "./width.ts";
import { expandTabs, pad, truncate, wrap } from "./wrap.ts";

const bold = (text: string) => `\x1b[1m${text}\x1b[0m`;
const link = (text: string) => `\x1b]8;;https://x.org\x1b\\${text}\x1b]8;;\x1b\\`;

test("text is cut between words, and in a word that is longer than a line", () => {
  expect(wrap("the quick brown fox", 10)).toEqual(["the quick", "brown fox"]);
  expect(wrap("a verylongwordindeed b", 8)).toEqual(["a verylo", "ngwordin", "deed b"]);
  expect(wrap("  kept, at the front", 10)).toEqual(["  kept, at", "the front"]);
  expect(wrap("one\n\ntwo", 10)).toEqual(["one", "", "two"]);
  expect(wrap("", 10)).toEqual([""]);
});

test("Chinese and Japanese are cut anywhere, and never in the middle of a character", () => {
  expect(wrap("漢字かな交じり文", 5)).toEqual(["漢字", "かな", "交じ", "り文"]);
  expect(wrap("ab 漢字かな", 6)).toEqual(["ab 漢", "字かな"]);
  expect(wrap("👩‍💻👩‍💻👩‍💻", 4)).toEqual(["👩‍💻👩‍💻", "👩‍💻"]);
});

test("lines below the first are indented, where there is room for it", () => {
  expect(wrap("one two three", 7, { indent: "  " })).toEqual(["one two", "  three"]);
  expect(wrap("one two", 3, { indent: "    " })).toEqual(["one", "two"]);
});

test("code is cut at the last column, with all its blanks", () => {
  expect(wrap("x =   [1,    2]", 6, { anywhere: true })).toEqual(["x =   ", "[1,   ", " 2]"]);
});

test("a style and a link that go over a line's end go on below, and end with their line", () => {
  expect(wrap(`${bold("one two")} x`, 5)).toEqual(["\x1b[1mone\x1b[0m", "\x1b[1mtwo\x1b[0m x"]);
  const [first, second] = wrap(link("one two"), 5);
  expect([first, second]).toEqual([link("one"), link("two")]);
});

test("a word in two styles is one word", () => {
  expect(wrap(`ab c${bold("d")},e`, 6)).toEqual(["ab", `c${bold("d")},e`]);
});

test("tabs reach the next column of eight, also behind wide characters", () => {
  expect(expandTabs("a\tb\n漢\tc\t")).toBe("a       b\n漢      c       ");
  expect(expandTabs("\tx", 4)).toBe("    x");
});

test("what is too long ends with an ellipsis, in the columns that there are", () => {
  expect(truncate("short", 5)).toBe("short");
  expect(truncate("longer text", 6)).toBe("longe…");
  expect(truncate("漢字かな", 6)).toBe("漢字…");
  expect(truncate(`${bold("longer")} text`, 4)).toBe("\x1b[1mlon…\x1b[0m");
  expect(truncate(link("longer"), 4)).toBe(link("lon…"));
  expect(truncate("anything", 0)).toBe("");
  expect([pad("漢", 4), pad("a", 3, "right"), pad(bold("a"), 3, "center")]).toEqual(["漢  ", "  a", ` ${bold("a")} `]);
});

const words = fc.array(fc.constantFrom("a", "word", "longerword", " ", "  ", "漢字", "👩‍💻", "e\u0301", "-", "."), {
  maxLength: 25,
});
const styled = words.chain((all) =>
  fc
    .array(
      fc.constantFrom("", "\x1b[1m", "\x1b[38;5;75m", "\x1b[0m", "\x1b]8;;https://x.org\x1b\\", "\x1b]8;;\x1b\\"),
      { minLength: all.length, maxLength: all.length },
    )
    .map((marks) => all.map((word, i) => marks[i]! + word).join("")),
);

/** Each visible character with the styles that hold for it. */
function looks(text: string): string[] {
  let open = "";
  let to = "";
  const seen: string[] = [];
  // oxlint-disable-next-line no-control-regex -- our own sequences
  for (const [all] of text.matchAll(/\x1b\[[\d;]*m|\x1b\]8;[^\x1b]*\x1b\\|[^\x1b]/gu)) {
    if (all.startsWith("\x1b[")) open = all === "\x1b[0m" ? "" : open + all;
    else if (all.startsWith("\x1b]")) to = all;
    else if (all.trim() !== "") seen.push(`${all}|${open}|${to === "\x1b]8;;\x1b\\" ? "" : to}`);
  }
  return seen;
}

test("whatever is wrapped at whatever width, nothing is lost, nothing is too long, and all looks as it did", () => {
  fc.assert(
    fc.property(styled, fc.integer({ min: 2, max: 30 }), fc.boolean(), (text, columns, anywhere) => {
      const lines = wrap(text, columns, { anywhere });
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(lines.flatMap(looks)).toEqual(looks(text));
      if (anywhere) expect(withoutStyles(lines.join(""))).toBe(withoutStyles(text));
    }),
    { numRuns: 2_000 },
  );
});

test("what is truncated fits, and is a beginning", () => {
  fc.assert(
    fc.property(styled, fc.integer({ min: 1, max: 30 }), (text, columns) => {
      const shown = truncate(text, columns);
      expect(widthOf(shown)).toBeLessThanOrEqual(columns);
      const kept = withoutStyles(shown);
      expect(withoutStyles(text).startsWith(kept.endsWith("…") ? kept.slice(0, -1) : kept)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

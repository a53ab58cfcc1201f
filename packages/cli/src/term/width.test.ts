import headless from "@xterm/headless";
import fc from "fast-check";
import { expect, test } from "vitest";
import { clusterEnd, clusterStart, widthOf } from "./width.ts";

const clusters = (text: string): string[] => {
  const found: string[] = [];
  for (let at = 0; at < text.length; at += found.at(-1)!.length) found.push(text.slice(at, clusterEnd(text, at)));
  return found;
};
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const segments = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);

test.each<[string, number]>([
  ["plain text", 10],
  ["漢字かな", 8],
  ["ｶﾅ ＡＢ", 7],
  ["한국어", 6],
  ["\u1112\u1161\u11ab", 2],
  ["e\u0301a\u0308\u0323", 2],
  ["👍👍🏽", 4],
  ["👩‍💻👨‍👩‍👧‍👦", 4],
  ["🇩🇪🇯🇵", 4],
  ["❤️1️⃣", 4],
  ["❤✓→─│…", 6],
  ["☎\ufe0e", 1],
  ["\u200b\u200d\ufeff", 0],
  ["สวัสดี", 4],
  ["a\tb", 9],
  ["\x1b[1;38;5;75mbold\x1b[0m and \x1b]8;;https://x.org\x1b\\link\x1b]8;;\x1b\\", 13],
])("%j takes %d columns", (text, columns) => {
  expect(widthOf(text)).toBe(columns);
});

const parts = fc.constantFrom(
  "a",
  "Z",
  " ",
  "é",
  "e\u0301",
  "\u0301",
  "漢",
  "か\u3099",
  "ー",
  "👩",
  "\u200d",
  "💻",
  "👍",
  "🏽",
  "❤",
  "\ufe0f",
  "🇩",
  "🇪",
  "하",
  "\u1112",
  "\u1161",
  "1",
  "\u20e3",
  "ไ",
  "ม",
  "\u0e49",
  "©",
  "\n",
);
const texts = fc.array(parts, { maxLength: 20 }).map((all) => all.join(""));

test("a character is what Unicode says is one, without the library that says it", () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(clusters(text)).toEqual(segments(text));
    }),
    { numRuns: 3_000 },
  );
});

test("the character before a place is the one that is found from the front", () => {
  fc.assert(
    fc.property(texts, (text) => {
      let at = 0;
      for (const one of clusters(text)) {
        expect(clusterStart(text, at + one.length)).toBe(at);
        at += one.length;
      }
    }),
    { numRuns: 2_000 },
  );
});

test("every terminal agrees about the text of most languages", async () => {
  const terminal = new headless.Terminal({ cols: 200, rows: 4, allowProposedApi: true });
  for (const text of [
    "Grüße, 漢字かな交じり文",
    "한국어 텍스트",
    "Привет, мир",
    "e\u0301\u0308x",
    "ｶﾅＡ",
    "─│┌┐→…",
    "עברית",
  ]) {
    await new Promise<void>((resolve) => terminal.write(`\r\x1b[2K${text}`, resolve));
    expect([text, terminal.buffer.active.cursorX]).toEqual([text, widthOf(text)]);
  }
});

test("a thousand marks on one character are no one character", () => {
  const zalgo = "a" + "\u0301".repeat(1_000);
  expect(clusters(zalgo).length).toBeGreaterThan(10);
  expect(widthOf(zalgo)).toBe(1);
});

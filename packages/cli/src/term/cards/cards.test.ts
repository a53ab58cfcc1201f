import type { Item } from "@daimon/protocol";
import { expect, test } from "vitest";
import { withoutStyles } from "../styles.ts";
import { dark, type Ink, inkOf, noInk } from "../theme.ts";
import { widthOf } from "../width.ts";
import { cardLines } from "./cards.ts";
import { diffLines } from "./diff.ts";
import { isFrame, resultLines } from "./frame.ts";

const marked: Ink = (text, ...tints) => (text === "" || tints.length === 0 ? text : `<${tints.join("+")}:${text}>`);
const page = { columns: 40, ink: noInk };
const by = { principal: "p", name: "mia", client: "cli" as const };
const common = { id: 41, at: 0, by, entries: [] };
const cell = (more: object): Item => ({
  ...common,
  kind: "cell",
  code: "x",
  state: "done",
  outputs: [],
  displays: [],
  ...more,
});
const long = Array.from({ length: 100 }, (_, i) => `line ${i}`).join("\n");

test("what somebody entered stands behind their name and the mode, in words", () => {
  expect(cardLines({ ...common, kind: "input", text: "what is x,\nand why?" }, page)).toEqual([
    "mia ai> what is x,",
    "  and why?",
  ]);
  expect(cardLines(cell({ code: "def f():\n    return 1" }), page)).toEqual(["mia py> def f():", "        return 1"]);
});

test("thinking is one line until somebody unfolds it", () => {
  const item = { ...common, kind: "thinking", text: "\nfirst thought\nsecond" } as Item;
  expect(cardLines(item, page)).toEqual(["◇ thought  first thought"]);
  expect(cardLines({ ...item, open: true } as Item, page)).toEqual(["◇ thinking  first thought"]);
  expect(cardLines(item, { ...page, unfolded: true })).toEqual(["◇ thought", "  ", "  first thought", "  second"]);
});

test("a long output is folded in its middle, and whole when it is unfolded", () => {
  const item = cell({ outputs: [{ block: 1, stream: "stdout", text: `${long}\n` }] });
  const lines = cardLines(item, page);
  expect(lines).toHaveLength(21);
  expect([lines[1], lines[14], lines.at(-1)]).toEqual(["line 0", "… 81 more lines", "line 99"]);
  expect(cardLines(item, { ...page, unfolded: true })).toHaveLength(101);
});

test("a result stands behind its number, a longer one below it", () => {
  expect(cardLines(cell({ result: { text: "42" } }), page)).toEqual(["mia py> x", "[41]: 42"]);
  expect(cardLines(cell({ result: { text: "1\n2" } }), page)).toEqual(["mia py> x", "[41]:", "1", "2"]);
});

test("a table of Python keeps its rows, and is cut where the window ends", () => {
  const frame =
    "    shop  region       revenue\n0    411  EMEA      1204331.5\n1    417  APAC        98231.0\n\n[2 rows x 3 columns]";
  expect(isFrame(frame)).toBe(true);
  expect(resultLines(frame, { columns: 24, ink: noInk }).slice(0, 2)).toEqual(
    ["    shop  region       r…", "0    411  EMEA      120…"].map((line) => line.slice(0, 23) + "…"),
  );
  expect(["one line", "{'a': 1,\n 'b': 2}", "  indented\ntext follows here"].map(isFrame)).toEqual([
    false,
    false,
    false,
  ]);
});

test("a call says what it does and how it went; its change of a file has numbers and colours", () => {
  const diff = "--- a/x.py\n+++ b/x.py\n@@ -8,3 +8,3 @@\n a\n-old\n+new\n b\n";
  const item = {
    ...common,
    kind: "call",
    tool: "edit",
    callId: "c",
    state: "done",
    ok: true,
    show: { text: `x.py\n${diff}` },
  } as Item;
  expect(cardLines(item, page)).toEqual([
    "✓ edit x.py",
    "     --- a/x.py",
    "     +++ b/x.py",
    "     @@ -8,3 +8,3 @@",
    "   8  a",
    "   9 -old",
    "   9 +new",
    "  10  b",
  ]);
  expect(diffLines(diff, { columns: 40, ink: marked }).slice(3, 6)).toEqual([
    "<faint: 8>  a",
    "<faint: 9> <removed:-old>",
    "<faint: 9> <added:+new>",
  ]);
  expect(cardLines({ ...item, state: "running" } as Item, page)[0]).toBe("⚙ edit x.py");
  expect(cardLines({ ...item, ok: false, value: { text: "no such file" } } as Item, page).at(-1)).toBe(
    "  no such file",
  );
});

test("nothing of an item is obeyed by the terminal, and no line is too wide", () => {
  const attack = `\x1b[2J\x1b]0;x\x07\u202e漢字\r${"w".repeat(100)}`;
  const texts = {
    text: attack,
    show: { text: attack },
    code: attack,
    outputs: [{ block: 1, stream: "stdout", text: attack }],
    displays: [{ text: attack }],
    result: { text: attack },
    error: { name: attack, message: attack, traceback: "" },
    note: attack,
    reason: attack,
    outcome: attack,
    value: { text: attack },
    tool: "t",
    progress: { block: 1, text: attack },
  };
  const somebody = { ...by, name: attack };
  for (const kind of ["input", "text", "thinking", "call", "cell", "ended", "notice", "compaction"])
    for (const unfolded of [true, false]) {
      const item = { ...common, by: somebody, kind, state: "done", ok: false, ...texts } as unknown as Item;
      const lines = cardLines(item, { columns: 30, ink: inkOf(dark, "256"), unfolded });
      for (const line of lines) {
        // oxlint-disable-next-line no-control-regex -- what must not be there
        expect(withoutStyles(line)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/);
        expect([line, widthOf(line)]).toEqual([line, Math.min(30, widthOf(line))]);
      }
    }
});

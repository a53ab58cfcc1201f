import { expect, test } from "vitest";
import { Highlighted } from "../highlight/highlight.ts";
import { languageOf } from "../highlight/languages.ts";
import { dark, inkOf, noInk } from "../theme.ts";
import { widthOf } from "../width.ts";
import { type Composer, emptyComposer, withCursor, withText } from "./composer.ts";
import { composerLines, type ComposerPage } from "./show.ts";

const page = (more: Partial<ComposerPage> = {}): ComposerPage => ({
  columns: 14,
  rows: 5,
  ink: noInk,
  python: new Highlighted(languageOf("python")!),
  ...more,
});
const writing = (text: string, cursor = text.length): Composer =>
  withCursor(withText(emptyComposer("py"), text), cursor);

test("the first row has the mode, those of other lines dots, and the cursor is where people write", () => {
  expect(composerLines(writing("def f():\n    x"), page())).toEqual({
    lines: ["py> def f():", "...     x"],
    cursor: { row: 1, before: "        x" },
  });
  expect(composerLines(emptyComposer("ai"), page())).toEqual({ lines: ["ai> "], cursor: { row: 0, before: "    " } });
});

test("a long line goes on below itself, and so does the cursor behind a full row", () => {
  expect(composerLines(writing("0123456789abc", 11), page())).toEqual({
    lines: ["py> 0123456789", "    abc"],
    cursor: { row: 1, before: "    a" },
  });
  expect(composerLines(writing("0123456789"), page())).toEqual({
    lines: ["py> 0123456789", "    "],
    cursor: { row: 1, before: "    " },
  });
});

test("of a text that is higher than its place, the rows around the cursor are shown", () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}`);
  const at = lines.slice(0, 5_000).join("\n").length;
  expect(composerLines(writing(lines.join("\n"), at), page())).toEqual({
    lines: ["... line 4997", "... line 4998", "... line 4999", "... line 5000", "... line 5001"],
    cursor: { row: 2, before: "    line 4999" },
  });
});

test("what may come next stands faintly behind the cursor, and is cut where the window ends", () => {
  expect(composerLines(writing("df"), page({ ghost: ".head()" })).lines).toEqual(["py> df.head()"]);
  expect(composerLines(writing("df"), page({ ghost: ".describe()" })).lines.every((line) => widthOf(line) <= 14)).toBe(
    true,
  );
  expect(composerLines(writing("df", 1), page({ ghost: ".head()" })).lines).toEqual(["py> df"]);
});

test("Python is in colours while it is written, and nothing in it is obeyed", () => {
  const [line] = composerLines(writing("if \x1b[2J"), page({ ink: inkOf(dark, "16") })).lines;
  expect(line).toMatch(/\x1b\[\d+mif\x1b\[0m \ufffd\[2J$/); // oxlint-disable-line no-control-regex -- our colours
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { withoutStyles } from "../styles.ts";
import { dark, type Ink, inkOf, noInk } from "../theme.ts";
import { widthOf } from "../width.ts";
import { Markdown, markdownLines } from "./markdown.ts";

const marked: Ink = (text, ...tints) => (text === "" || tints.length === 0 ? text : `<${tints.join("+")}:${text}>`);
const plain = (text: string, columns = 40) => markdownLines(text, { columns, ink: noInk }).map(withoutStyles);
const styled = (text: string) => markdownLines(text, { columns: 400, ink: marked }).map(withoutStyles).join("\n");

test.each<[string, string, string[]]>([
  ["a paragraph is filled, a hard break is kept", "one\ntwo  \nthree", ["one two", "three"]],
  ["blocks are as far apart as they were written", "a\n\n\n\nb\n# c\nd", ["a", "", "b", "c", "d"]],
  [
    "a list keeps its numbers, its nesting and its further paragraphs",
    "3. a\n   - b\n     more\n4. c\n\n   further",
    ["3. a", "  ◦ b more", "4. c", "", "   further"],
  ],
  ["tasks are boxes", "- [x] done\n- [ ] open", ["☑ done", "☐ open"]],
  [
    "an item is wrapped beside its mark",
    "- 0123456789 0123456789 0123456789 0123456789",
    ["• 0123456789 0123456789 0123456789", "  0123456789"],
  ],
  ["a rule", "a\n\n***\n", ["a", "", "─".repeat(40)]],
  ["a heading that is underlined", "Title\n=====\ntext", ["Title", "text"]],
  ["a quote with a list in it", "> a\n> - b\n>> c", ["▎ a", "▎ • b", "▎ ▎ c"]],
  [
    "code as it is, with its language",
    "```py\nx  =  1\n\n\ty\n```\nend",
    ["╭─ py", "│ x  =  1", "│", "│     y", "╰─", "end"],
  ],
  ["a fence ends with one of its own kind", "````\n```\n~~~\n````", ["╭─", "│ ```", "│ ~~~", "╰─"]],
  ["code in a list is indented with it", "- a\n  ```\n  x\n    y\n  ```", ["• a", "  ╭─", "  │ x", "  │   y", "  ╰─"]],
  ["a fence that never ends", "```\nx", ["╭─", "│ x", "╰─"]],
  ["a sentence that begins with a number is no list", "in the year\n1984. It", ["in the year 1984. It"]],
])("%s", (_what, text, lines) => {
  expect(plain(text)).toEqual(lines);
});

test.each<[string, string]>([
  ["**a** *b* _c_ ~~d~~ `e`", "<strong:a> <emphasis:b> <emphasis:c> <struck:d> <code:e>"],
  ["**a *b* c**", "<strong:a ><strong+emphasis:b><strong: c>"],
  ["snake_case_name 2*3*4 2**3**4 * a * b", "snake_case_name 2*3*4 2**3**4 * a * b"],
  ["not **closed and `open", "not **closed and `open"],
  [String.raw`\*no\* ${"``a`b``"}`, "*no* <code:a`b>"],
  ["这是**粗体**字", "这是<strong:粗体>字"],
  ["`**a**`", "<code:**a**>"],
])("words: %s", (text, expected) => {
  expect(styled(text)).toBe(expected);
});

test("a link goes where it says, and only to the Web and to files", () => {
  const of = (text: string) => markdownLines(text, { columns: 400, ink: noInk }).join("\n");
  const to = (address: string, text: string) => `\x1b]8;;${address}\x1b\\${text}\x1b]8;;\x1b\\`;
  expect(of("[docs](https://x.org/a)")).toBe(to("https://x.org/a", "docs"));
  expect(of("see https://x.org/a_(b).")).toBe(`see ${to("https://x.org/a_(b)", "https://x.org/a_(b)")}.`);
  expect(of("[f](file:///tmp/ä)")).toBe(to("file:///tmp/%C3%A4", "f"));
  expect(of("[a](javascript:alert(1)) [b](src/x.ts)")).toBe("a (javascript:alert(1)) b (src/x.ts)");
  expect(of("[https://bank.org](https://evil.org)")).toBe(`${to("https://evil.org/", "https://bank.org")} (evil.org)`);
});

test("a table is aligned, wide characters and all", () => {
  expect(plain("| a | n |\n|:--|--:|\n| 漢字 | 1,204 |\n| x\\|y | 2 |")).toEqual([
    "a    │     n",
    "─────┼──────",
    "漢字 │ 1,204",
    "x|y  │     2",
  ]);
});

test("a table that is too wide is wrapped, and in a narrow window it is told row by row", () => {
  const table = "| name | description |\n|---|---|\n| first | a long description of what it is |\n| second | short |";
  expect(plain(table, 30)).toEqual([
    "name   │ description",
    "───────┼──────────────────────",
    "first  │ a long description of",
    "       │ what it is",
    "second │ short",
  ]);
  expect(plain(table, 14)).toEqual([
    "name: first",
    "description: a",
    "  long",
    "  description",
    "  of what it",
    "  is",
    "",
    "name: second",
    "description:",
    "  short",
  ]);
});

test("a long table is told in parts, and in columns", () => {
  const rows = Array.from({ length: 250 }, (_, i) => `| ${i} | x |`);
  const markdown = new Markdown();
  const page = { columns: 40, ink: noInk };
  expect(markdown.push(`| a | b |\n|---|---|\n${rows.slice(0, 150).join("\n")}\n`, page)).toHaveLength(102);
  expect([...markdown.push(rows.slice(150).join("\n"), page), ...markdown.end(page)]).toHaveLength(150);
});

test("what is open is shown as it would be if nothing more came, and is not final", () => {
  const page = { columns: 40, ink: noInk };
  const markdown = new Markdown();
  expect(markdown.push("# Title\nsome te", page)).toEqual(["Title"]);
  expect(markdown.open(page)).toEqual(["some te"]);
  expect(markdown.open(page)).toEqual(["some te"]);
  expect(markdown.push("xt\n\n```py\nx = 1\ny", page)).toEqual(["some text", "", "╭─ py", "│ x = 1"]);
  expect(markdown.open(page)).toEqual(["│ y"]);
  expect(markdown.open({ ...page, columns: 3 })).toEqual(["│ y"]);
  expect(markdown.end(page)).toEqual(["│ y", "╰─"]);
});

// oxlint-disable-next-line no-control-regex -- what must not be there
const dangerous = /[\x00-\x1f\x7f-\x9f\u202a-\u202e]/;
// oxlint-disable-next-line no-control-regex -- links of ours
const links = /\x1b\]8;;[^\x1b]+/g;

test("what a model sends is inert, cut anywhere", () => {
  const attacks = [
    "\x1b[2J",
    "\x1b]52;c;aGk=\x07",
    "\x1b]8;;javascript:x\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31m",
    "\x1bP+q\x1b\\",
    "\u202etxt",
    "a\rb",
    "\x07",
  ];
  const text = attacks
    .map((attack) => `p ${attack} q\n\n\`\`\`py\n"${attack}"\n\`\`\`\n[${attack}](https://x.org/${attack})\n\n`)
    .join("");
  for (const size of [1, 2, 3, 7, text.length]) {
    const markdown = new Markdown();
    const page = { columns: 60, ink: inkOf(dark, "256") };
    const lines: string[] = [];
    for (let at = 0; at < text.length; at += size) lines.push(...markdown.push(text.slice(at, at + size), page));
    lines.push(...markdown.end(page));
    expect(lines.map((line) => withoutStyles(line)).filter((line) => dangerous.test(line))).toEqual([]);
    expect(
      lines
        .join("")
        .match(links)
        ?.every((link) => link.startsWith("\x1b]8;;https://x.org/")),
    ).toBe(true);
  }
});

const parts = fc.constantFrom(
  "# ",
  "word ",
  "**",
  "*",
  "`",
  "```py\n",
  "```",
  "\n",
  "\n\n",
  "- ",
  "  - ",
  "1. ",
  "> ",
  "|",
  "| a | b |\n",
  "|---|:-:|\n",
  "---\n",
  "===\n",
  "漢字",
  "👩‍💻",
  "[a](https://x.org)",
  "https://x.org ",
  "\\",
  "  \n",
  "\t",
  "~~",
  "def f(): ",
  '"""',
  "\x1b[31m",
  "\r\n",
  "\r",
  "    ",
);
const texts = fc.array(parts, { maxLength: 40 }).map((all) => all.join(""));

test.each([40, 80, 200])(
  "however a stream is cut, the same lines are final at %d columns, and none is too wide",
  (columns) => {
    const page = { columns, ink: inkOf(dark, "256") };
    fc.assert(
      fc.property(texts, fc.array(fc.nat(300), { maxLength: 10 }), (text, cuts) => {
        const whole = markdownLines(text, page);
        const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].toSorted((a, b) => a - b);
        const markdown = new Markdown();
        const lines: string[] = [];
        for (const [at, from] of places.slice(0, -1).entries()) {
          lines.push(...markdown.push(text.slice(from, places[at + 1]), page));
          markdown.open(page);
        }
        lines.push(...markdown.end(page));
        expect(lines).toEqual(whole);
        const letter = new Markdown();
        expect([...Array.from(text).flatMap((char) => letter.push(char, page)), ...letter.end(page)]).toEqual(whole);
        for (const line of whole) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      }),
      { numRuns: 150 },
    );
  },
);

test("what never ends is final in parts: a line of a megabyte, a paragraph of short lines, a thousand quotes in one", () => {
  const page = { columns: 80, ink: noInk };
  const open = (text: string) => {
    const markdown = new Markdown();
    markdown.push(text, page);
    return markdown.open(page).join("").length;
  };
  expect(open("x".repeat(1_000_000))).toBeLessThan(10_000);
  expect(open("words\n".repeat(100_000))).toBeLessThan(20_000);
  expect(open("> words\n".repeat(100_000))).toBeLessThan(30_000);
  expect(plain(`${">".repeat(1_000)} deep`).join("")).toContain("deep");
});

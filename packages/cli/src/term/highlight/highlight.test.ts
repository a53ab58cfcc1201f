import fc from "fast-check";
import { expect, test } from "vitest";
import type { Ink } from "../theme.ts";
import { highlight, Highlighted } from "./highlight.ts";
import { languageOf } from "./languages.ts";

const ink: Ink = (text, tint) => `<${tint}:${text}>`;
const shown = (name: string, ...lines: string[]) => {
  let carry = "";
  return lines.map((line) => {
    const done = highlight(line, languageOf(name)!, carry, ink);
    carry = done.carry;
    return done.text;
  });
};

test.each<[string, string, string]>([
  [
    "python",
    "def f(x): return x + 1  # why",
    "<keyword:def> <name:f>(x): <keyword:return> x + <number:1>  <comment:# why>",
  ],
  ["py", `s = f"a{b}" + r'\\n#' # "c"`, `s = <string:f"a{b}"> + <string:r'\\n#'> <comment:# "c">`],
  ["python", "import_x = classes.in_", "import_x = classes.in_"],
  ["python", "@app.get('/')", "<name:@app.get>(<string:'/'>)"],
  ["python", "0xFF + 1_000.5e-3", "<number:0xFF> + <number:1_000.5e-3>"],
  ["ts", `const x: string = "a"; // no`, `<keyword:const> x: string = <string:"a">; <comment:// no>`],
  ["json", `{"a": [1, -2.5, true, "b"]}`, `{<name:"a">: [<number:1>, <number:-2.5>, <keyword:true>, <string:"b">]}`],
  [
    "bash",
    `for f in "$x"; do echo $f#1; done # all`,
    `<keyword:for> f <keyword:in> <string:"$x">; <keyword:do> echo <name:$f>#<number:1>; <keyword:done> <comment:# all>`,
  ],
])("%s: %s", (language, line, expected) => {
  expect(shown(language, line)).toEqual([expected]);
});

test("a string and a comment over several lines end where they end", () => {
  expect(shown("python", 'x = """a', "def # b", 'c""" + 1')).toEqual([
    'x = <string:"""a>',
    "<string:def # b>",
    '<string:c"""> + <number:1>',
  ]);
  expect(shown("js", "a /* b", "c */ d `e", "f`")).toEqual([
    "a <comment:/* b>",
    "<comment:c */> d <string:`e>",
    "<string:f`>",
  ]);
});

test("a diff is told by its lines", () => {
  expect(shown("diff", "--- a", "+++ b", "@@ -1 +1 @@", "-x", "+y", " z")).toEqual([
    "<strong:--- a>",
    "<strong:+++ b>",
    "<hunk:@@ -1 +1 @@>",
    "<removed:-x>",
    "<added:+y>",
    " z",
  ]);
});

test("a language that nobody knows has no colours, whatever it is called", () => {
  expect(["cobol", "", "constructor", "__proto__"].map(languageOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

const code = fc
  .array(
    fc.constantFrom(
      '"""',
      "'''",
      '"',
      "'",
      "#",
      "\\",
      "`",
      "/*",
      "*/",
      "//",
      "def ",
      "x",
      "1",
      " ",
      "(",
      "f",
      "$",
      "@",
      "{",
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(""));
const documents = fc.array(code, { maxLength: 12 });

test("colours add nothing to the text and take nothing from it", () => {
  fc.assert(
    fc.property(documents, fc.constantFrom("python", "ts", "bash", "json", "diff"), (lines, name) => {
      let carry = "";
      for (const line of lines) {
        const done = highlight(line, languageOf(name)!, carry, (text) => text);
        expect(done.text).toBe(line);
        carry = done.carry;
      }
    }),
  );
});

test("a text that was changed looks as one that was written so", () => {
  fc.assert(
    fc.property(
      fc.array(documents, { minLength: 1, maxLength: 5 }),
      fc.nat(10),
      fc.nat(10),
      code,
      (versions, at, drop, line) => {
        const changed = new Highlighted(languageOf("python")!);
        for (const lines of versions) {
          for (const now of [lines, lines.toSpliced(at, drop, line), lines.toSpliced(at, 0, line, line)]) {
            changed.update(now);
            const written = new Highlighted(languageOf("python")!);
            written.update(now);
            expect(now.map((_, i) => changed.line(i, ink))).toEqual(now.map((_, i) => written.line(i, ink)));
          }
        }
      },
    ),
  );
});

test("a key in ten thousand lines costs one line, and the lines that a quote changes", () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `value_${i} = f(${i})  # "text"`);
  const text = new Highlighted(languageOf("python")!);
  expect(text.update(lines)).toBe(10_000);
  expect(text.update(lines)).toBe(0);
  expect(text.update(lines.with(5_000, "x = 1"))).toBe(1);
  expect(text.update(lines.with(5_000, "x = 12"))).toBe(1);
  expect(text.update(lines.with(9_990, '"""'))).toBeLessThan(5_000 + 10);
});

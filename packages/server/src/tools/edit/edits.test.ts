import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyEdits, type Edit } from "./edits.ts";

const bom = "\ufeff";
const one = (oldText: string, newText: string): Edit[] => [{ oldText, newText }];
const edited = (text: string, edits: readonly Edit[]) => applyEdits(text, edits, "p").text;

/** What a file holds, what is taken for what is there, what is wanted, and what the file holds then. */
type Row = [file: string, oldText: string, newText: string, result: string];

/** As it is there, to the byte. */
const exact: Record<string, Row> = {
  "a word": ["let a = 1;\n", "a = 1", "b = 2", "let b = 2;\n"],
  "a whole line": ["one\ntwo\nthree\n", "two\n", "2\n", "one\n2\nthree\n"],
  "a line that goes": ["one\ntwo\nthree\n", "two\n", "", "one\nthree\n"],
  "lines that come": ["one\nthree\n", "one\n", "one\ntwo\n", "one\ntwo\nthree\n"],
  "all of it": ["one\ntwo", "one\ntwo", "", ""],
  "the end of a file without a last line end": ["one\ntwo", "two", "2", "one\n2"],
  "a last line end that comes": ["one\ntwo", "two", "two\n", "one\ntwo\n"],
  "a last line end that goes": ["one\ntwo\n", "two\n", "two", "one\ntwo"],
  "an indentation of tabs": ["\tif x:\n\t\ty()\n", "\t\ty()", "\t\tz()", "\tif x:\n\t\tz()\n"],
  "spaces into tabs": ["  a\n", "  a", "\ta", "\ta\n"],
  "behind a BOM": [`${bom}one\ntwo\n`, "one", "1", `${bom}1\ntwo\n`],
  "a BOM and CRLF": [`${bom}one\r\ntwo\r\n`, "one\ntwo", "1\n2", `${bom}1\r\n2\r\n`],
  "CRLF, asked for with plain line ends": ["a\r\nb\r\nc\r\n", "a\nb\n", "1\n2\n", "1\r\n2\r\nc\r\n"],
  "plain line ends, asked for with CRLF": ["a\nb\nc\n", "a\r\nb\r\n", "1\r\n2\r\n", "1\n2\nc\n"],
  "a line more among CRLF": ["a\r\nc\r\n", "a\nc", "a\nb\nc", "a\r\nb\r\nc\r\n"],
  "a line more in the one line of CRLF": ["a\r\nc\r\n", "a", "a\nb", "a\r\nb\r\nc\r\n"],
  "mixed ends, a line less": ["a\r\nb\nc\r\nd\n", "b\nc\n", "x\n", "a\r\nx\r\nd\n"],
  "mixed ends: each line keeps its own": ["a\r\nb\nc\r\nd\n", "a\nb\nc\nd", "1\n2\n3\n4", "1\r\n2\n3\r\n4\n"],
  "mixed ends, far from the edit": ["a\r\nb\nc\r\nd\n", "d", "D", "a\r\nb\nc\r\nD\n"],
  "mixed ends, a line more between lines that stay": ["a\r\nb\nc\r\n", "a\nb\nc", "a\nx\nb\nc", "a\r\nx\r\nb\nc\r\n"],
  "a carriage return alone is a letter": ["a\rb\n", "a\rb", "c\rd", "c\rd\n"],
  "an emoji": ["x = '\u{1f600}'\n", "'\u{1f600}'", "'\u{1f680}'", "x = '\u{1f680}'\n"],
  "a family of emoji": [
    "\u{1f468}\u200d\u{1f469}\u200d\u{1f467} here\n",
    "here",
    "there",
    "\u{1f468}\u200d\u{1f469}\u200d\u{1f467} there\n",
  ],
  "smart quotes, given as they are": ["say \u201chi\u201d\n", "\u201chi\u201d", '"hi"', 'say "hi"\n'],
  "spaces at the end, given as they are": ["a  \nb\n", "a  \n", "a\n", "a\nb\n"],
  "what a replacement pattern would be": ["a $1 b\n", "$1", "$& $$ $'", "a $& $$ $' b\n"],
  "what reads alike stands beside it": ["a \u2013 b\na - b\n", "a - b", "c", "a \u2013 b\nc\n"],
};

/** As it reads. */
const alike: Record<string, Row> = {
  "double quotes": ["say \u201chi\u201d now\n", 'say "hi"', 'say "ho"', 'say "ho" now\n'],
  "single quotes": ["it\u2019s here\n", "it's", "it is", "it is here\n"],
  "low and reversed quotes": ["\u201ea\u201f \u201ab\u201b\n", "\"a\" 'b'", "c", "c\n"],
  "an en dash": ["pages 1\u20135\n", "1-5", "1-6", "pages 1-6\n"],
  "an em dash, a minus, a hyphen that does not break": ["a\u2014b\u2212c\u2011d\n", "a-b-c-d", "e", "e\n"],
  "a space that does not break": ["10\u00a0km far\n", "10 km", "11 km", "11 km far\n"],
  "thin, wide and narrow spaces": ["a\u2009b\u3000c\u202fd\n", "a b c d", "e", "e\n"],
  "wide letters": ["\uff41\uff42\uff43 = 1\n", "abc", "d", "d = 1\n"],
  "a ligature": ["e\ufb03cient\n", "efficient", "fast", "fast\n"],
  "an accent of its own": ["caf\u0065\u0301 noir\n", "caf\u00e9", "tea", "tea noir\n"],
  "an accent within": ["caf\u00e9 noir\n", "caf\u0065\u0301", "tea", "tea noir\n"],
  "half-wide Japanese with its marks": ["x \uff76\uff9e y\n", "\u30ac", "ga", "x ga y\n"],
  "Hangul, taken apart": ["\u1112\u1161\u11ab\u1100\u1173\u11af x\n", "\ud55c\uae00", "Hangul", "Hangul x\n"],
  "an ellipsis": ["wait\u2026 done\n", "wait...", "stop", "stop done\n"],
  "spaces at the end of lines within": ["a   \nb\t\nc\n", "a\nb\nc", "1\n2\n3", "1\n2\n3\n"],
  "spaces at the end that are not there": ["a\nb\n", "a  \nb  ", "1\n2", "1\n2\n"],
  "other spaces at the end": ["a \u00a0\nb\n", "a\nb", "1\nb", "1\nb\n"],
  "the line before it may end with spaces": ["x   \nsay \u201chi\u201d\n", '\nsay "hi"', "\nbye", "x   \nbye\n"],
  "an indentation that goes on behind it": ["\u201ca\u201d\n    b\n", '"a"\n    ', '"c"\n    ', '"c"\n    b\n'],
  "a blank line with spaces before it": ["x\n  \n\u201ca\u201d\n", '  \n"a"', '\n"b"', 'x\n\n"b"\n'],
  "lines that stay are left as they are written": [
    "# \u201cold\u201d \u2013 title\nx = 1\n# \u2018end\u2019\n",
    "# \"old\" - title\nx = 1\n# 'end'",
    "# \"old\" - title\nx = 2\n# 'end'",
    "# \u201cold\u201d \u2013 title\nx = 2\n# \u2018end\u2019\n",
  ],
  "and all other lines too": [
    "\u201ca\u201d  \n\u201cb\u201d\t\n\u201cc\u201d \u00a0\n",
    '"b"',
    '"B"',
    '\u201ca\u201d  \n"B"\t\n\u201cc\u201d \u00a0\n',
  ],
  "CRLF and a BOM": [`${bom}\u201ca\u201d\r\nb\r\n`, '"a"\nb', '"c"\nd', `${bom}"c"\r\nd\r\n`],
  "emoji around it": ["\u{1f600}\u2013\u{1f600}\n", "\u{1f600}-\u{1f600}", "\u{1f680}", "\u{1f680}\n"],
  "no last line end": ["a\n\u201cb\u201d", '"b"', "c", "a\nc"],
};

describe("what is there is changed, and nothing else", () => {
  test.for(Object.entries(exact))("%s", ([, [file, oldText, newText, result]]) => {
    expect(applyEdits(file, one(oldText, newText), "p")).toEqual({ text: result, alike: [] });
  });
});

describe("what only reads so is found where nothing else does", () => {
  test.for(Object.entries(alike))("%s", ([, [file, oldText, newText, result]]) => {
    expect(applyEdits(file, one(oldText, newText), "p")).toEqual({ text: result, alike: [1] });
  });
});

/** What a file holds, and what is not in it though it is nearly. */
const missing: Record<string, [file: string, oldText: string]> = {
  "another word": ["one\ntwo\n", "three"],
  "another case": ["One\n", "one"],
  "an indentation with spaces for tabs": ["\tx\n", "    x"],
  "an indentation that is deeper": ["x\n", "  x"],
  "a space within a word": ["onetwo\n", "one two"],
  "spaces at the end where the line goes on": ["foobar\n", "foo "],
  "a blank line that is the end of another": ["x\n\u201ca\u201d\n", '  \n"a"'],
  "half of a ligature": ["e\ufb03cient\n", "ef"],
  "a letter without its accent": ["caf\u0065\u0301 \u2013\n", "cafe -"],
  "spaces alone": ["a\u00a0b\n", "   "],
  "another file's line ends": ["a\n\nb\n", "a\nb"],
};

describe("what is not there is not found", () => {
  test.for(Object.entries(missing))("%s", ([, [file, oldText]]) => {
    expect(() => edited(file, one(oldText, "x"))).toThrow(/was not found in "p".* Nothing was changed\.$/s);
  });
});

describe("a model can mend what it reads", () => {
  const refused = (text: string, edits: readonly Edit[]): string => {
    try {
      return edited(text, edits);
    } catch (error) {
      return (error as Error).message;
    }
  };

  test("of what stands there more than once it is told how often and where", () => {
    expect(refused("a\nb\na\na\n", one("a", "x"))).toBe(
      'Found 3 occurrences of the text in "p" (lines 1, 3, 4); it must be unique: add lines around it. Nothing was changed.',
    );
    expect(refused("\u201ca\u201d\n\u201ca\u201d\n", one('"a"', "x"))).toContain("Found 2 occurrences");
    expect(refused("aaa\n", one("aa", "x"))).toContain("Found 2 occurrences");
    expect(refused("a\n".repeat(1000), one("a", "x"))).toContain("(lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...)");
  });

  test("of what is not there it is shown what is nearest, by its lines or by its words", () => {
    const file = "def f(x):\n    y = x + 1\n    return y\n\ndef g():\n    pass\n";
    expect(refused(file, one("def f(x):\n  y = x + 1\n  return y", "z"))).toBe(
      'The text was not found in "p". Nearest are:\n1\tdef f(x):\n2\t    y = x + 1\n3\t    return y\nGive the text exactly as it is there. Nothing was changed.',
    );
    expect(refused(file, one("return  y2", "z"))).toContain("Nearest are:\n3\t    return y\n");
    expect(refused(file, one("class Entirely: other", "z"))).toBe(
      'The text was not found in "p": read it, and give the text as it is there. Nothing was changed.',
    );
  });

  test("of many edits it is told which one", () => {
    const edits = [one("a", "1"), one("c", "2")].flat();
    expect(refused("a\nb\n", edits)).toContain("The text of edit 2 was not found");
    expect(refused("a\nc\nc\n", edits)).toContain("Found 2 occurrences of the text of edit 2");
  });

  test("edits of one place are refused, those that only touch are made", () => {
    const file = "abcdef\n";
    expect(refused(file, [one("cde", "1"), one("abc", "2")].flat())).toBe(
      "Edits 1 and 2 are about the same text: make one of them. Nothing was changed.",
    );
    expect(refused(file, [one("abc", "1"), one("abc", "2")].flat())).toContain("are about the same text");
    expect(edited(file, [one("def", "2"), one("abc", "1")].flat())).toBe("12\n");
  });

  test("an edit that changes nothing is one that was not meant", () => {
    expect(refused("a\r\n", one("a\n", "a\r\n"))).toBe(
      'That would change nothing in "p": its line ends stay as they are.',
    );
  });
});

test("edits are looked for in the file as it is, and not in what other edits make of it", () => {
  expect(edited("a\nb\n", [one("a", "b"), one("b", "a")].flat())).toBe("b\na\n");
});

test("in a long file what only reads so is not looked for: everybody would wait", () => {
  const long = `\u201ca\u201d\n${"x".repeat(2 * 1024 * 1024)}\nb\n`;
  expect(edited(long.slice(0, 1000), one('"a"', "c"))).toMatch(/^c\n/);
  expect(() => edited(long, one('"a"', "c"))).toThrow("was not found");
  expect(edited(long, one("\nb\n", "\nc\n"))).toBe(long.replace("\nb\n", "\nc\n"));
});

describe("whatever the file and the edits", () => {
  const letters = fc.constantFrom("a", "b", " ", "\t", "\u201c", "\u2013", "\u{1f600}", "e\u0301", "$&");
  const line = fc.array(letters, { maxLength: 6 }).map((parts) => parts.join(""));
  const end = fc.constantFrom("\n", "\r\n");
  /** Lines that are each unlike all others, so that every edit has its place. */
  const lines = fc
    .array(fc.tuple(line, end), { minLength: 1, maxLength: 12 })
    .map((rows) => rows.map(([text, ending], index) => ({ text: `<${index}>${text}<${index}>`, ending })));
  const scene = lines.chain((rows) =>
    fc.record({
      rows: fc.constant(rows),
      bom: fc.boolean(),
      last: fc.boolean(),
      /** Of some lines each: what is to be there. */
      edits: fc
        .uniqueArray(fc.tuple(fc.nat(rows.length - 1), fc.array(line, { maxLength: 3 })), {
          selector: ([index]) => index,
          minLength: 1,
          maxLength: 4,
        })
        .map((some) => some.map(([index, now]) => ({ index, now }))),
      crlf: fc.boolean(),
    }),
  );

  test("the lines that were meant are what was wanted, and every other byte is as it was", () => {
    fc.assert(
      fc.property(scene, ({ rows, bom: marked, last, edits, crlf }) => {
        const whole = rows.map(({ text, ending }, index) => text + (last || index < rows.length - 1 ? ending : ""));
        const start = marked ? bom : "";
        const plain = (text: string) => text.replaceAll("\r\n", "\n");
        const sent = (text: string) => (crlf ? text.replaceAll("\n", "\r\n") : text);
        const list = edits.map(({ index, now }) => ({
          oldText: sent(plain(rows[index]?.text ?? "")),
          newText: sent(now.map((text) => `new${text}`).join("\n")),
        }));
        const result = edited(start + whole.join(""), list);
        // What was wanted, with no regard to line ends.
        const wanted = rows.map(({ text }, index) => {
          const made = edits.find((edit) => edit.index === index);
          const body = made ? made.now.map((now) => `new${now}`).join("\n") : text;
          return body + (last || index < rows.length - 1 ? "\n" : "");
        });
        expect(plain(result)).toBe(start + wanted.join(""));
        // And every line that was not meant ends as it did.
        for (const [index, text] of whole.entries())
          if (!edits.some((edit) => edit.index === index)) expect(result).toContain(text);
        expect(result.split("\n").filter((text) => text.endsWith("\r")).length).toBeGreaterThanOrEqual(
          whole.filter((text, index) => text.endsWith("\r\n") && !edits.some((edit) => edit.index === index)).length,
        );
      }),
      { numRuns: 500 },
    );
  });

  test("what is found only as it reads leaves all other lines as they are, to the byte", () => {
    const odd = fc.constantFrom("\u201c", "\u2019", "\u2014", "\u00a0", "\u3000", "\ufb01", "e\u0301", "  ", "\t");
    const oddLine = fc.array(odd, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(oddLine, { minLength: 2, maxLength: 8 }), fc.nat(), (texts, pick) => {
        const rows = texts.map((text, index) => `<${index}>${text}<${index}>  `);
        const index = pick % rows.length;
        const before = rows.slice(0, index).map((row) => `${row}\r\n`);
        const after = rows.slice(index + 1).map((row) => `\n${row}`);
        const asModelsWrite = (rows[index] ?? "")
          .normalize("NFKC")
          .replace(/[\u201c]/g, '"')
          .replace(/[\u2019]/g, "'")
          .replace(/[\u2014]/g, "-")
          .trimEnd();
        const file = [...before, rows[index], ...after].join("");
        const result = edited(file, one(asModelsWrite, "NEW"));
        expect(result).toBe([...before, "NEW  ", ...after].join(""));
      }),
      { numRuns: 500 },
    );
  });
});

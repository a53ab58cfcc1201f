import { chmodSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ToolContext } from "../../packages/server/src/core/ports.ts";
import { grepWith } from "../../packages/server/src/tools/grep/index.ts";
import { ripgrepOn } from "../../packages/server/src/tools/grep/ripgrep.ts";
import { finish } from "../conformance/tool.ts";
import { asNobody, folder, hardLink, link, pipe, put, sandboxed, working } from "./place.ts";

const rg = ripgrepOn(process.env["PATH"], []);
/** Both ways, where this machine has both: one suite, so what is found is the same. */
const ways = [
  { way: "our own search", programs: "" },
  ...(rg === undefined ? [] : [{ way: "ripgrep", programs: dirname(rg) }]),
];

describe.each(ways)("grep by $way", ({ way, programs }) => {
  const used: string[] = [];
  const sandbox = sandboxed(used);
  const tool = grepWith(() => programs);
  const searching = (cwd: string, input: object, more: Partial<ToolContext> = {}) =>
    finish(tool, input, working(cwd, { sandbox, ...more }));
  const found = async (cwd: string, input: object, more?: Partial<ToolContext>) =>
    (await searching(cwd, input, more)).text.split("\n");

  test("lines stand under their file, with their numbers, files in the order of their paths", async () => {
    const cwd = folder();
    put(join(cwd, "b.txt"), "x\nneedle b\n");
    put(join(cwd, "a/z.txt"), "needle z");
    put(join(cwd, "a.txt"), "needle 1\nother\nneedle 2\n");
    put(join(cwd, "a-b/c.txt"), "needle c\r\n");
    expect(await found(cwd, { pattern: "needle" })).toEqual([
      "a-b/c.txt",
      "1: needle c",
      "a.txt",
      "1: needle 1",
      "3: needle 2",
      "a/z.txt",
      "1: needle z",
      "b.txt",
      "2: needle b",
    ]);
    expect(used.length > 0).toBe(way === "ripgrep");
  });

  test.for<[object, string, number[]]>([
    [{ pattern: "one|three" }, "one\ntwo\nthree", [1, 3]],
    [{ pattern: "ONE", ignoreCase: true }, "one\ntwo", [1]],
    [{ pattern: "(?i)ONE" }, "one\ntwo", [1]],
    [{ pattern: "ONE" }, "one\ntwo", []],
    [{ pattern: "größe", ignoreCase: true }, "GRÖßE\ngrosse", [1]],
    [{ pattern: "a.b", literal: true }, "axb\na.b", [2]],
    [{ pattern: "a.b" }, "axb\na.b", [1, 2]],
    [{ pattern: "f(x) {", literal: true }, "f(x) {\nf[x]", [1]],
    [{ pattern: "-v", literal: true }, "a -v\nb", [1]],
    [{ pattern: "--files" }, "a --files\nb", [1]],
    [{ pattern: "^$" }, "a\n\nb\r\n\r\nc", [2, 4]],
    [{ pattern: "^" }, "a\n\nb", [1, 2, 3]],
    [{ pattern: "end$" }, "the end\nend it\r\nthe end\r\n", [1, 3]],
    [{ pattern: "^\\s+x" }, "x\n  x\n\tx", [2, 3]],
    [{ pattern: "a\\s+b" }, "a\nb\na  b", [3]],
    [{ pattern: "[^x]y" }, "xy\nay\ny", [2]],
    [{ pattern: "\\bfoo\\b" }, "foo\nfoobar\na foo.", [1, 3]],
    [{ pattern: "\\d{3}" }, "12\n123\n١٢٣", [2]],
    [{ pattern: "^\\w+$" }, "word\nwörd\ntwo words", [1]],
    [{ pattern: "[\\w-]+@[\\w.]+" }, "a-b@c.d\n@", [1]],
    [{ pattern: "^.$" }, "é\n😀\nab", [1, 2]],
    [{ pattern: "[[:upper:]]{2}" }, "AB\nAb", [1]],
    [{ pattern: "(?P<n>a)" }, "a\nb", [1]],
    [{ pattern: "a(?=b)" }, "ab\nac", [1]],
    [{ pattern: "(?<!a)b" }, "ab\ncb", [2]],
    [{ pattern: "(a|b)\\1" }, "aa\nab\nbb", [1, 3]],
    [{ pattern: "foo(?!bar)" }, "foo\nbar\nfoobar", [1]],
    [{ pattern: "https:\\/\\/" }, "https://x\nhttp", [1]],
    [{ pattern: '\\"x\\"' }, '"x"\nx', [1]],
    [{ pattern: "x{" }, "x{\nx", [1]],
    [{ pattern: "a-z]" }, "a-z]\nb", [1]],
    [{ pattern: "\\x41" }, "A\nx41", [1]],
    [{ pattern: "😀+" }, "😀😀\n:)", [1]],
    [{ pattern: "first" }, "\ufefffirst\nx", [1]],
    [{ pattern: "^first" }, "\ufefffirst\nx", [1]],
    [{ pattern: "last" }, "x\nlast", [2]],
  ])("%j in %j", async ([input, content, lines]) => {
    const cwd = folder();
    put(join(cwd, "file"), content);
    const rows = await found(cwd, input);
    expect(rows.slice(1).map((row) => Number(row.split(":")[0]))).toEqual(lines);
    expect(rows[0]).toMatch(lines.length > 0 ? /^file$/ : /^No line matches\.$/);
  });

  test("one file alone, wherever it is", async () => {
    const cwd = folder();
    put(join(cwd, "sub/-file"), "x\nneedle");
    expect(await found(cwd, { pattern: "needle", path: "sub/-file" })).toEqual(["sub/-file", "2: needle"]);
    expect(await found(cwd, { pattern: "needle", path: join(cwd, "sub/-file"), glob: "*.ts" })).toHaveLength(2);
  });

  test("lines around a match", async () => {
    const cwd = folder();
    put(join(cwd, "file"), "1\n2\nx\n4\n5\n6\n7\nx\n9");
    expect(await found(cwd, { pattern: "x", context: 1 })).toEqual([
      "file",
      "2- 2",
      "3: x",
      "4- 4",
      "--",
      "7- 7",
      "8: x",
      "9- 9",
    ]);
    expect(await found(cwd, { pattern: "x", context: 2 })).toEqual([
      "file",
      "1- 1",
      "2- 2",
      "3: x",
      "4- 4",
      "5- 5",
      "6- 6",
      "7- 7",
      "8: x",
      "9- 9",
    ]);
  });

  test("what .gitignore names, .git, hidden files and links", async () => {
    const cwd = folder();
    const files = {
      ".gitignore": "*.log\n/built\nnode_modules/\n!keep.log\nsub/only\n# x\n",
      "a.log": "",
      "keep.log": "",
      "built/x": "",
      "sub/built/y": "",
      "node_modules/m/i.js": "",
      "sub/only/z": "",
      ".hidden/h": "",
      ".env": "",
      "sub/.gitignore": "!*.log\n*.tmp",
      "sub/b.log": "",
      "sub/c.tmp": "",
      "sub/d/e.tmp": "",
      ".git/config": "",
      "inner/.git/config": "",
      "inner/i.log": "",
      "inner/j": "",
      "sp\\ ace/x y": "",
      ".ignore": "j\n",
      "ü/ö.txt": "",
    };
    for (const [name, content] of Object.entries(files)) put(join(cwd, name), `${content}\nneedle\n`);
    link(join(cwd, "link"), "sub");
    link(join(cwd, "circle"), ".");
    link(join(cwd, "file-link"), "j");
    const names = async (input: object) =>
      (await found(cwd, { pattern: "^needle", limit: 1000, ...input })).filter((row) => !/^\d+:/.test(row));
    expect(await names({})).toEqual(
      [
        ".env",
        ".gitignore",
        ".hidden/h",
        ".ignore",
        "inner/i.log",
        "inner/j",
        "keep.log",
        "sp\\ ace/x y",
        "sub/.gitignore",
        "sub/b.log",
        "sub/built/y",
        "ü/ö.txt",
      ].toSorted(),
    );
    expect(await names({ path: "sub" })).toEqual(["sub/.gitignore", "sub/b.log", "sub/built/y"]);
    expect(await names({ path: "node_modules/m" })).toEqual(["node_modules/m/i.js"]);
    expect(await names({ path: "a.log" })).toEqual(["a.log"]);
    expect(await names({ glob: "*.log" })).toEqual(["a.log", "inner/i.log", "keep.log", "sub/b.log"]);
    expect(await names({ glob: "sub/**" })).toContain("sub/built/y");
    expect(await names({ glob: "sub/*" })).toEqual(["sub/.gitignore", "sub/b.log", "sub/c.tmp"]);
    expect(await names({ glob: "*.{txt,js}" })).toEqual(["ü/ö.txt"]);
    expect(await names({ glob: "!sub" })).not.toContain("sub/b.log");
    expect(await names({ glob: "[jh]" })).toEqual([".hidden/h", "inner/j"]);
  });

  test("above a folder .gitignore counts as far as its repository goes, and no further", async () => {
    const cwd = folder();
    put(join(cwd, ".gitignore"), "*.log");
    put(join(cwd, "sub/a.log"), "needle");
    expect(await found(cwd, { pattern: "needle", path: "sub" })).toContain("sub/a.log");
    mkdirSync(join(cwd, ".git"));
    expect(await found(cwd, { pattern: "needle", path: "sub" })).not.toContain("sub/a.log");
  });

  test("binary files are left out, and text in other alphabets is not", async () => {
    const cwd = folder();
    put(join(cwd, "binary"), "needle\0");
    put(join(cwd, "utf16"), Buffer.from("\ufeffx\nneedle größe\n", "utf16le"));
    put(join(cwd, "utf16be"), Buffer.from("\ufeffx\nneedle\n", "utf16le").swap16());
    put(join(cwd, "latin"), Buffer.from("needle größe", "latin1"));
    expect(await found(cwd, { pattern: "needle" })).toEqual([
      "latin",
      "1: needle gr\ufffd\ufffde",
      "utf16",
      "2: needle größe",
      "utf16be",
      "2: needle",
    ]);
  });

  test("no more lines than wanted, and it is said; a long line is cut", async () => {
    const cwd = folder();
    for (let index = 10; index < 60; index++) put(join(cwd, `${index}`), "needle\nneedle\nneedle\n");
    const rows = await found(cwd, { pattern: "needle", limit: 4 });
    expect(rows).toEqual([
      "10",
      "1: needle",
      "2: needle",
      "3: needle",
      "11",
      "1: needle",
      "",
      expect.stringMatching(/^\[More than 4 lines match: /),
    ]);
    expect((await found(cwd, { pattern: "needle", limit: 150 })).at(-1)).toBe("3: needle");
    expect((await found(cwd, { pattern: "needle", limit: 149 })).at(-1)).toMatch(/^\[More than 149/);
    put(join(cwd, "long"), `${"é".repeat(1_000_000)}needle${"x".repeat(5_000_000)}`);
    const [, line = ""] = await found(cwd, { pattern: "needle", path: "long" });
    expect(line).toBe(`1: ${"é".repeat(500)}… [7000006 bytes]`);
  });

  test("however long the lines are, a result is bounded", async () => {
    const cwd = folder();
    put(join(cwd, "file"), `needle ${'"'.repeat(490)}\n`.repeat(1000));
    const { text } = await searching(cwd, { pattern: "needle", limit: 1000 });
    expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThan(51 * 1024);
    expect(text).toMatch(/\[The rest is left out: look for less at once\.\]$/);
  });

  test("a long file is searched to its end, over the seams of its pieces", async () => {
    const cwd = folder();
    const line = `${"x".repeat(1000)}\n`;
    put(join(cwd, "large"), `${line.repeat(16_750)}${"needle\n".repeat(5000)}${line.repeat(17_000)}last needle`);
    const rows = await found(cwd, { pattern: "needle", limit: 1000 });
    expect(rows.slice(0, 3)).toEqual(["large", "16751: needle", "16752: needle"]);
    expect(rows.at(-1)).toMatch(/^\[More than 1000/);
    expect(await found(cwd, { pattern: "last" })).toEqual(["large", "38751: last needle"]);
  });

  test("text that a zero byte ends far behind its beginning is searched up to there", async () => {
    const cwd = folder();
    put(join(cwd, "file"), `needle\n${"x\n".repeat(100_000)}\0\nneedle\n`);
    expect(await found(cwd, { pattern: "needle" })).toEqual(["file", "1: needle"]);
  });

  test("the daemon's own folders and files are not searched, whatever they are called", async () => {
    const cwd = folder();
    const hidden = [join(cwd, "own [1]"), join(cwd, "deep/state")];
    const token = put(join(cwd, "own [1]/token"), "needle");
    put(join(cwd, "own [1]/sub/x"), "needle");
    put(join(cwd, "deep/state/y"), "needle");
    put(join(cwd, "deep/z"), "needle");
    hardLink(join(cwd, "hard"), token);
    expect((await found(cwd, { pattern: "needle" })).length).toBeGreaterThan(8);
    expect(await found(cwd, { pattern: "needle" }, { hidden })).toEqual(["deep/z", "1: needle"]);
    const refused = { ok: false, text: expect.stringContaining("belongs to daimon itself") };
    for (const path of ["own [1]", "own [1]/sub", "hard"])
      expect(await searching(cwd, { pattern: "needle", path }, { hidden })).toMatchObject(refused);
  });

  test("what cannot be read is said beside what is found", async () => {
    // Where nobody may enter a folder above, nobody reads anything.
    const cwd = folder("/tmp");
    put(join(cwd, "ok"), "needle");
    pipe(join(cwd, "fifo"));
    const closed = dirname(put(join(cwd, "closed/x"), "needle"));
    put(join(cwd, "sealed"), "needle");
    chmodSync(closed, 0);
    chmodSync(join(cwd, "sealed"), 0);
    chmodSync(cwd, 0o755);
    try {
      const said = await asNobody("grep", cwd, { pattern: "needle" }, programs);
      expect(said.split("\n")[0]).toBe("ok");
      expect(said).toContain('[2 could not be read: "closed/", "sealed".]');
    } finally {
      chmodSync(closed, 0o755);
    }
  });

  test("an expression that is none is answered with what is wrong in it", async () => {
    expect(await searching(folder(), { pattern: "(" })).toEqual({
      ok: false,
      text: "The pattern is no regular expression: /(/: Unterminated group. Mend it, or set literal.",
    });
  });

  test("an interrupt ends it", async () => {
    const cwd = folder();
    put(join(cwd, "file"), `${"a".repeat(50)}b`);
    const abort = new AbortController();
    // Backtracks for longer than anybody lives, where ripgrep does not take it.
    const running = searching(cwd, { pattern: "^(a|a)*(?!b)$" }, { signal: abort.signal });
    abort.abort();
    expect(await running).toMatchObject({ ok: false, outcome: "interrupted" });
  });
});

import { execFileSync } from "node:child_process";
import { hash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Tool, ToolContext } from "../../packages/server/src/core/ports.ts";
import { remove } from "../../packages/server/src/tools/delete/index.ts";
import { edit } from "../../packages/server/src/tools/edit/index.ts";
import { move } from "../../packages/server/src/tools/move/index.ts";
import { read } from "../../packages/server/src/tools/read/index.ts";
import { write } from "../../packages/server/src/tools/write/index.ts";
import { finish } from "../conformance/tool.ts";
import { folder, hardLink, link, put, seen, writing } from "./place.ts";

const text = (path: string) => readFileSync(path, "utf8");
const sha256 = (content: string) => hash("sha256", content);
const run = async (tool: Tool, input: object, context: ToolContext) => finish(tool, input, context);

describe("write", () => {
  test("a new file is made, with the folders above it, and all of that is said before", async () => {
    const cwd = folder();
    const context = writing(cwd);
    const result = await run(write, { path: "a/b/new.txt", content: "one\ntwo\n" }, context);
    expect(result).toMatchObject({ text: 'Wrote "a/b/new.txt": 2 lines, a new file.' });
    expect(text(join(cwd, "a/b/new.txt"))).toBe("one\ntwo\n");
    expect(context.changes).toEqual([
      { path: join(cwd, "a"), change: "created" },
      { path: join(cwd, "a/b"), change: "created" },
      { path: join(cwd, "a/b/new.txt"), change: "created", after: sha256("one\ntwo\n") },
    ]);
    expect(result.bundle?.["text/x-diff"]).toBe("--- /dev/null\n+++ b/a/b/new.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n");
  });

  test("what a file held is kept before it is replaced, and its permissions stay", async () => {
    const cwd = folder();
    const path = seen(put(join(cwd, "run.sh"), "old\n"));
    chmodSync(path, 0o751);
    const context = writing(cwd);
    await run(write, { path: "run.sh", content: "new\n" }, context);
    expect(context.changes).toEqual([
      { path, change: "edited", before: { bytes: Buffer.from("old\n"), mode: 0o751 }, after: sha256("new\n") },
    ]);
    expect(text(path)).toBe("new\n");
    expect(statSync(path).mode & 0o7777).toBe(0o751);
  });

  test("nobody finds half of a file: who has it open keeps all of the old one", async () => {
    const cwd = folder();
    const path = seen(put(join(cwd, "a"), "old\n"));
    const before = statSync(path).ino;
    await run(write, { path: "a", content: "new\n" }, writing(cwd));
    expect(statSync(path).ino).not.toBe(before);
  });

  test("what was never read is not written over, nor what was changed since", async () => {
    const cwd = folder();
    const path = put(join(cwd, "a"), "people's\n");
    const context = writing(cwd, { session: "unread" });
    expect(await run(write, { path: "a", content: "x" }, context)).toEqual({
      ok: false,
      text: '"a" is there already and you have not read it: read it first, or change a part with edit.',
    });
    await run(read, { path: "a" }, context);
    writeFileSync(path, "people'S\n");
    expect(await run(write, { path: "a", content: "x" }, context)).toEqual({
      ok: false,
      text: '"a" was changed since you read it: read it again, so that what somebody did there is not lost.',
    });
    expect(context.changes).toEqual([]);
    expect(text(path)).toBe("people'S\n");
    await run(read, { path: "a" }, context);
    expect(await run(write, { path: "a", content: "x" }, context)).not.toHaveProperty("ok", false);
    // What it wrote it knows.
    expect(await run(write, { path: "a", content: "y" }, context)).not.toHaveProperty("ok", false);
    expect(text(path)).toBe("y");
    expect(await run(write, { path: "a", content: "z" }, { ...context, session: "another" })).toMatchObject({
      ok: false,
    });
  });

  test("a link inside is written through, and stays a link", async () => {
    const cwd = folder();
    const path = seen(put(join(cwd, "real/a"), "old"));
    link(join(cwd, "linked"), "real/a");
    const context = writing(cwd);
    await run(write, { path: "linked", content: "new" }, context);
    expect(readlinkSync(join(cwd, "linked"))).toBe("real/a");
    expect(text(path)).toBe("new");
    expect(context.changes).toMatchObject([{ path }]);
  });

  test("a file with another name is written under the one that was given, and that is said", async () => {
    const cwd = folder();
    const path = seen(put(join(cwd, "a"), "old"));
    const other = hardLink(join(folder(), "other"), path);
    const { text: said } = await run(write, { path: "a", content: "new" }, writing(cwd));
    expect(said).toContain("It had other names (hard links): they keep what was there.");
    expect([text(path), text(other)]).toEqual(["new", "old"]);
  });

  test("what is there already, to the byte, is no change", async () => {
    const cwd = folder();
    const path = seen(put(join(cwd, "a"), "same"));
    const { ino } = statSync(path);
    const context = writing(cwd);
    expect(await run(write, { path: "a", content: "same" }, context)).toEqual({
      text: '"a" holds exactly that already.',
    });
    expect(context.changes).toEqual([]);
    expect(statSync(path).ino).toBe(ino);
  });

  test("half of a character is refused: no file can hold it", async () => {
    const cwd = folder();
    const result = await run(write, { path: "a", content: "x\ud83d" }, writing(cwd));
    expect(result).toMatchObject({ ok: false, text: expect.stringContaining("half of a character") });
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe("edit", () => {
  test("the result tells what changed, with its lines' numbers, and holds a diff that git applies", async () => {
    const cwd = folder();
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`);
    const path = put(join(cwd, "a.txt"), lines.join(""));
    const context = writing(cwd);
    const edits = [
      { oldText: "line 20\n", newText: "line twenty\nand more\n" },
      { oldText: "line 3\n", newText: "" },
    ];
    const result = await run(edit, { path: "a.txt", edits }, context);
    expect(result.text).toBe(
      [
        'Changed "a.txt" in 2 places, from line 3.',
        ...[" 1\tline 1", " 2\tline 2", "-3\tline 3", " 3\tline 4", " 4\tline 5", " 5\tline 6", "..."],
        ...[" 16\tline 17", " 17\tline 18", " 18\tline 19", "-20\tline 20", "+19\tline twenty", "+20\tand more"],
        ...[" 21\tline 21", " 22\tline 22", " 23\tline 23"],
      ].join("\n"),
    );
    const made = text(path);
    writeFileSync(path, lines.join(""));
    put(join(cwd, "p.diff"), result.bundle?.["text/x-diff"] as string);
    execFileSync("git", ["apply", "p.diff"], { cwd });
    expect(text(path)).toBe(made);
    expect(context.changes).toEqual([
      { path, change: "edited", before: { bytes: Buffer.from(lines.join("")), mode: 0o644 }, after: sha256(made) },
    ]);
  });

  test("where too much lies between two places for a comparison, people and the model are told", async () => {
    const cwd = folder();
    const path = put(join(cwd, "a"), `first\n${"between\n".repeat(300_000)}last\n`);
    const context = writing(cwd);
    const edits = [
      { oldText: "first", newText: "FIRST" },
      { oldText: "last", newText: "LAST" },
    ];
    const says = "Too much is different for a fine comparison";
    expect((await edit.preview?.({ path: "a", edits }, context))?.text).toContain(says);
    const result = await run(edit, { path: "a", edits }, context);
    expect(result.text).toContain(says);
    expect(Buffer.byteLength(result.text)).toBeLessThan(51 * 1024);
    expect(text(path)).toBe(`FIRST\n${"between\n".repeat(300_000)}LAST\n`);
  });

  test("who gives what is there need not have read it; who read something else is told to read again", async () => {
    const cwd = folder();
    const path = put(join(cwd, "a"), "one\n");
    const context = writing(cwd, { session: "editing" });
    await run(edit, { path: "a", edits: [{ oldText: "one", newText: "two" }] }, context);
    expect(text(path)).toBe("two\n");
    writeFileSync(path, "two\nand people's\n");
    expect(await run(edit, { path: "a", edits: [{ oldText: "two", newText: "2" }] }, context)).toMatchObject({
      ok: false,
      text: expect.stringContaining("was changed since you read it"),
    });
    expect(text(path)).toBe("two\nand people's\n");
  });

  test("what was found only as it reads is said to be", async () => {
    const cwd = folder();
    put(join(cwd, "a"), "say \u201chi\u201d\n");
    const { text: said } = await run(edit, { path: "a", edits: [{ oldText: '"hi"', newText: '"ho"' }] }, writing(cwd));
    expect(said).toContain("It was found only but for quotes, dashes, spaces or forms of letters.");
  });

  test.each([
    ["binary", Buffer.from([1, 2, 0, 3])],
    ["in another encoding", Buffer.from([0x67, 0x72, 0xf6, 0xdf, 0x65])],
    ["in UTF-16", Buffer.from("\ufefftext", "utf16le")],
  ])("a file that is %s is refused, and stays as it is", async (_, bytes) => {
    const cwd = folder();
    const path = put(join(cwd, "a"), bytes);
    expect(await run(edit, { path: "a", edits: [{ oldText: "t", newText: "x" }] }, writing(cwd))).toEqual({
      ok: false,
      text: '"a" is no text in UTF-8, so nothing in it is edited: use Python.',
    });
    expect(readFileSync(path)).toEqual(bytes);
  });

  test("half of a character is never found, nor written", async () => {
    const cwd = folder();
    const path = put(join(cwd, "a"), "\u{1f600}\n");
    for (const [oldText, newText] of [
      ["\ud83d", "x"],
      ["\n", "\ud83d\n"],
    ])
      expect(await run(edit, { path: "a", edits: [{ oldText, newText }] }, writing(cwd))).toMatchObject({
        ok: false,
        text: expect.stringContaining("half of a character"),
      });
    expect(text(path)).toBe("\u{1f600}\n");
  });

  const asSent: Record<string, object> = {
    "one edit beside the path": { path: "a", oldText: "one", newText: "two" },
    "an edit without its list": { path: "a", edits: { oldText: "one", newText: "two" } },
    "edits as JSON": { path: "a", edits: '[{"oldText":"one","newText":"two"}]' },
    "an edit as JSON": { path: "a", edits: '{"oldText":"one","newText":"two"}' },
    "the names of another tool": { file_path: "a", old_string: "one", new_string: "two" },
    "and of yet another": { path: "a", edits: [{ old_str: "one", new_str: "two" }] },
  };
  test.for(Object.entries(asSent))("what models really send is understood: %s", async ([, input]) => {
    const cwd = folder();
    const path = put(join(cwd, "a"), "one\n");
    await run(edit, input, writing(cwd));
    expect(text(path)).toBe("two\n");
    expect(edit.show(input).text).toBe('edit "a": 1 place');
  });

  test.each([
    [{ path: "a", edits: "no JSON" }, 'The property "edits" of edit must be an array.'],
    [{ path: "a" }, 'The input of edit needs "edits".'],
    [{ path: "a", oldText: "x" }, 'The property "edits.0.newText" of edit must be a string.'],
    [{ path: "a", edits: [{ oldText: "", newText: "" }] }, 'The property "edits.0.oldText" of edit must not be empty.'],
  ])("and what nobody can understand is said: %j", async (input, says) => {
    expect(await run(edit, input, writing(folder()))).toEqual({ ok: false, text: says });
  });
});

describe("move", () => {
  test("a file, a folder and a link go where they are sent, with what they hold", async () => {
    const cwd = folder();
    put(join(cwd, "file"), "one");
    put(join(cwd, "folder/inner/deep"), "two");
    link(join(cwd, "link"), "folder/inner/deep");
    const context = writing(cwd);
    expect(await run(move, { from: "file", to: "made/here" }, context)).toEqual({
      text: 'Moved "file" to "made/here".',
    });
    await run(move, { from: "folder", to: "made/folder" }, context);
    await run(move, { from: "link", to: "moved-link" }, context);
    expect(text(join(cwd, "made/here"))).toBe("one");
    expect(text(join(cwd, "made/folder/inner/deep"))).toBe("two");
    expect(readlinkSync(join(cwd, "moved-link"))).toBe("folder/inner/deep");
    expect(readdirSync(cwd).toSorted()).toEqual(["made", "moved-link"]);
    expect(context.changes).toEqual([
      { path: join(cwd, "made"), change: "created" },
      { path: join(cwd, "file"), change: "moved", to: join(cwd, "made/here"), after: sha256("one") },
      { path: join(cwd, "folder"), change: "moved", to: join(cwd, "made/folder") },
      { path: join(cwd, "link"), change: "moved", to: join(cwd, "moved-link") },
    ]);
  });

  test("the folders on both ways may be links, the thing itself is what is moved", async () => {
    const cwd = folder();
    put(join(cwd, "real/a"), "one");
    link(join(cwd, "linked"), "real");
    link(join(cwd, "real/to-a"), "a");
    const context = writing(cwd);
    await run(move, { from: "linked/to-a", to: "linked/new/to-a" }, context);
    await run(move, { from: "linked/a", to: "linked/b" }, context);
    await run(remove, { path: "linked" }, context);
    expect(readdirSync(cwd)).toEqual(["real"]);
    expect(readdirSync(join(cwd, "real")).toSorted()).toEqual(["b", "new"]);
    expect(readlinkSync(join(cwd, "real/new/to-a"))).toBe("a");
  });

  test("nothing is moved over anything", async () => {
    const cwd = folder();
    put(join(cwd, "a"), "a");
    put(join(cwd, "b"), "b");
    mkdirSync(join(cwd, "empty"));
    link(join(cwd, "dangling"), "nowhere");
    const context = writing(cwd);
    for (const to of ["b", "empty", "dangling", "a"])
      expect(await run(move, { from: "a", to }, context)).toMatchObject({ ok: false });
    expect(await run(move, { from: "empty", to: "empty/inner" }, context)).toEqual({
      ok: false,
      text: '"empty" cannot be moved into itself.',
    });
    expect(context.changes).toEqual([]);
    expect([text(join(cwd, "a")), text(join(cwd, "b"))]).toEqual(["a", "b"]);
  });

  test("what was read is still known where it went", async () => {
    const cwd = folder();
    seen(put(join(cwd, "from/a"), "one"));
    const context = writing(cwd);
    await run(move, { from: "from", to: "to" }, context);
    expect(await run(write, { path: "to/a", content: "two" }, context)).not.toHaveProperty("ok", false);
    expect(text(join(cwd, "to/a"))).toBe("two");
  });
});

describe("delete", () => {
  test("a file, a folder and a link go to the trash, each with where it was; people take them back", async () => {
    const cwd = folder();
    const file = put(join(cwd, "größe.txt"), "one\n");
    const inner = put(join(cwd, "folder/inner/deep"), "two");
    chmodSync(file, 0o600);
    link(join(cwd, "link"), "folder");
    const context = writing(cwd, { session: "sess" });
    const trash = join(context.trash, "sess");
    const { text: said } = await run(remove, { path: "größe.txt" }, context);
    await run(remove, { path: "link" }, { ...context, call: 2 });
    expect(existsSync(inner)).toBe(true);
    await run(remove, { path: "folder" }, { ...context, call: 3 });
    expect(readdirSync(cwd)).toEqual([]);
    const kept = join(trash, "files/größe.txt");
    expect(said).toBe(`Deleted "größe.txt". People get it back with daimon undo, or from ${JSON.stringify(kept)}.`);
    expect(context.changes).toEqual([
      { path: file, change: "deleted", to: kept, before: { bytes: Buffer.from("one\n"), mode: 0o600 } },
      { path: join(cwd, "link"), change: "deleted", to: join(trash, "files/link") },
      { path: join(cwd, "folder"), change: "deleted", to: join(trash, "files/folder") },
    ]);
    expect(text(kept)).toBe("one\n");
    expect(readlinkSync(join(trash, "files/link"))).toBe("folder");
    expect(text(join(trash, "files/folder/inner/deep"))).toBe("two");
    const info = text(join(trash, "info/größe.txt.trashinfo"));
    expect(info).toMatch(
      /^\[Trash Info\]\nPath=\/.*gr%C3%B6%C3%9Fe\.txt\nDeletionDate=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\n$/,
    );
    expect(lstatSync(context.trash).mode & 0o077).toBe(0);
  });

  test("what has the name of something in the trash has a place beside it", async () => {
    const cwd = folder();
    const context = writing(cwd);
    for (const [call, content] of ["one", "two", "three"].entries()) {
      put(join(cwd, "a"), content);
      await run(remove, { path: "a" }, { ...context, call: call === 2 ? 1 : call });
    }
    const files = join(context.trash, "s/files");
    expect(
      readdirSync(files)
        .map((name) => text(join(files, name)))
        .toSorted(),
    ).toEqual(["one", "three", "two"]);
    const long = `${"ü".repeat(120)}.txt`;
    put(join(cwd, long), "long");
    expect(await run(remove, { path: long }, { ...context, call: 9 })).not.toHaveProperty("ok", false);
    expect(text(join(files, "9"))).toBe("long");
  });

  test("a folder of the session stays, and so does what holds one, or one of daimon's own", async () => {
    const base = folder();
    const cwd = join(base, "project");
    put(join(cwd, "sub/inner/a"), "x");
    put(join(cwd, "home/state/token"), "x");
    link(join(base, "linked"), join(cwd, "sub"));
    const roots = [cwd, join(cwd, "sub/inner"), join(base, "linked")];
    const context = writing(cwd, { roots, hidden: [join(cwd, "home/state")] });
    for (const path of [".", cwd, "sub", "sub/inner", join(base, "linked")]) {
      for (const [tool, input] of [
        [remove, { path }],
        [move, { from: path, to: "elsewhere" }],
      ] as const)
        expect(await run(tool, input, context)).toMatchObject({
          ok: false,
          text: expect.stringContaining("is a folder of this session, or holds one"),
        });
    }
    expect(await run(remove, { path: "home" }, context)).toMatchObject({
      ok: false,
      text: expect.stringContaining("holds folders of daimon itself"),
    });
    expect(existsSync(join(cwd, "sub/inner/a"))).toBe(true);
    rmSync(join(cwd, "home"), { recursive: true });
  });
});

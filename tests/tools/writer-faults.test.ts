import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  ftruncateSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test, type TestContext } from "vitest";
import type { FileChange } from "../../packages/server/src/core/ports.ts";
import { remove } from "../../packages/server/src/tools/delete/index.ts";
import { edit } from "../../packages/server/src/tools/edit/index.ts";
import { move } from "../../packages/server/src/tools/move/index.ts";
import { read } from "../../packages/server/src/tools/read/index.ts";
import { write } from "../../packages/server/src/tools/write/index.ts";
import { finish } from "../conformance/tool.ts";
import { smallDisk } from "../small-disk.ts";
import { asNobody, folder, link, pipe, put, seen, writing } from "./place.ts";

/** Disks, permissions and sizes that stand in the way. */

const text = (path: string) => readFileSync(path, "utf8");
const edits = [{ oldText: "x", newText: "y" }];
const onDisk = (context: TestContext, megabytes: number) => smallDisk(join(folder(), "disk"), megabytes, context);

describe("a disk", () => {
  test("that is full is said to be; the file is as it was, and nothing is left behind", async (context) => {
    using disk = onDisk(context, 1);
    const path = seen(put(join(disk.path, "a"), "x\n"));
    disk.fill();
    const more = { path: "a", content: "more\n".repeat(10_000) };
    for (const [tool, input] of [
      [write, more],
      [write, { path: "new/b", content: "x".repeat(10_000) }],
      [edit, { path: "a", edits: [{ oldText: "x", newText: "y".repeat(10_000) }] }],
    ] as const)
      expect(await finish(tool, input, writing(disk.path))).toMatchObject({
        ok: false,
        text: expect.stringContaining("cannot be changed: the disk is full; ask the people here to make room."),
      });
    expect(text(path)).toBe("x\n");
    expect(readdirSync(disk.path).toSorted()).toEqual(["a", "ballast"]);
    disk.free();
    expect(await finish(write, more, writing(disk.path))).not.toHaveProperty("ok", false);
  });

  test("that may only be read is said to be", async (context) => {
    using disk = onDisk(context, 1);
    const path = seen(put(join(disk.path, "a"), "x\n"));
    disk.readOnly();
    for (const [tool, input] of [
      [write, { path: "a", content: "y" }],
      [write, { path: "new", content: "y" }],
      [edit, { path: "a", edits }],
      [move, { from: "a", to: "b" }],
      [remove, { path: "a" }],
    ] as const)
      expect(await finish(tool, input, writing(disk.path))).toMatchObject({
        ok: false,
        text: expect.stringMatching(/^"\w+" cannot be changed: the disk may only be read\.$/),
      });
    expect(text(path)).toBe("x\n");
  });

  test("from which something goes to another takes nothing back: contents, links, permissions and times stay", async (context) => {
    using disk = onDisk(context, 4);
    const fill = (at: string) => {
      put(join(at, "inner/run.sh"), "run\n");
      chmodSync(join(at, "inner/run.sh"), 0o750);
      utimesSync(join(at, "inner/run.sh"), 1_000_000, 1_000_000);
      link(join(at, "link"), "inner/run.sh");
      mkdirSync(join(at, "empty"));
    };
    const check = (at: string) => {
      expect(readdirSync(at).toSorted()).toEqual(["empty", "inner", "link"]);
      expect(text(join(at, "inner/run.sh"))).toBe("run\n");
      expect(statSync(join(at, "inner/run.sh"))).toMatchObject({ mode: 0o100750, mtimeMs: 1_000_000_000 });
      expect(readlinkSync(join(at, "link"))).toBe("inner/run.sh");
    };
    fill(join(disk.path, "gone"));
    fill(join(disk.path, "moved"));
    put(join(disk.path, "file"), "one");
    const other = folder();
    const working = writing(disk.path, { roots: [disk.path, other] });
    await finish(remove, { path: "gone" }, working);
    check(join(working.trash, "s/files/gone"));
    await finish(move, { from: "moved", to: join(other, "a/moved") }, working);
    check(join(other, "a/moved"));
    await finish(move, { from: "file", to: join(other, "file") }, working);
    expect(text(join(other, "file"))).toBe("one");
    expect(readdirSync(disk.path)).toEqual([]);
    expect(working.changes.map(({ change }) => change)).toEqual(["deleted", "created", "moved", "moved"]);
  });

  test("that has no room for what comes from another: it stays where it is, and nothing is left behind", async (context) => {
    using disk = onDisk(context, 1);
    const cwd = folder();
    put(join(cwd, "folder/first"), "x".repeat(1000));
    put(join(cwd, "folder/second"), "x".repeat(3 * 1024 * 1024));
    const working = writing(cwd, { trash: join(disk.path, "trash"), roots: [cwd, disk.path] });
    const full = { ok: false, text: expect.stringContaining("the disk is full") };
    expect(await finish(remove, { path: "folder" }, working)).toMatchObject(full);
    expect(await finish(move, { from: "folder", to: join(disk.path, "moved") }, working)).toMatchObject(full);
    expect(readdirSync(join(cwd, "folder")).toSorted()).toEqual(["first", "second"]);
    expect(readdirSync(join(disk.path, "trash/s/files"))).toEqual([]);
    expect(readdirSync(join(disk.path, "trash/s/info"))).toEqual([]);
    expect(readdirSync(disk.path)).toEqual(["trash"]);
    expect(working.changes).toEqual([]);
  });

  test("to which not everything can go: nothing goes", async (context) => {
    using disk = onDisk(context, 1);
    put(join(disk.path, "folder/a"), "x");
    pipe(join(disk.path, "folder/pipe"));
    expect(await finish(remove, { path: "folder" }, writing(disk.path))).toMatchObject({
      ok: false,
      text: '"pipe" is a pipe: only files, folders and links are moved and deleted.',
    });
    expect(readdirSync(join(disk.path, "folder")).toSorted()).toEqual(["a", "pipe"]);
  });

  const meanwhile = [
    ["comes", "folder/inner/new"],
    ["is changed", "folder/inner/a"],
  ] as const;
  test.for(meanwhile)("to which something is copied: what %s meanwhile is not removed", async ([, name], context) => {
    using disk = onDisk(context, 1);
    put(join(disk.path, "folder/inner/a"), "x");
    const changing = () => Promise.resolve(void put(join(disk.path, name), "by somebody"));
    const { ok, text: said } = await finish(remove, { path: "folder" }, writing(disk.path, { changing }));
    expect([ok, said]).toEqual([false, expect.stringContaining("not all of it could be removed")]);
    expect(text(join(disk.path, name))).toBe("by somebody");
  });

  test("to which much goes: whoever says stop has all of it where it was", async (context) => {
    using disk = onDisk(context, 8);
    put(join(disk.path, "folder/large"), "x".repeat(6 * 1024 * 1024));
    const abort = new AbortController();
    const working = writing(disk.path, { signal: abort.signal });
    const running = finish(remove, { path: "folder" }, working);
    const files = join(working.trash, "s/files/folder");
    while (!existsSync(files)) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    expect(await running).toMatchObject({ ok: false, outcome: "interrupted" });
    expect(statSync(join(disk.path, "folder/large")).size).toBe(6 * 1024 * 1024);
    expect(existsSync(files)).toBe(false);
    expect(working.changes).toEqual([]);
  });
});

describe("permissions", () => {
  /** A folder of root's, for somebody who may look into it. */
  const closed = () => {
    const cwd = folder("/tmp");
    chmodSync(cwd, 0o755);
    put(join(cwd, "folder/file"), "x\n");
    return cwd;
  };
  const inputs = [
    ["write", { path: "folder/new", content: "y" }],
    ["write", { path: "new/deep", content: "y" }],
    ["edit", { path: "folder/file", edits }],
    ["move", { from: "folder/file", to: "folder/moved" }],
    ["move", { from: "folder", to: "moved" }],
    ["delete", { path: "folder/file" }],
    ["delete", { path: "folder" }],
  ] as const;
  test.each(inputs)("that are missing are said to be: %s %j", async (tool, input) => {
    const cwd = closed();
    expect(await asNobody(tool, cwd, input)).toContain(
      "cannot be changed: permission denied; ask the people here to let you change it, and its folder.",
    );
    expect(readdirSync(cwd)).toEqual(["folder"]);
    expect(readdirSync(join(cwd, "folder"))).toEqual(["file"]);
    expect(text(join(cwd, "folder/file"))).toBe("x\n");
  });

  test("of a file count though another could take its name: what may not be written is not replaced", async () => {
    const cwd = closed();
    chmodSync(join(cwd, "folder"), 0o777);
    chmodSync(join(cwd, "folder/file"), 0o444);
    expect(await asNobody("edit", cwd, { path: "folder/file", edits })).toContain("permission denied");
    expect(text(join(cwd, "folder/file"))).toBe("x\n");
    // Nothing else would have been in the way.
    chmodSync(join(cwd, "folder/file"), 0o666);
    const said = await asNobody("edit", cwd, { path: "folder/file", edits });
    expect(said).toContain("It now belongs to the user of this daemon: its owner could not be kept.");
    expect(text(join(cwd, "folder/file"))).toBe("y\n");
  });

  test.runIf(process.getuid?.() === 0)("of a file stay with its owner; the right to run as him does not", async () => {
    const cwd = folder();
    const path = seen(put(join(cwd, "tool"), "x\n"));
    execFileSync("chown", ["65534:65534", path]);
    chmodSync(path, 0o4755);
    await finish(write, { path: "tool", content: "y\n" }, writing(cwd));
    expect(lstatSync(path)).toMatchObject({ uid: 65_534, gid: 65_534, mode: 0o100755 });
  });
});

describe("a file of a gigabyte", () => {
  function huge(cwd: string): string {
    const path = join(cwd, "huge");
    const fd = openSync(path, "w");
    writeSync(fd, "x\n".repeat(100_000));
    ftruncateSync(fd, 1024 ** 3);
    closeSync(fd);
    return path;
  }

  test("is written over, moved and deleted in little memory; what it held is said not to be kept", async () => {
    const cwd = folder();
    const path = huge(cwd);
    const context = writing(cwd, { session: "huge" });
    await finish(read, { path: "huge", limit: 1 }, context);
    const before = process.memoryUsage.rss();
    const { text: said } = await finish(write, { path: "huge", content: "y\n" }, context);
    expect(said).toContain("What it held until now is not shown: 1.0 GB.");
    expect(context.changes).toMatchObject([
      { path, change: "edited", lost: "it held 1.0 GB, and no more than 64.0 MB is kept" },
    ]);
    huge(cwd);
    await finish(move, { from: "huge", to: "moved" }, context);
    await finish(remove, { path: "moved" }, context);
    expect(context.changes.slice(1)).toEqual([
      { path, change: "moved", to: join(cwd, "moved") },
      { path: join(cwd, "moved"), change: "deleted", to: join(context.trash, "huge/files/moved") },
    ] satisfies FileChange[]);
    expect(statSync(join(context.trash, "huge/files/moved")).size).toBe(1024 ** 3);
    expect(process.memoryUsage.rss() - before).toBeLessThan(192 * 1024 ** 2);
  });

  test("goes to another disk in little memory", async (context) => {
    using disk = onDisk(context, 300);
    const cwd = folder();
    const path = join(cwd, "large");
    const fd = openSync(path, "w");
    ftruncateSync(fd, 256 * 1024 ** 2);
    closeSync(fd);
    const working = writing(cwd, { trash: join(disk.path, "trash") });
    const before = process.memoryUsage.rss();
    expect(await finish(remove, { path: "large" }, working)).not.toHaveProperty("ok", false);
    expect(process.memoryUsage.rss() - before).toBeLessThan(128 * 1024 ** 2);
    expect(statSync(join(disk.path, "trash/s/files/large")).size).toBe(256 * 1024 ** 2);
  });

  test("is not edited, and what to do instead is said", async () => {
    const cwd = folder();
    huge(cwd);
    expect(await finish(edit, { path: "huge", edits }, writing(cwd))).toEqual({
      ok: false,
      text: '"huge" holds 1.0 GB; edit takes up to 10.0 MB: change it with Python or a command.',
    });
  });
});

import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ToolContext } from "../../packages/server/src/core/ports.ts";
import { find } from "../../packages/server/src/tools/find/index.ts";
import { ls } from "../../packages/server/src/tools/ls/index.ts";
import { finish } from "../conformance/tool.ts";
import { asNobody, folder, link, pipe, put, working } from "./place.ts";

const listing = (cwd: string, input: object = {}, more: Partial<ToolContext> = {}) =>
  finish(ls, input, working(cwd, more));
const finding = (cwd: string, pattern: string, input: object = {}, more: Partial<ToolContext> = {}) =>
  finish(find, { pattern, ...input }, working(cwd, more));
const named = async (cwd: string, pattern: string, input: object = {}) =>
  (await finding(cwd, pattern, input)).text.split("\n");

test("ls shows what each thing in a folder is, sorted as people look for it", async () => {
  const cwd = folder();
  for (const [name, bytes] of [
    ["b.txt", 1],
    ["A.txt", 0],
    ["c", 1536],
    ["D", 5_000_000],
  ] as const)
    put(join(cwd, name), "x".repeat(bytes));
  mkdirSync(join(cwd, "a"));
  put(join(cwd, ".hidden"), "");
  link(join(cwd, "link"), "../elsewhere");
  pipe(join(cwd, "pipe"));
  const server = createServer().listen(join(cwd, "socket"));
  await once(server, "listening");
  expect((await listing(cwd)).text.split("\n")).toEqual([
    ".hidden  0 bytes",
    "a/",
    "A.txt  0 bytes",
    "b.txt  1 bytes",
    "c  1.5 KB",
    "D  4.8 MB",
    "link -> ../elsewhere",
    "pipe  (pipe)",
    "socket  (socket)",
  ]);
  server.close();
});

test("a name cannot pretend to be several", async () => {
  const cwd = folder();
  put(join(cwd, "a\nb  1 bytes\n\u202ec"), "");
  const name = String.raw`"a\nb  1 bytes\n\u202ec"`;
  expect((await listing(cwd)).text).toBe(`${name}  0 bytes`);
  expect((await finding(cwd, "*")).text).toBe(name);
  link(join(cwd, "x"), "a\nb/");
  expect((await listing(cwd)).text.split("\n")).toEqual([`${name}  0 bytes`, String.raw`x -> "a\nb/"`]);
});

test("a long list ends where it was told to, and says so", async () => {
  const cwd = folder();
  for (let index = 0; index < 30; index++) put(join(cwd, `file ${10 + index}`), "");
  const { text } = await listing(cwd, { limit: 2 });
  expect(text).toBe(
    "file 10  0 bytes\nfile 11  0 bytes\n\n[2 of 30 names. See the others with find, or with a larger limit.]",
  );
  expect((await listing(cwd)).text.split("\n")).toHaveLength(30);
});

test("a folder of very many files is listed within its bounds", async () => {
  const cwd = folder();
  for (let index = 0; index < 21_000; index++) writeFileSync(join(cwd, `${"long name ".repeat(6)}${index}`), "");
  const { text } = await listing(cwd, { limit: 2000 });
  expect(Buffer.byteLength(text)).toBeLessThan(51 * 1024);
  expect(text).toMatch(/\[\d+ of more than 20000 names\./);
});

test("ls and find say what they cannot list", async () => {
  const cwd = folder();
  put(join(cwd, "file"), "");
  mkdirSync(join(cwd, "empty"));
  pipe(join(cwd, "pipe"));
  expect(await listing(cwd, { path: "empty" })).toEqual({ text: '("empty" is empty)' });
  for (const [path, says] of [
    ["file", "is a file and no folder; look into it with read"],
    ["pipe", "is a pipe"],
    ["nothing", 'There is no "nothing".'],
    ["fil", 'Did you mean "file"?'],
    ["..", "lies outside"],
  ] as const) {
    const said = { ok: false, text: expect.stringContaining(says) };
    expect(await listing(cwd, { path })).toMatchObject(said);
    expect(await finding(cwd, "*", { path })).toMatchObject(said);
  }
});

test("a folder that may not be read is said", async () => {
  const cwd = folder("/tmp");
  chmodSync(cwd, 0o755);
  put(join(cwd, "closed/x"), "");
  put(join(cwd, "open/y"), "");
  chmodSync(join(cwd, "closed"), 0);
  try {
    expect(await asNobody("ls", cwd, { path: "closed" })).toContain("cannot be opened: permission denied");
    expect(await asNobody("read", cwd, { path: "closed/x" })).toContain("cannot be opened: permission denied");
    const found = await asNobody("find", cwd, { pattern: "**" });
    expect(found).toBe('closed/\nopen/\nopen/y\n\n[1 could not be read, such as "closed/".]');
  } finally {
    chmodSync(join(cwd, "closed"), 0o755);
  }
});

test("find knows globs as people write them", async () => {
  const cwd = folder();
  for (const name of ["a.ts", "b.js", "src/c.ts", "src/deep/d.ts", "src/deep/e.test.ts", ".env", "src/[x].ts", "ü.ts"])
    put(join(cwd, name), "");
  const every = ["a.ts", "src/[x].ts", "src/c.ts", "src/deep/d.ts", "src/deep/e.test.ts", "ü.ts"];
  for (const [pattern, names] of [
    ["*.ts", every],
    ["**/*.ts", every],
    ["src/*.ts", ["src/[x].ts", "src/c.ts"]],
    ["src/**", ["src/[x].ts", "src/c.ts", "src/deep/", "src/deep/d.ts", "src/deep/e.test.ts"]],
    ["src/**/*.ts", every.slice(1, -1)],
    ["/*.ts", ["a.ts", "ü.ts"]],
    ["deep", ["src/deep/"]],
    ["*.{js,test.ts}", ["b.js", "src/deep/e.test.ts"]],
    ["[ab].?s", ["a.ts", "b.js"]],
    ["[!ab].ts", ["src/c.ts", "src/deep/d.ts", "ü.ts"]],
    ["\\[x\\].ts", ["src/[x].ts"]],
    [".env", [".env"]],
    ["A.TS", ['Nothing is named so in ".".']],
    ["{a", ['Nothing is named so in ".".']],
    ["?.ts", ["a.ts", "src/c.ts", "src/deep/d.ts", "ü.ts"]],
  ] as const)
    expect([pattern, await named(cwd, pattern)]).toEqual([pattern, names]);
});

test("names are given as other tools take them", async () => {
  const cwd = folder();
  put(join(cwd, "sub/a/x.ts"), "");
  expect(await named(cwd, "*.ts", { path: "sub" })).toEqual(["sub/a/x.ts"]);
  expect(await named(cwd, "a/*.ts", { path: "sub" })).toEqual(["sub/a/x.ts"]);
  const second = folder();
  put(join(second, "y.ts"), "");
  const { text } = await finding(cwd, "*.ts", { path: second }, { roots: [cwd, second] });
  expect(text).toBe(join(second, "y.ts"));
});

test("find leaves out what .gitignore names and what is the daemon's, follows no link, and ends", async () => {
  const cwd = folder();
  put(join(cwd, ".gitignore"), "node_modules\n*.log");
  for (const name of ["node_modules/x/y.ts", "a.log", "a.ts", "own/state/token.ts", ".git/z.ts"])
    put(join(cwd, name), "");
  link(join(cwd, "circle"), ".");
  link(join(cwd, "out"), "/");
  link(join(cwd, "sub.ts"), "a.ts");
  expect((await finding(cwd, "*.ts", {}, { hidden: [join(cwd, "own/state")] })).text).toBe("a.ts");
});

test("find stops at its limit, in the order of paths", async () => {
  const cwd = folder();
  for (let index = 99; index > 9; index--) put(join(cwd, `d${index % 7}/f${index}`), "");
  expect(await named(cwd, "f*", { limit: 3 })).toEqual([
    "d0/f14",
    "d0/f21",
    "d0/f28",
    "",
    "[The first 3: look in a smaller folder for the others.]",
  ]);
  expect(await named(cwd, "f*", { limit: 90 })).toHaveLength(90);
});

test("a very deep tree is walked to its end", async () => {
  const cwd = folder();
  mkdirSync(join(cwd, Array.from({ length: 150 }, () => "d").join("/")), { recursive: true });
  put(join(cwd, "z"), "");
  expect((await finding(cwd, "z")).text).toBe("z");
  expect((await finding(cwd, "d")).text.split("\n")).toHaveLength(150);
});

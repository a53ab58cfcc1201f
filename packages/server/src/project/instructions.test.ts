import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fileInstructions } from "./instructions.ts";

/** A folder of real files: a path that ends in "/" is a folder. */
function folderOf(files: Record<string, string | Buffer>): string {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "daimon-project-")));
  onTestFinished(() => rmSync(base, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(path.endsWith("/") ? join(base, path) : dirname(join(base, path)), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(join(base, path), text);
  }
  return base;
}

const told = async (cwd: string) => (await fileInstructions.of(cwd)).map(({ path, text }) => `${path}: ${text}`);

test("a project is read from its git root down to the session's folder, the nearest file last", async () => {
  const base = folderOf({
    "AGENTS.md": "above the project",
    "project/.git/": "",
    "project/AGENTS.md": "root",
    "project/web/src/AGENTS.md": "near",
    "project/web/src/deep/AGENTS.md": "below",
    "project/other/AGENTS.md": "beside",
  });
  expect(await told(join(base, "project/web/src"))).toEqual(["AGENTS.md: root", "web/src/AGENTS.md: near"]);
  expect(await told(join(base, "project"))).toEqual(["AGENTS.md: root"]);
});

test("without git a project is its folder alone", async () => {
  const base = folderOf({ "AGENTS.md": "above", "notes/AGENTS.md": "here" });
  expect(await told(join(base, "notes"))).toEqual(["AGENTS.md: here"]);
});

test("a repository within another is a project of its own", async () => {
  const base = folderOf({
    ".git/": "",
    "AGENTS.md": "outer",
    "lib/.git": "gitdir: elsewhere",
    "lib/AGENTS.md": "inner",
  });
  expect(await told(join(base, "lib"))).toEqual(["AGENTS.md: inner"]);
});

test("who keeps their home in git has projects in it all the same", async () => {
  const base = folderOf({ ".git/": "", "AGENTS.md": "home", "work/AGENTS.md": "work" });
  const before = process.env["HOME"];
  onTestFinished(() => void (process.env["HOME"] = before));
  process.env["HOME"] = base;
  expect(await told(join(base, "work"))).toEqual(["AGENTS.md: work"]);
});

test("CLAUDE.md is read only in a folder that has no AGENTS.md", async () => {
  const base = folderOf({ ".git/": "", "AGENTS.md": "a", "CLAUDE.md": "c", "sub/CLAUDE.md": "sub" });
  expect(await told(join(base, "sub"))).toEqual(["AGENTS.md: a", "sub/CLAUDE.md: sub"]);
});

test("an edit is known the next time", async () => {
  const base = folderOf({ "AGENTS.md": "old" });
  expect(await told(base)).toEqual(["AGENTS.md: old"]);
  writeFileSync(join(base, "AGENTS.md"), "new");
  expect(await told(base)).toEqual(["AGENTS.md: new"]);
});

test("a link is followed within the project, and said where it leads out of it, nowhere or in circles", async () => {
  const base = folderOf({ "secret.txt": "not for a model", "p/.git/": "", "p/docs/rules.md": "rules", "p/a/b/c/": "" });
  symlinkSync("docs/rules.md", join(base, "p/AGENTS.md"));
  symlinkSync("../../secret.txt", join(base, "p/a/AGENTS.md"));
  symlinkSync("nothing", join(base, "p/a/b/AGENTS.md"));
  symlinkSync("AGENTS.md", join(base, "p/a/b/c/AGENTS.md"));
  expect(await told(join(base, "p/a/b/c"))).toEqual([
    "AGENTS.md: rules",
    "a/AGENTS.md: [daimon does not read this file: it is a link that leads out of the project]",
    "a/b/AGENTS.md: [daimon does not read this file: it is a link that leads nowhere]",
    "a/b/c/AGENTS.md: [daimon does not read this file: it is a link that leads in circles]",
  ]);
});

test("a session that came through a link works in the project that the link leads to", async () => {
  const base = folderOf({ "real/.git/": "", "real/AGENTS.md": "real", "real/sub/": "", "other/AGENTS.md": "other" });
  symlinkSync("../real/sub", join(base, "other/way"));
  expect(await told(join(base, "other/way"))).toEqual(["AGENTS.md: real"]);
});

test("what is no text, too large or not to be opened is said and stops nothing", async () => {
  const base = folderOf({
    ".git/": "",
    "AGENTS.md": Buffer.from([0x41, 0, 0x42]),
    "a/AGENTS.md": Buffer.from([0x41, 0xff, 0x42]),
    "a/b/AGENTS.md": "x".repeat(256 * 1024 + 1),
    "a/b/c/AGENTS.md/": "",
    "a/b/c/d/": "",
  });
  execFileSync("mkfifo", [join(base, "a/b/c/d/AGENTS.md")]);
  const says = (path: string, why: string) => `${path}AGENTS.md: [daimon does not read this file: ${why}]`;
  expect(await told(join(base, "a/b/c/d"))).toEqual([
    says("", "it is binary"),
    says("a/", "it is not UTF-8 text"),
    says("a/b/", "it has 262145 bytes, and at most 262144 are read"),
    says("a/b/c/", "it is no file"),
    says("a/b/c/d/", "it is no file"),
  ]);
});

test("a file that its reader may not open is said", () => {
  const base = folderOf({ "AGENTS.md": "x" });
  chmodSync(join(base, "AGENTS.md"), 0);
  for (const folder of [base, dirname(base)]) chmodSync(folder, 0o711);
  // Root may open everything: what somebody else is told can only be seen as somebody else.
  const script = `
    const { fileInstructions } = await import(${JSON.stringify(new URL("instructions.ts", import.meta.url))});
    if (process.getuid() === 0) process.setuid(65534);
    console.log(JSON.stringify(await fileInstructions.of(${JSON.stringify(base)})));`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(JSON.parse(said)).toEqual([
    { path: "AGENTS.md", text: "[daimon does not read this file: permission denied]" },
  ]);
});

test("a folder that is gone has no instructions", async () => {
  expect(await told(join(folderOf({}), "gone"))).toEqual([]);
});

test("nothing that a person cannot see when they read the file reaches a model", async () => {
  const base = folderOf({ "AGENTS.md": "\ufeffbe kind\u{e0062}\u{e0061}\u{e0064}\u202e \u{1f468}\u200d\u{1f4bb}" });
  expect(await told(base)).toEqual(["AGENTS.md: be kind \u{1f468}\u200d\u{1f4bb}"]);
});

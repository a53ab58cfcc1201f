import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openScans } from "../../packages/server/src/changes/index.ts";
import type { Fence } from "../../packages/server/src/core/ports.ts";

/** How folders were before a command, and what is different after it: real files, and the git of this machine. */

type World = { work: string; state: string; fence: Fence; log: string[] };

function world(): World {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "daimon-scans-")));
  onTestFinished(() => rmSync(base, { recursive: true }));
  const [work, state] = [join(base, "work"), join(base, "work/.state")];
  for (const folder of [work, state]) mkdirSync(folder, { recursive: true });
  return { work, state, fence: { cwd: work, roots: [work], hidden: [state], trash: join(state, "trash") }, log: [] };
}

const scansOf = ({ state, log }: World, path = process.env["PATH"]) =>
  openScans({
    folder: join(state, "scans"),
    path,
    log: (_level, message, fields) => log.push(`${message} ${String(fields?.["error"])}`),
  });

/** What a piece of work changed, by the names below the folder. */
async function seen(given: World, work: () => void, path?: string, fence = given.fence) {
  const mark = await scansOf(given, path).mark(fence, new AbortController().signal);
  work();
  const { changed, unseen } = await mark.differences();
  const rows = changed.map(({ path: at, change, before, lost }) => {
    const held = before ? Buffer.from(before.bytes).toString("latin1") : (lost ?? "");
    return [`${change} ${at.slice(given.work.length + 1)}`, held] as const;
  });
  return { changed: Object.fromEntries(rows.toSorted(([a], [b]) => (a < b ? -1 : 1))), unseen };
}

const git = (cwd: string, ...args: string[]) =>
  execFileSync("git", ["-c", "user.name=Mia", "-c", "user.email=mia@example.org", ...args], { cwd, encoding: "utf8" });

function write(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text, "latin1");
  }
}

test("nothing that a hostile repository says is run or done to its files, and what they held is kept byte for byte", async () => {
  const given = world();
  const { work } = given;
  const marker = join(given.state, "marker");
  git(work, "init", "-q");
  const evil = `sh -c 'echo ran >> ${marker}; cat'`;
  const hook = join(work, ".git/hooks/post-index-change");
  write(work, {
    ".gitattributes":
      "[attr]all text eol=crlf ident filter=evil\n* filter=evil ident text eol=lf working-tree-encoding=ISO-8859-1\n",
    ".git/info/attributes": "* filter=evil\n",
    ".git/hooks/post-index-change": `#!/bin/sh\necho hook >> ${marker}\n`,
    "a.txt": "one\r\n$Id: x$\r\n\xff",
  });
  chmodSync(hook, 0o755);
  for (const [key, value] of Object.entries({
    "filter.evil.clean": evil,
    "filter.evil.required": "true",
    "core.fsmonitor": evil,
  }))
    git(work, "config", key, value);
  // It is hostile indeed: whoever runs git in it runs what it says.
  git(work, "-c", "core.fsmonitor=false", "add", "a.txt");
  expect(readFileSync(marker, "utf8")).toContain("ran");
  rmSync(marker);

  // Many of them are remembered in another way than few, and by that too as they are.
  write(work, Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`many/${i}.txt`, `${i}\r\n$Id$`])));
  const { changed } = await seen(given, () => write(work, { "a.txt": "two", "many/7.txt": "other" }));
  expect(changed).toEqual({ "edited a.txt": "one\r\n$Id: x$\r\n\xff", "edited many/7.txt": "7\r\n$Id$" });
  expect(existsSync(marker)).toBe(false);
  expect(given.log).toEqual([]);
});

test("what a repository lends under a name that it does not have is not taken for what a file held", async () => {
  const given = world();
  const { work } = given;
  git(work, "init", "-q");
  write(work, { "a.txt": "true\n" });
  git(work, "add", "-A");
  const blob = git(work, "hash-object", "a.txt").trim();
  write(work, { "lie.txt": "a lie\n" });
  const lie = git(work, "hash-object", "-w", "lie.txt").trim();
  rmSync(join(work, "lie.txt"));
  const objectOf = (name: string) => join(work, ".git/objects", name.slice(0, 2), name.slice(2));
  chmodSync(objectOf(blob), 0o644);
  writeFileSync(objectOf(blob), readFileSync(objectOf(lie)));
  const { changed } = await seen(given, () => write(work, { "a.txt": "changed\n" }));
  expect(changed).toEqual({ "edited a.txt": "what it held cannot be read any more" });
});

test("a change is seen though size and time are as before, and though it comes in the moment of the comparison", async () => {
  const given = world();
  write(given.work, { "a.txt": "0000" });
  const scans = scansOf(given);
  for (let time = 1; time <= 40; time++) {
    const [was, now] = [`${1000 + time - 1}`, `${1000 + time}`];
    writeFileSync(join(given.work, "a.txt"), was);
    const mark = await scans.mark(given.fence, new AbortController().signal);
    const { atime, mtime } = statSync(join(given.work, "a.txt"));
    writeFileSync(join(given.work, "a.txt"), now);
    utimesSync(join(given.work, "a.txt"), atime, mtime);
    const { changed } = await mark.differences();
    expect(changed.map(({ before }) => before && Buffer.from(before.bytes).toString())).toEqual([was]);
  }
});

test("what is not looked at is said: ignored, too large, a repository of its own; and never the daemon's own folders", async () => {
  const given = world();
  const { work } = given;
  write(work, {
    ".gitignore": "node_modules/\n*.log\n",
    "node_modules/x.js": "1",
    "big.bin": "x".repeat(6 * 1024 * 1024),
    "kept.bin": "y".repeat(6 * 1024 * 1024),
    "theirs/a.txt": "a",
    ".state/token": "secret",
  });
  git(join(work, "theirs"), "init", "-q");
  const { changed, unseen } = await seen(given, () => {
    write(work, { "node_modules/x.js": "2", "some.log": "log", "theirs/a.txt": "b", ".state/token": "other" });
    appendFileSync(join(work, "big.bin"), "more");
    rmSync(join(work, ".gitignore"));
    symlinkSync("big.bin", join(work, "link"));
  });
  expect(changed).toMatchObject({
    "edited big.bin": "it was larger than 5 MB",
    "deleted .gitignore": "node_modules/\n*.log\n",
    "created link": "",
  });
  expect(Object.keys(changed).join(" ")).not.toMatch(/kept|token|theirs/);
  expect(unseen).toEqual(["theirs/ is not looked into: it is a repository of its own"]);
  write(work, { ".gitignore": "node_modules/\n" });
  const scans = scansOf(given);
  await scans.mark(given.fence, new AbortController().signal);
  expect(await scans.unseen(given.fence)).toEqual(["what .gitignore names is not looked at: node_modules/"]);
});

test("in a folder of a repository its .gitignore above counts, and nothing beside the folder is looked at", async () => {
  const given = world();
  const { work } = given;
  git(work, "init", "-q");
  write(work, { ".gitignore": "*.tmp\n", "inner/a.txt": "a", "beside.txt": "b" });
  const inner = join(work, "inner");
  const fence = { ...given.fence, cwd: inner, roots: [inner, join(inner, "deeper")] };
  const { changed } = await seen(
    given,
    () => write(work, { "inner/a.txt": "A", "inner/b.tmp": "t", "inner/deeper/c.txt": "c", "beside.txt": "B" }),
    undefined,
    fence,
  );
  expect(changed).toEqual({ "edited inner/a.txt": "a", "created inner/deeper/c.txt": "" });
});

test("without git it is only told which files changed", async () => {
  const given = world();
  write(given.work, { "a.txt": "a", "b.txt": "b", "node_modules/x.js": "1" });
  const { changed } = await seen(
    given,
    () => {
      write(given.work, { "a.txt": "A", "new/c.txt": "c", "node_modules/x.js": "2" });
      rmSync(join(given.work, "b.txt"));
    },
    "/nowhere",
  );
  const lost = "git is not installed, so what files held before a command is not kept";
  expect(changed).toEqual({ "edited a.txt": lost, "deleted b.txt": lost, "created new/c.txt": "" });
});

test("a git that lies in the session's folder is nobody's git", async () => {
  const given = world();
  const { work } = given;
  write(work, { "bin/git": "#!/bin/sh\necho ran > ran.txt\n", "a.txt": "a" });
  chmodSync(join(work, "bin/git"), 0o755);
  const { changed } = await seen(
    given,
    () => write(work, { "a.txt": "A" }),
    `${join(work, "bin")}:${process.env["PATH"]}`,
  );
  expect(changed).toEqual({ "edited a.txt": "a" });
});

test("where there is too much to compare, the command goes on without, and it is said", async () => {
  const given = world();
  const bin = join(dirname(given.work), "bin");
  const calls = join(bin, "calls");
  write(bin, {
    git: `#!/bin/sh\necho "$1" >> ${calls}\n[ "$1" = ls-files ] && i=0 && while [ $i -lt 60000 ]; do printf 'f%s\\0' $i; i=$((i+1)); done\nexit 0\n`,
  });
  chmodSync(join(bin, "git"), 0o755);
  write(given.work, { "a.txt": "a" });
  const scans = scansOf(given, bin);
  for (let time = 0; time < 2; time++) {
    const mark = await scans.mark(given.fence, new AbortController().signal);
    const { changed, unseen } = await mark.differences();
    expect(changed).toEqual([]);
    expect(unseen).toEqual([expect.stringContaining("too large to be compared each time")]);
  }
  // Left alone for a while: nobody waits for it at each command.
  expect(
    readFileSync(calls, "utf8")
      .split("\n")
      .filter((line) => line === "ls-files"),
  ).toHaveLength(1);
});

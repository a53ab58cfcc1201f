import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { policyFor } from "./profile.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "seatbelt-")));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** It is a text here: whether macOS does what it says is for a Mac to try. */
it("a policy denies all but what is named, what runs by itself outside, what is hidden, and the network", async () => {
  const root = join(folder, 'a "quoted" \\ root');
  await mkdir(join(root, ".git/hooks"), { recursive: true });
  await writeFile(join(root, ".git/config"), "");
  await mkdir(join(root, "deep/state"), { recursive: true });
  const policy = policyFor({ writable: [root], readable: ["/nowhere"], hidden: [join(root, "deep/state")] });
  const quoted = (path: string) => JSON.stringify(join(root, path));
  const lines = policy.trimEnd().split("\n");
  expect(lines.slice(0, 2)).toEqual(["(version 1)", "(deny default)"]);
  expect(lines.at(-1)).toBe("(deny network*)");
  const at = (words: string) => lines.findIndex((line) => line.includes(words));
  const writable = at(`(subpath ${JSON.stringify(root)})`);
  expect(lines[writable]).toMatch(/^\(allow file-read\* file-write\*/);
  // The last rule that speaks of a path holds.
  for (const path of [".git/config", ".git/hooks"]) {
    expect(lines[at(quoted(path))]).toMatch(/^\(deny file-write\*/);
    expect(at(quoted(path))).toBeGreaterThan(writable);
  }
  expect(lines[at(`(literal ${quoted(".git")})`)]).toMatch(/^\(deny file-write-unlink/);
  expect(lines[at(`(subpath ${quoted("deep/state")})`)]).toMatch(/^\(deny file-read\* file-write\*/);
  expect(lines[at(`(literal ${quoted("deep")})`)]).toMatch(/^\(deny file-write-unlink/);
  expect(policy).not.toContain("/nowhere");
});

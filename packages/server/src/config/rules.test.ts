import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KeptRule } from "../core/ports.ts";
import { openRules } from "./rules.ts";

let folder: string;
const file = () => join(folder, "rules.toml");
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "daimon-rules-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const rule = (name: string, more: Partial<KeptRule> = {}): KeptRule => ({
  rule: name,
  tool: "bash",
  allow: true,
  at: 1,
  by: "ann",
  ...more,
});
const hostile = 'a"\n[[rules]]\nrule = "b"\u0001\\';

test("there are none where nobody kept one, and what was kept is there for the next daemon, whatever its words are", async () => {
  expect(await openRules(folder).kept()).toEqual([]);
  const kept = [
    rule("one", { commands: [["npm", "test"], [hostile]], project: `/home/ann/${hostile}` }),
    rule("two", { input: "a".repeat(64), allow: false, by: hostile }),
    rule("three", { ask: true, allow: false }),
  ];
  for (const each of kept) await openRules(folder).keep(each);
  expect(await openRules(folder).kept()).toEqual(kept);
});

test("nobody else may read it", async () => {
  await openRules(folder).keep(rule("one"));
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test("many kept at once are all kept, and one of the same name replaces the one before", async () => {
  const rules = openRules(folder);
  await Promise.all(Array.from({ length: 20 }, (_, at) => rules.keep(rule(`r${at}`))));
  await rules.keep(rule("r3", { allow: false }));
  const kept = await rules.kept();
  expect(kept).toHaveLength(20);
  expect(kept.at(-1)).toMatchObject({ rule: "r3", allow: false });
});

test("one that is revoked is gone, the others stay, and of one that is not there it is said", async () => {
  const rules = openRules(folder);
  for (const name of ["one", "two"]) await rules.keep(rule(name));
  expect(await rules.revoke("one")).toBe(true);
  expect(await rules.revoke("one")).toBe(false);
  expect((await rules.kept()).map((kept) => kept.rule)).toEqual(["two"]);
});

test("what a person wrote there counts as it stands now", async () => {
  const rules = openRules(folder);
  await rules.kept();
  writeFileSync(
    file(),
    '[[rules]]\nrule = "mine"\ntool = "bash"\ncommands = [["git", "push"]]\nallow = false\nask = true\nat = 0\nby = "ann"\n',
  );
  expect(await rules.kept()).toMatchObject([{ rule: "mine", ask: true }]);
});

test.for([
  ["no TOML", "rules = ["],
  ["a word nobody knows", '[[rules]]\nrule = "a"\ntool = "t"\nalow = true\nat = 0\nby = "x"\n'],
  ["a rule for nothing", '[[rules]]\nrule = "a"\nallow = true\nat = 0\nby = "x"\n'],
  ["a command of no words", '[[rules]]\nrule = "a"\ntool = "t"\ncommands = [[]]\nallow = true\nat = 0\nby = "x"\n'],
] as const)("a file that cannot be used holds nothing, says so, and is not written over: %s", async ([, text]) => {
  writeFileSync(file(), text);
  const rules = openRules(folder);
  await expect(rules.kept()).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining("rules.toml") });
  await expect(rules.keep(rule("one"))).rejects.toMatchObject({ code: "invalid" });
  expect(readFileSync(file(), "utf8")).toBe(text);
  writeFileSync(file(), "");
  await rules.keep(rule("one"));
  expect(await rules.kept()).toHaveLength(1);
});

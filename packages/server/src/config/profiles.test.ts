import { expect, test } from "vitest";
import { handedIn, handedOn, withProfiles } from "./profiles.ts";

const tools = ["python", "get_repr"];
const careful = { model: "work/large", tools: ["python"], limits: { steps: 3 }, instructions: 'Say "x".\nNo tabs.' };

test("what is handed on comes in as it was, between all else that stands in the file", () => {
  const given = handedOn("careful", careful);
  expect(handedIn(given, tools)).toEqual({ careful });
  const own = "# mine\nmodel = 'a/b' # for now\n\n[limits]\nsteps = 5 # few\n";
  const next = withProfiles("f", own, handedIn(given, tools), false);
  expect(next.startsWith(own)).toBe(true);
  expect(withProfiles("f", "", { careful }, false)).toContain("[profiles.careful]");
});

test("a profile that is there is replaced only where somebody insists, and what stands around it stays", () => {
  const own =
    "[profiles.careful]\nmodel = 'a/b'\n[profiles.careful.limits]\nsteps = 9\n\n# of all\n[limits]\nsteps = 5\n";
  expect(() => withProfiles("f", own, { careful }, false)).toThrow('there is a profile "careful" already; --force');
  const next = withProfiles("f", own, { careful }, true);
  expect(next.startsWith("\n# of all\n[limits]\nsteps = 5\n\n[profiles.careful]\n")).toBe(true);
  expect(next).not.toContain("a/b");
  expect(() => withProfiles("f", "profiles.careful.model = 'a/b'\n", { careful }, true)).toThrow("edit f");
  expect(() => withProfiles("f", "modle = 1\n", { careful }, true)).toThrow("f:1: modle is not known");
});

test.each([
  ["[profiles.x]\nkey = '$A'", 2, "profiles.x.key may stand in your own config.toml only: it is about keys"],
  ["[profiles.x]\n[providers.y]\nurl = 'http://evil'", 2, "providers may stand in your own config.toml only"],
  ["trust = ['/']\n[profiles.x]", 1, "trust may stand in your own config.toml only"],
  ["[profiles.x]\n\ncommand = 'rm'", 3, "profiles.x.command may stand in your own config.toml only"],
  ["[profiles.x]\ntemprature = 1", 2, 'profiles.x.temprature is not known; did you mean "temperature"?'],
  ["[profiles.x]\ntools = ['pyhton']", 2, 'profiles.x.tools.0 is no tool: "pyhton"; did you mean "python"?'],
  ["[profiles.x]\ntools = ['zzz']", 2, 'profiles.x.tools.0 is no tool: "zzz"; there are: python, get_repr'],
  ["[profiles.'a b']", 1, "profiles.a b is no name for a profile"],
  ["version = 2", 1, "version is 2, and this daimon reads 1; update daimon"],
])("%j is not taken, and its line is named", (text, line, says) => {
  expect(() => handedIn(text, tools)).toThrow(`profile:${line}: ${says}`);
});

import type { Mode, Rule } from "@daimon/protocol";
import { expect, test } from "vitest";
import { verdict, type Weighed } from "./policy.ts";
import type { Judgement, Prefix } from "./ports.ts";

const modes: Mode[] = ["read-only", "ask", "auto-edit", "full-auto"];
const plain: Judgement = { is: "plain", commands: [["npm", "test"]] };
const call: Omit<Weighed, "mode"> = {
  tool: "t",
  touches: "world",
  input: "0".repeat(64),
  rules: [],
  covers: (prefixes, commands) =>
    commands.every((words) => prefixes.some((prefix) => prefix.every((word, at) => word === words[at]))),
  rulesFor: (commands) => commands.map((words) => words.slice(0, 2) as unknown as Prefix),
  sealed: false,
  confines: false,
};
const across = (given: Partial<Weighed>) => modes.map((mode) => verdict({ ...call, ...given, mode }).is);
const held = { confines: true };
const rule = (allow: boolean, more: Partial<Rule> = {}): Rule => ({ rule: "r", tool: "t", allow, ...more });

test("what is asked, by what a tool touches, in read-only, ask, auto-edit and full-auto", () => {
  expect(across({ touches: "nothing" })).toEqual(["allow", "allow", "allow", "allow"]);
  expect(across({ touches: "files" })).toEqual(["deny", "ask", "allow", "allow"]);
  expect(across({ touches: "world", ...held })).toEqual(["deny", "ask", "ask", "allow"]);
});

test("without a sandbox that holds no mode lets a command run by itself", () => {
  expect(across({ touches: "world" })).toEqual(["deny", "ask", "ask", "ask"]);
  expect(across({ touches: "world", judgement: plain })).toEqual(["deny", "ask", "ask", "ask"]);
});

test("a cell of the assistant: free in sealed Python, asked in every mode where nothing holds Python back", () => {
  const python = { touches: "python" } as const;
  expect(across({ ...python, sealed: true })).toEqual(["deny", "allow", "allow", "allow"]);
  expect(across(python)).toEqual(["deny", "ask", "ask", "ask"]);
  expect(across({ ...python, rules: [rule(true)] })).toEqual(["deny", "ask", "ask", "ask"]);
  expect(across({ ...python, ...held })).toEqual(["deny", "ask", "ask", "allow"]);
});

const destructive: Judgement = { is: "destructive", why: "it deletes", safer: "git stash" };
const everything = { ...held, rules: [rule(true), rule(true, { input: call.input })] };

test("what cannot be taken back or read is asked in every mode, whatever rules allow", () => {
  expect(across({ ...everything, judgement: destructive })).toEqual(["deny", "ask", "ask", "ask"]);
  expect(across({ ...everything, judgement: { is: "unreadable", why: "no" } })).toEqual(["deny", "ask", "ask", "ask"]);
  expect(verdict({ ...call, ...everything, judgement: destructive, mode: "ask" })).toEqual({
    is: "ask",
    why: "it deletes",
    safer: "git stash",
  });
});

test("what a rule forbids goes before all that allows or asks, and holds for what only looks, too", () => {
  const rules = [rule(false, { rule: "no" }), rule(true)];
  for (const touches of ["nothing", "files", "world", "python"] as const)
    expect(across({ touches, ...held, rules })).toEqual(["deny", "deny", "deny", "deny"]);
  expect(across({ judgement: destructive, rules })).toEqual(["deny", "deny", "deny", "deny"]);
  expect(across({ ...held, rules: [rule(false, { tool: "other" })] })).toEqual(["deny", "ask", "ask", "allow"]);
});

test("a rule against a command forbids each line that runs it, and a line nobody can tell of is asked", () => {
  const rules = [rule(false, { commands: [["npm", "test"]] }), rule(true)];
  expect(across({ ...held, rules, judgement: plain })).toEqual(["deny", "deny", "deny", "deny"]);
  expect(across({ ...held, rules, judgement: { is: "unclear", why: "$" } })).toEqual(["deny", "ask", "ask", "ask"]);
  const other: Judgement = { is: "plain", commands: [["npm", "ls"]] };
  expect(across({ ...held, rules, judgement: other })).toEqual(["deny", "allow", "allow", "allow"]);
});

test("a rule that wants people to be asked goes before one that allows", () => {
  const rules = [rule(true), rule(false, { ask: true })];
  expect(across({ ...held, rules })).toEqual(["deny", "ask", "ask", "ask"]);
});

test("a rule allows its commands and its very input also where nothing holds, and a whole tool only where something does", () => {
  expect(across({ rules: [rule(true, { commands: [["npm", "test"]] })], judgement: plain })).toEqual([
    "deny",
    "allow",
    "allow",
    "allow",
  ]);
  const unclear: Judgement = { is: "unclear", why: "$" };
  expect(across({ rules: [rule(true, { commands: [["npm"]] })], judgement: unclear })).toEqual([
    "deny",
    "ask",
    "ask",
    "ask",
  ]);
  expect(across({ rules: [rule(true, { input: call.input })], judgement: unclear })[1]).toBe("allow");
  expect(across({ rules: [rule(true, { input: "1".repeat(64) })], judgement: unclear })[1]).toBe("ask");
  expect(across({ rules: [rule(true)] })[1]).toBe("ask");
  expect(across({ rules: [rule(true)], ...held })[1]).toBe("allow");
  expect(across({ rules: [rule(true)], touches: "files" })[1]).toBe("allow");
});

test("what an answer for more than once would be about: the words of plain commands, the very input of others, the tool", () => {
  const offered = (given: Partial<Weighed>) => {
    const said = verdict({ ...call, ...given, mode: "ask" });
    return said.is === "ask" ? said.rule : said;
  };
  expect(offered({ judgement: plain })).toEqual({ tool: "t", commands: [["npm", "test"]] });
  expect(offered({ judgement: { is: "unclear", why: "$" } })).toEqual({ tool: "t", input: call.input });
  expect(offered({ touches: "files" })).toEqual({ tool: "t" });
  expect(offered({ touches: "python" })).toBeUndefined();
  expect(offered({ judgement: destructive })).toBeUndefined();
});

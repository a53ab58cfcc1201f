import type { Method, Mode, ParamsOf, Role, Rule } from "@daimon/protocol";
import { commands } from "@daimon/protocol/schema";
import { expect, test } from "vitest";
import { Story } from "../../../../tests/core/story.ts";
import { atLeast, roleFor, roleToAnswer, verdict, type Weighed } from "./policy.ts";
import type { Judgement, Prefix } from "./ports.ts";

const s = { sessionId: "s" };
const here = { cwd: "/home/ann" };

test("roles are a ladder", () => {
  const ladder: Role[] = ["observe", "operate", "approve", "admin"];
  const held = ladder.map((has) => ladder.filter((needed) => atLeast(has, needed)));
  expect(held).toEqual([["observe"], ["observe", "operate"], ["observe", "operate", "approve"], ladder]);
});

test("an approval takes one who may approve; a line, a choice or a result one who may operate", () => {
  expect(roleToAnswer("approval")).toBe("approve");
  for (const kind of ["stdin", "choice", "result"] as const) expect(roleToAnswer(kind)).toBe("operate");
});

type Case<M extends Method> = [why: string, method: M, params: ParamsOf<M>, configured: Mode, needs: Role];
const roles: (
  | Case<"session/create">
  | Case<"session/update">
  | Case<"session/kernel">
  | Case<"session/capability">
  | Case<"session/trust">
)[] = [
  ["making a session", "session/create", here, "ask", "operate"],
  ["making one in the configured mode", "session/create", { ...here, mode: "ask" }, "ask", "operate"],
  ["making one in a stricter mode", "session/create", { ...here, mode: "read-only" }, "ask", "operate"],
  ["making one in a freer mode", "session/create", { ...here, mode: "auto-edit" }, "ask", "approve"],
  ["making one with more folders", "session/create", { ...here, roots: [] }, "ask", "approve"],
  ["making one with a runtime", "session/create", { ...here, runtime: "x" }, "full-auto", "approve"],
  ["a new title", "session/update", { ...s, title: "t" }, "ask", "operate"],
  ["a stricter mode", "session/update", { ...s, mode: "read-only" }, "ask", "operate"],
  ["a freer mode", "session/update", { ...s, mode: "full-auto" }, "auto-edit", "approve"],
  ["the freest mode where it is configured", "session/update", { ...s, mode: "full-auto" }, "full-auto", "operate"],
  ["another folder", "session/update", { ...s, cwd: "/" }, "ask", "approve"],
  ["more folders", "session/update", { ...s, roots: ["/"] }, "ask", "approve"],
  ["trusting a project", "session/trust", { ...s, folder: "/" }, "full-auto", "approve"],
  ["another runtime", "session/update", { ...s, runtime: "x" }, "ask", "approve"],
  ["looking", "session/capability", { ...s, name: "get_repr", arg: "x" }, "ask", "observe"],
  [
    "looking in a way that somebody added",
    "session/capability",
    { ...s, name: "x.columns", arg: "x" },
    "ask",
    "operate",
  ],
  ["starting Python afresh", "session/kernel", { ...s, action: "restart" }, "ask", "operate"],
  ["starting another", "session/kernel", { ...s, action: "restart", runtime: "x" }, "full-auto", "approve"],
];

test.for(roles)("%s: who may", ([, method, params, configured, needs]) => {
  expect(roleFor(method, params, undefined, configured)).toBe(needs);
});

test("an answer needs the role of its ask", () => {
  const story = new Story().created();
  story.turn();
  const call = story.call();
  story.endStep();
  const approval = story.ask(call);
  const stdin = story.stdin(story.cell());
  const needs = (askId: number) => roleFor("session/answer", { ...s, askId }, story.view, "ask");
  expect([needs(approval), needs(stdin), needs(99)]).toEqual(["approve", "operate", "operate"]);
});

test("every other command needs what its row says", () => {
  const methods = (Object.keys(commands) as Method[]).filter(
    (method) => !["session/create", "session/update", "session/capability", "session/answer"].includes(method),
  );
  for (const method of methods)
    expect(roleFor(method, s as ParamsOf<typeof method>, undefined, "ask")).toBe(commands[method].least);
});

// ---- what the assistant may do --------------------------------------------------------------------------------

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

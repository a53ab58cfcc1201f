import type { Method, Mode, ParamsOf, Role } from "@daimon/protocol";
import { commands } from "@daimon/protocol/schema";
import { expect, test } from "vitest";
import { Story } from "../../../../tests/core/story.ts";
import { atLeast, roleFor, roleToAnswer } from "./roles.ts";

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

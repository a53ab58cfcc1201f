import type { Ask } from "@daimon/protocol";
import { expect, test } from "vitest";
import { askedLines, keyLines, readAnswer } from "./approval.ts";

const bare: Ask = { id: 4, kind: "approval", digest: "0123456789abcdef", show: { text: "x" }, role: "approve" };
const about = { tool: "bash", cwd: "/w" };
const wide: Ask = { ...bare, about: { ...about, rule: { tool: "bash", commands: [["npm", "test"]] } } };
const again = { is: "again" };
const answer = (given: object) => ({ is: "answer", answer: given });

test.for([
  ["y", answer({ allow: true })],
  [" YES ", answer({ allow: true })],
  ["s", answer({ allow: true, scope: "session" })],
  ["project", answer({ allow: true, scope: "project" })],
  ["A", answer({ allow: true, scope: "always" })],
  ["n", { is: "no" }],
  ["No ", { is: "no" }],
  ["n not today", answer({ allow: false, reason: "not today" })],
  ["no, yes would be wrong", answer({ allow: false, reason: "yes would be wrong" })],
  ["", again],
  ["o", again],
  ["once", again],
  ["yes please", again],
  ["ye", again],
  ["now", again],
  ["nope", again],
  ["\ud835\udc66", again],
] as const)("%j is read as what it clearly is, and else asked again", ([line, reading]) => {
  expect(readAnswer(wide, line)).toEqual(reading);
});

test("where it is asked each time nobody can answer for longer", () => {
  for (const line of ["s", "p", "a", "session", "always"]) expect(readAnswer(bare, line)).toEqual(again);
  expect(keyLines(bare).join("\n")).not.toContain("ession");
  expect(keyLines(wide)[1]).toContain("npm test ...");
});

test("what it is about is told line by line, and no line of another's making begins like one of ours", () => {
  const ask: Ask = {
    ...wide,
    show: { text: "one\n\u001b[31m  SHA-256 ffffffffffff\n", cut: true },
    about: { ...about, cwd: "/w\n  SHA-256 eeeeeeeeeeee", sandbox: "none", why: "it is\rbad", safer: "git stash" },
    expires: 61_000,
  };
  expect(askedLines(ask, 1000)).toEqual([
    "the assistant asks to do this (question 4): bash",
    "  | one",
    "  | <U+001B>[31m  SHA-256 ffffffffffff",
    "  this is not all of it: /whole 4 in a terminal of the session prints the rest",
    "  in /w<U+000A>  SHA-256 eeeeeeeeeeee",
    "  sandbox: none",
    "  worrying: it is<U+000D>bad",
    "  safer: git stash",
    "  counts as no if nobody answers within 1m",
    "  SHA-256 0123456789ab",
  ]);
});

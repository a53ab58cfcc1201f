import type { Covered, ToldRule } from "@daimon/protocol";
import { shortId } from "../open.ts";
import { ago } from "./ago.ts";

/** What a rule is about, and where it holds, in words. */

const wordsAtMost = 200;

export function coverWords({ tool, commands, input }: Covered): string {
  if (commands) return commands.map((words) => `${words.join(" ")} ...`).join(", ");
  return input === undefined ? `whatever ${tool} does` : `this very ${tool}, letter for letter`;
}

export const ruleHeads = ["rule", "says", "what", "where", "since", "by"];

export function ruleRow(rule: ToldRule, now: number): string[] {
  const what = coverWords(rule);
  return [
    rule.rule,
    rule.ask ? "ask" : rule.allow ? "yes" : "no",
    what.length > wordsAtMost ? `${what.slice(0, wordsAtMost)}...` : what,
    rule.holds === "project" ? (rule.project ?? "") : { session: "this session", always: "everywhere" }[rule.holds],
    ago(now - rule.at),
    rule.by,
  ];
}

/** Whose rule it is has to be said when it is taken back. */
export const revocation = (rule: ToldRule, sessionId: string | undefined) => ({
  rule: rule.rule,
  ...(rule.holds === "session" && sessionId !== undefined ? { sessionId } : {}),
});

export const noRules = (sessionId: string | undefined): string =>
  sessionId === undefined
    ? 'no rules are kept; "daimon approvals --session SESSION" tells those of a session, too'
    : `no rules are kept, and session ${shortId(sessionId)} has none`;

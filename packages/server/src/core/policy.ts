import type { Covered, Mode, Rule } from "@daimon/protocol";
import type { Guard, Judgement, Prefix, Touches } from "./ports.ts";

/** What the assistant may do without asking. */

export type Verdict =
  /** A look needs nothing that lets it. */
  | { is: "allow"; because?: string }
  | { is: "deny"; why: string }
  /** `rule`: what an answer for more than once would be about; without it this is asked each time. */
  | { is: "ask"; why?: string; safer?: string; rule?: Covered };

/** What is to be decided about: one call, and everything that has a say in it. */
export type Weighed = {
  tool: string;
  touches: Touches;
  /** The SHA-256 of its input. */
  input: string;
  mode: Mode;
  rules: readonly Rule[];
  /** What reading its command told, where it is one. */
  judgement?: Judgement | undefined;
  covers: Guard["covers"];
  rulesFor: Guard["rulesFor"];
  /** Its Python reaches nothing of the host. */
  sealed: boolean;
  /** Its sandbox holds. */
  confines: boolean;
};

/**
 * What policy says of a call, before anybody is asked: what forbids goes before what worries, that before what asks, that before what
 * allows, and the mode decides the rest. The sandbox is the boundary; this only decides who is asked.
 */
export function verdict(call: Weighed): Verdict {
  const { touches, mode, judgement } = call;
  const denials = call.rules.filter((rule) => !rule.allow && !rule.ask && mayBeAbout(rule, call));
  const denial = denials.find((rule) => surely(rule, call));
  if (denial) return { is: "deny", why: `the rule ${denial.rule} forbids it` };
  if (touches === "nothing") return { is: "allow" };
  if (mode === "read-only")
    return { is: "deny", why: "the assistant is read-only here: looking is allowed, changing is not" };
  if (judgement?.is === "destructive" || judgement?.is === "unreadable") return { is: "ask", ...worry(judgement) };
  const [denied] = denials;
  if (denied) return { is: "ask", why: `it cannot be told whether the rule ${denied.rule} forbids it` };
  // Unsealed Python can do whatever the person can, in any mode: only a sandbox that holds changes that.
  if (touches === "python" && call.sealed) return { is: "allow", because: "this Python is sealed" };
  if (touches === "python" && !call.confines) return { is: "ask" };
  const asks = call.rules.find((rule) => rule.ask && mayBeAbout(rule, call));
  if (asks) return { is: "ask", why: `the rule ${asks.rule} wants that people are asked` };
  return allowed(call) ?? { is: "ask", ...worry(judgement), rule: ruleFor(call) };
}

function allowed(call: Weighed): Verdict | undefined {
  const rules = call.rules.filter(({ allow, tool }) => allow && tool === call.tool);
  const same = rules.find(({ input }) => input === call.input);
  if (same) return { is: "allow", because: `rule ${same.rule}` };
  const { judgement } = call;
  const forCommands = rules.filter(({ commands }) => commands !== undefined);
  if (judgement?.is === "plain" && call.covers(prefixesOf(forCommands), judgement.commands))
    return { is: "allow", because: `rule ${forCommands.map(({ rule }) => rule).join(", ")}`.slice(0, 300) };
  // What nobody read before runs by itself only where something holds it.
  const byItself = call.touches === "files" || call.confines;
  const forAll = rules.find(({ commands, input }) => commands === undefined && input === undefined);
  if (forAll && byItself) return { is: "allow", because: `rule ${forAll.rule}` };
  const free = call.mode === "full-auto" || (call.mode === "auto-edit" && call.touches === "files");
  return free && byItself ? { is: "allow", because: `the mode ${call.mode}` } : undefined;
}

const prefixesOf = (rules: readonly Rule[]): Prefix[] =>
  rules.flatMap(({ commands = [] }) => commands as unknown as Prefix[]);

/** Whether a rule against something may be about this call. Of a line that is not plain nobody can tell. */
function mayBeAbout(rule: Rule, call: Weighed): boolean {
  if (rule.tool !== call.tool) return false;
  if (rule.input !== undefined) return rule.input === call.input;
  return rule.commands === undefined || call.judgement?.is !== "plain" || surely(rule, call);
}

/** Any one command that begins with its words is enough to forbid a line. */
function surely({ commands }: Rule, { judgement }: Weighed): boolean {
  if (commands === undefined) return true;
  if (judgement?.is !== "plain") return false;
  return judgement.commands.some((words) => commands.some((prefix) => prefix.every((word, at) => word === words[at])));
}

const worry = (judgement: Judgement | undefined): { why?: string; safer?: string } =>
  judgement === undefined || judgement.is === "plain"
    ? {}
    : { why: judgement.why, ...("safer" in judgement ? { safer: judgement.safer } : {}) };

/** What would let this run again: all that the tool does, the same commands, or the very same input. */
function ruleFor({ tool, touches, input, judgement, rulesFor }: Weighed): Covered {
  if (judgement?.is === "plain") return { tool, commands: rulesFor(judgement.commands).map((words) => [...words]) };
  return judgement !== undefined || touches === "world" ? { tool, input } : { tool };
}

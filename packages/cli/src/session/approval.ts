import { type Ask, DaimonError, type ParamsOf, type Recorded } from "@daimon/protocol";
import type { Client } from "@daimon/protocol/client";
import { reveal } from "@daimon/protocol/sanitise";
import { usage } from "../failure.ts";
import { ago } from "./ago.ts";
import { nameOf } from "./people.ts";
import { coverWords } from "./rulewords.ts";

/** An approval in words: what is asked, what may be answered, and what an answer meant. The same at every face. */

export type Answer = Pick<ParamsOf<"session/answer">, "allow" | "scope" | "reason">;
type Scope = NonNullable<Answer["scope"]>;

/** As many characters of a digest as people compare, and as an answer has to name. */
export const digestShown = 12;

/** What is asked, line by line: nothing in it can hide, and no line of it passes for one of ours. */
export function askedLines({ id, show, about, digest, expires }: Ask, now: number): string[] {
  const facts = about && [
    `in ${plain(about.cwd)}`,
    ...(about.sandbox === undefined ? [] : [`sandbox: ${plain(about.sandbox)}`]),
    ...(about.why === undefined ? [] : [`worrying: ${plain(about.why)}`]),
    ...(about.safer === undefined ? [] : [`safer: ${plain(about.safer)}`]),
  ];
  return [
    `the assistant asks to do this (question ${id})${about ? `: ${plain(about.tool)}` : ""}`,
    ...reveal(show.text)
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => `  | ${line}`),
    ...(show.cut ? [`  this is not all of it: /whole ${id} in a terminal of the session prints the rest`] : []),
    ...(facts ?? []).map((fact) => `  ${fact}`),
    ...(expires === undefined ? [] : [`  counts as no if nobody answers within ${ago(expires - now)}`]),
    `  SHA-256 ${digest.slice(0, digestShown)}`,
  ];
}

const plain = (text: string): string => reveal(text).replaceAll("\n", "<U+000A>");

/** What may be typed; scopes only where there is something they would be about. */
export function keyLines({ about }: Ask): string[] {
  const rule = about?.rule;
  if (!rule) return ["  [y]es once / [n]o; n may be followed by the reason"];
  return [
    "  [y]es once / [n]o / [s]ession / [p]roject / [a]lways; n may be followed by the reason",
    `  for this session, for this project or for always: ${plain(coverWords(rule))}`,
  ];
}

export const keyLabel = ({ about }: Ask): string => `allow it? ${about?.rule ? "[y/n/s/p/a]" : "[y/n]"} `;

/** After a no without a reason. */
export const whyLabel = "why not? (Enter alone gives no reason) ";

export type Reading = { is: "answer"; answer: Answer } | { is: "no" } | { is: "again" };

const scopes: readonly Scope[] = ["once", "session", "project", "always"];

/** A line as an answer. Whatever is not clearly one is asked again: nothing is a yes by itself. */
export function readAnswer({ about }: Ask, line: string): Reading {
  const typed = line.trim();
  const [no, reason] = /^no?(?:[\s,:;]+(.*))?$/is.exec(typed) ?? [];
  if (no !== undefined) return reason ? { is: "answer", answer: { allow: false, reason } } : { is: "no" };
  const word = typed.toLowerCase();
  if (word === "y" || word === "yes") return { is: "answer", answer: { allow: true } };
  const scope = about?.rule && word !== "" && scopes.slice(1).find((name) => name === word || name[0] === word);
  return scope ? { is: "answer", answer: { allow: true, scope } } : { is: "again" };
}

export function scopeNamed(word: string): Scope {
  const scope = scopes.find((name) => name === word);
  if (!scope) throw usage(`there is no scope "${word}"; there are ${scopes.join(", ")}`);
  return scope;
}

const holding: Record<Scope, string> = {
  once: "",
  session: " for this session",
  project: " for this project",
  always: " for always",
};

export const answerWords = ({ allow, scope = "once", reason }: Answer, by?: string): string =>
  `${allow ? "approved" : "denied"}${by === undefined ? "" : ` by ${by}`}${holding[scope]}${reason ? `: ${reason}` : ""}`;

/** Sends an answer to exactly what was shown. Whoever comes too late is told who was first, and with what. */
export async function respond(
  client: Client,
  sessionId: string,
  ask: Ask,
  answer: Answer,
  options?: { opId: string },
): Promise<void> {
  try {
    await client.request("session/answer", { sessionId, askId: ask.id, digest: ask.digest, ...answer }, options);
  } catch (error) {
    if (!(error instanceof DaimonError) || error.code !== "already_answered") throw error;
    const settled = await settledBy(client, sessionId, ask.id);
    throw new DaimonError(error.code, settled ? tooLate(ask.id, settled) : error.message, { cause: error });
  }
}

function tooLate(id: number, { by, event }: Recorded): string {
  if (event.type === "ask.expired") return `question ${id} is no longer asked: ${event.why}`;
  const words = event.type === "ask.answered" ? answerWords(event, nameOf(by)) : "";
  return `somebody was faster: question ${id} was ${words}`;
}

async function settledBy(client: Client, sessionId: string, ask: number): Promise<Recorded | undefined> {
  for (let after = ask; ;) {
    const { events, next } = await client.request("session/events", { sessionId, after, limit: 1000 });
    const found = events.find(
      ({ event }) => (event.type === "ask.answered" || event.type === "ask.expired") && event.ask === ask,
    );
    if (found || next === undefined) return found;
    after = next;
  }
}

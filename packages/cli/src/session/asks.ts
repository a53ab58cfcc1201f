import { type Ask, DaimonError } from "@daimon/protocol";
import { usage } from "../failure.ts";

/** Which of the open asks is meant, when a person names one or none. */
export function pickAsk(asks: readonly Ask[], kinds: readonly Ask["kind"][], named: string | undefined): Ask {
  const open = asks.filter(({ kind }) => kinds.includes(kind));
  if (named !== undefined) {
    if (!/^\d+$/.test(named)) throw usage(`ASK is the number of a question, not "${named}"; ${listed(open)}`);
    const ask = asks.find(({ id }) => id === Number(named));
    if (!ask) throw new DaimonError("not_found", `question ${named} is not open; ${listed(open)}`);
    if (!kinds.includes(ask.kind)) throw usage(`question ${named} is ${about[ask.kind]}; ${listed(open)}`);
    return ask;
  }
  const [only, ...others] = open;
  if (!only) throw new DaimonError("not_found", "nothing is asked right now");
  if (others.length > 0) throw new DaimonError("ambiguous", `several questions are open; name one: ${listed(open)}`);
  return only;
}

const about: Record<Ask["kind"], string> = {
  approval: "an approval: approve or deny it",
  stdin: "Python waiting for a line: answer it with text",
  choice: "a choice: answer it with one of its choices",
  result: "waiting for a result: answer it with text",
};

const listed = (asks: readonly Ask[]): string =>
  asks.length === 0 ? "nothing of this kind is asked right now" : `open: ${asks.map(({ id }) => id).join(", ")}`;

/** What was typed as one of the choices: itself, or its number. */
export const choiceOf = ({ choices = [] }: Ask, typed: string): string =>
  choices.includes(typed) ? typed : ((/^\d+$/.test(typed) ? choices[Number(typed) - 1] : undefined) ?? typed);

import type { Happening } from "./conversation.ts";
import { errorIn } from "./explanations.ts";
import { asks } from "./phrase.ts";
import type { Question } from "./question.ts";
import { code, quote } from "./say.ts";

/** What happened here, as far as the conversation tells. */

const told = 15;

export const story: Question = {
  ask: "what happened while I was away",
  gives: "the newest cells and questions of this conversation, and what came of them",
  needs: [],
  match: asks([
    "what(?:'?s| has| have|) (?:been )?happen(?:ed|ing)?(?: .*)?",
    "what (?:was|has been|is) (?:going on|done|new)(?: .*)?",
    "what(?:'?s) (?:new|going on|up)(?: .*)?",
    "what (?:did|have|has) (?:i|we|they|people|others|everyone|everybody|somebody|the others) (?:miss|missed|do|done|run)(?: .*)?",
    "(?:catch me up|fill me in|summar(?:y|ise|ize)(?: .*)?|history|recap|while i was away)",
    "who (?:did|ran|has done|has run) what(?: .*)?",
  ]),
  answer(_, { before }) {
    if (before.length === 0) return "Nothing happened before your question, as far as this conversation shows.";
    const newest = before.slice(-told);
    const more = before.length - newest.length;
    return (
      `I cannot see who was here when, so here are the newest ${newest.length} things of this conversation, oldest first` +
      `${more > 0 ? ` (${more} came before them)` : ""}:\n\n${newest.map((happening) => `- ${line(happening)}\n`).join("")}`
    );
  },
};

function line(happening: Happening): string {
  switch (happening.is) {
    case "cell": {
      const { by, id, outcome, error } = happening.cell;
      return `${quote(by)} ran cell ${id}, ${snippet(happening.cell.code)}: ${ended(error, outcome)}`;
    }
    case "asked":
      return `somebody asked me: "${quote(happening.text)}"`;
    case "ran":
      return `I was asked to run ${snippet(happening.code)}: ${happening.ok ? "it worked" : "it did not work"}`;
    case "said":
      return quote(happening.text, 200);
    default:
      return happening satisfies never;
  }
}

const snippet = (text: string): string => code(quote(text).replaceAll("`", "'"));

function ended(error: string | undefined, outcome: string | undefined): string {
  if (outcome !== undefined) return `it ended "${outcome}"`;
  if (error === undefined) return "it worked";
  const { name, message } = errorIn(error) ?? { name: "an error", message: "" };
  return `it failed with ${name}${message === "" ? "" : `: ${quote(message)}`}`;
}

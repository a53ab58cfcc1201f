import { connecting, greeting, helpOf, introducing, isHelp, whatIAm } from "./about.ts";
import { explanation, failure } from "./failing.ts";
import { abilities, documentation, evaluation, lengthOf, typeOf, valueOf, variables } from "./looking.ts";
import { readings } from "./phrase.ts";
import { isCode, isExpression } from "./python.ts";
import type { Question } from "./question.ts";
import { running, setting } from "./running.ts";
import { quote } from "./say.ts";
import { story } from "./story.ts";

const help: Question = {
  ask: "help",
  gives: "this list",
  needs: [],
  match: isHelp,
  answer() {
    return `${whatIAm} These are the questions:\n\n${helpOf(questions)}\n\nX is a name or an expression of Python. Anything else is beyond me.`;
  },
};

/**
 * All that the guide understands, in the order in which help lists it. It is read from its end: what takes any
 * expression is most useful to people, and must be tried last.
 */
export const questions: readonly Question[] = [
  valueOf,
  typeOf,
  documentation,
  abilities,
  evaluation,
  lengthOf,
  variables,
  failure,
  explanation,
  running,
  setting,
  story,
  connecting,
  introducing,
  greeting,
  help,
];
const inReading = questions.toReversed();

/** For the documentation. */
export const knownQuestions: readonly { ask: string; gives: string }[] = questions.map(({ ask, gives }) => ({
  ask,
  gives,
}));

/** Nobody types a question of this length; what is longer was pasted by mistake. */
export const longestQuestion = 4000;

export type Understood = { question: Question; subject: string };

export function understand(text: string): Understood | undefined {
  for (const reading of readings(text)) {
    for (const question of inReading) {
      const subject = question.match(reading);
      if (subject !== undefined) return { question, subject };
    }
  }
  return undefined;
}

/** What is said to everything that no row understands. */
export function notUnderstood(text: string): string {
  const known = `These are the questions that I know:\n\n${helpOf(questions)}\n\nHow to connect a real model: ask "how do I connect a model".`;
  if (text.trim() === "") return `There was nothing in your question. ${whatIAm} ${known}`;
  const said = `I do not understand "${quote(text)}": I am a guide with rules and no language model.`;
  const python =
    isCode(text) && !isExpression(text)
      ? " It reads like Python: type it at a Python prompt, or write `run` before it."
      : "";
  return `${said}${python} ${known}`;
}

export const tooLong = (text: string): string =>
  `Your question has ${text.length} characters; I read questions of up to ${longestQuestion}. Longer code is run at a Python prompt. ` +
  "Say `help` to see what I can answer.";

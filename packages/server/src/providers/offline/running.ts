import { isCode, isExpression, isName, unquoted } from "./python.ts";
import { type Answer, one, type Question } from "./question.ts";
import { ending } from "./say.ts";

/** The one thing the guide does rather than looks at, and only in so many words: "run CODE", "set X to 3". */

function* ran(code: string): Answer {
  const result = yield* one({ tool: "python", input: { code } });
  if (!result.ok)
    return ending("It did not run to its end. Python, or the rules of this session, say", result.text.trimEnd());
  if (result.text === "(no output)")
    return "I ran it in the Python that we share. It printed nothing and has no value.";
  return ending("I ran it in the Python that we share. It says", result.text.trimEnd());
}

const order = /^(?:run|execute|exec)(?:\s+(?:this|the following|code|python))?\s*:?\s+(.+)$/is;

export const running: Question = {
  ask: "run CODE",
  gives: "runs it in the shared Python, under the rules for an assistant's cells",
  needs: ["python"],
  match(text) {
    const typed = order.exec(text)?.[1];
    return typed !== undefined && (typed.startsWith("`") || isCode(typed)) ? unquoted(typed) : undefined;
  },
  *answer(code) {
    return yield* ran(code);
  },
};

export const setting: Question = {
  ask: "set X to VALUE",
  gives: "the same as `run X = VALUE`",
  needs: ["python"],
  match(text) {
    const [, name = "", value = ""] =
      /^(?:set|let|make|assign)\s+(?:the\s+)?(?:variable\s+)?(\S+)\s+(?:to|be|equal(?:\s+to)?|=|:=)\s+(.+?)\.?$/is.exec(
        text,
      ) ?? [];
    return isName(unquoted(name)) && isExpression(unquoted(value))
      ? `${unquoted(name)} = ${unquoted(value)}`
      : undefined;
  },
  *answer(code) {
    return yield* ran(code);
  },
};

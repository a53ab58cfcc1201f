import { nearestFew } from "@daimon/protocol";
import type { Looked } from "./conversation.ts";
import { asks } from "./phrase.ts";
import { isExpression, isName } from "./python.ts";
import { look, one, type Question } from "./question.ts";
import { block, code, ending, isNothing, isShort, list, quote } from "./say.ts";

/** Questions about values in the live Python. Each is answered from what a capability says, never from memory. */

type Part = Generator<ReturnType<typeof look>[], string, Looked[]>;

/** Why a look at a value failed; a name that is not there is named as such, with those that resemble it. */
export function* missing(expression: string, failed: Looked): Part {
  const name = /name ['"‘`]?([^\s'"’`]+)['"’`]? is not defined/i.exec(failed.text)?.[1];
  const undefinedName =
    name ??
    (isName(expression) && /not defined|no (?:such )?(?:name|variable)|NameError/i.test(failed.text)
      ? expression
      : undefined);
  if (undefinedName === undefined)
    return ending(`Python did not answer for ${code(quote(expression))}; it says`, failed.text);
  const close = yield* resembling(undefinedName);
  return (
    `${code(undefinedName)} is not defined in this Python.` +
    (close.length > 0
      ? ` Did you mean ${list(close.map(code), "or")}?`
      : " Ask `what variables are there` to see what is.")
  );
}

/** Names in the live Python that resemble one that is not there. */
export function* resembling(name: string): Generator<ReturnType<typeof look>[], string[], Looked[]> {
  const globals = yield* one(look("list_globals"));
  return globals.ok ? nearestFew(name, namesIn(globals.text)) : [];
}

/** A line of list_globals is "name  type  preview". */
const namesIn = (text: string): string[] =>
  text.split("\n").flatMap((line) => /^([\p{L}_][\p{L}\p{N}_]*) {2,}\S/u.exec(line)?.[1] ?? []);

/** "an int", from "x is an int". */
const kindOf = (expression: string, text: string): string =>
  text.startsWith(`${expression} is `) ? text.slice(expression.length + 4) : text;

/** Where code of the value itself ran, the result ends in a line that says so. */
function withoutNote(text: string): { value: string; note: string } {
  const [whole, note] = /\n\[(To show this, .+)\]$/.exec(text) ?? [];
  return whole === undefined ? { value: text, note: "" } : { value: text.slice(0, -whole.length), note: ` ${note}.` };
}

function* shown(name: string): Part {
  const [repr, type] = yield [look("get_repr", name), look("get_type", name)];
  if (!repr?.ok) return repr ? yield* missing(name, repr) : "";
  const { value, note } = withoutNote(repr.text);
  const kind = type?.ok ? quote(kindOf(name, type.text), 200) : "of a type that Python did not tell";
  if (isShort(value)) return `${code(name)} is ${code(value)}, ${kind}.${note}`;
  return `${code(name)} is ${kind}:\n\n${block(value)}\n${note}`;
}

function* evaluated(expression: string): Part {
  const result = yield* one(look("eval_expr", expression));
  if (result.ok) return ending(`${code(quote(expression))} is`, result.text);
  const why = yield* missing(expression, result);
  // Python refuses what would run code, and says so; other failures need no advice on running.
  return /\brun\b/.test(result.text)
    ? `${why}\n\nI only look. To have it run, write \`run\` before it, or type it at a Python prompt.`
    : why;
}

export const valueOf: Question = {
  ask: "what is X",
  gives: "the value and type of a name, or the value of an expression",
  needs: ["get_repr", "get_type", "eval_expr", "list_globals"],
  match: asks(
    [
      "(?:what(?:'?s|'re)|what (?:is|are|was)|which is) (?:(?:the )?(?:value|content|contents) (?:of|in|inside) |in |inside |stored in )?X",
      "(?:what|which) (?:value|values) (?:does|do|is in|are in) X(?: have| hold)?",
      "what X (?:is|are|was)",
      "(?:show|print|display|describe|inspect|view|look at|about|see|give|get_repr)(?: me)? X",
      "(?:what does|what do) X (?:contain|hold|look like)",
      "(?:is|does) X (?:defined|exist|there)",
      "X",
    ],
    isExpression,
  ),
  *answer(subject) {
    return isName(subject) ? yield* shown(subject) : yield* evaluated(subject);
  },
};

export const evaluation: Question = {
  ask: "evaluate X",
  gives: "the value of an expression that only reads, such as 6*7 or len(names)",
  needs: ["eval_expr", "list_globals"],
  match: asks(
    [
      "(?:evaluate|eval|compute|calculate|calc|work out|solve|eval_expr|how much (?:is|are|does)) X",
      "what does X (?:evaluate to|give|return|equal|make|come to)",
      "is X (?:true|false)",
    ],
    isExpression,
  ),
  *answer(subject) {
    return yield* evaluated(subject);
  },
};

export const lengthOf: Question = {
  ask: "how long is X",
  gives: "its length, as len(X) gives it",
  needs: ["eval_expr", "list_globals"],
  match: asks(
    [
      "how (?:long|big|large) (?:is|are) X",
      "(?:length|len|size) of X",
      "how many .{1,40} (?:are )?(?:in|has|have|does) X(?: have| has)?",
    ],
    isExpression,
  ),
  *answer(subject) {
    return yield* evaluated(`len(${subject})`);
  },
};

export const typeOf: Question = {
  ask: "type of X",
  gives: "its type",
  needs: ["get_type", "list_globals"],
  match: asks(
    [
      "(?:(?:what(?:'?s| is|) )?(?:the )?(?:type|class|kind) of|get_type|typeof) X",
      "(?:what|which) (?:type|class|kind)(?: of (?:thing|object|value|variable|type))? (?:is|are|has|does) X(?: have| of)?",
      "(?:what|which) (?:type|class|kind) X (?:is|has)",
      "(?:what(?:'?s| is) )?(?:the )?X's (?:type|class)",
      "type X",
    ],
    isExpression,
  ),
  *answer(subject) {
    const type = yield* one(look("get_type", subject));
    return type.ok
      ? `${code(quote(subject))} is ${quote(kindOf(subject, type.text), 400)}.`
      : yield* missing(subject, type);
  },
};

export const documentation: Question = {
  ask: "doc of X",
  gives: "its signature and documentation",
  needs: ["get_doc", "list_globals"],
  match: asks(
    [
      "(?:(?:what(?:'?s| is) |read |show |give me )?(?:the )?(?:docs?|docstring|documentation|manual|signature)(?: of| for| on| about)?|get_doc) X",
      "(?:help (?:on|with|for|about|me with|me understand)|help) X",
      "help\\(X\\)",
      "(?:how (?:do|can|should) (?:i|you|we) (?:use|call)|how to (?:use|call)|what (?:does|do)) X(?: do| mean| take| expect)?",
      "how does X work",
      "explain X",
    ],
    isExpression,
  ),
  *answer(subject) {
    const doc = yield* one(look("get_doc", subject));
    if (!doc.ok) return yield* missing(subject, doc);
    return `Python's documentation of ${code(quote(subject))}:\n\n${block(doc.text)}\n`;
  },
};

export const abilities: Question = {
  ask: "what can X do",
  gives: "its attributes and methods",
  needs: ["get_dir", "list_globals"],
  match: asks(
    [
      "what (?:can|could) X do",
      "what can (?:i|you|we) do (?:with|to|on) X",
      "(?:what|which) (?:methods|attributes|members|fields|properties|functions)(?: and (?:methods|attributes))? (?:does|do|has|have|are (?:in|on|of)|can i (?:call|use) on) X(?: have| has| offer| provide)?",
      "(?:(?:list|show)(?: me)? )?(?:the )?(?:dir|methods|attributes|members)(?: and (?:methods|attributes))? (?:of|on|in|for) X",
      "(?:dir|get_dir) X",
      "dir\\(X\\)",
    ],
    isExpression,
  ),
  *answer(subject) {
    const names = yield* one(look("get_dir", subject));
    return names.ok
      ? ending(`${code(quote(subject))} has these attributes and methods`, names.text)
      : yield* missing(subject, names);
  },
};

export const variables: Question = {
  ask: "what variables are there",
  gives: "the names that are defined, with types and values",
  needs: ["list_globals"],
  match: asks([
    "(?:what|which)(?: are)?(?: the| my| our)? (?:variables?|names|globals)(?: .*)?",
    "(?:list|show|print|give|display|see)(?: me)?(?: all)?(?: of)?(?: the| my| our)? (?:variables|globals)(?: .*)?",
    "(?:all )?(?:the |my |our )?(?:variables|globals)",
    "what (?:is|'s|have (?:i|we)|did (?:i|we)) (?:defined?|there|in (?:the )?(?:memory|namespace|session|scope|python))",
    "(?:%?whos?|globals\\(\\)|locals\\(\\)|vars\\(\\)|dir\\(\\)|list_globals)",
  ]),
  *answer() {
    const globals = yield* one(look("list_globals"));
    if (!globals.ok) return ending("I could not list the variables; Python says", globals.text);
    if (isNothing(globals.text))
      return "No variables are defined yet. Assign one at a Python prompt, such as `x = 6*7`.";
    return `These names are defined:\n\n${block(globals.text)}\n`;
  },
};

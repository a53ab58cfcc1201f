import type { Cell, Conversation, Looked } from "./conversation.ts";
import { errorIn, errorName, explain, type PythonError } from "./explanations.ts";
import { resembling } from "./looking.ts";
import { asks } from "./phrase.ts";
import { type Answer, look, one, type Question } from "./question.ts";
import { block, code, ending, isNothing, list, quote } from "./say.ts";

/** Questions about what went wrong: Python's newest exception, and the cell it came from. */

const titled = ({ name, message }: PythonError): string =>
  code(quote(message === "" ? name : `${name}: ${message}`, 200));

/** The newest cell that ended in this error, or in any when none is given. */
const failedCell = ({ before }: Conversation, error?: PythonError): Cell | undefined =>
  before
    .flatMap((happening) => (happening.is === "cell" && happening.cell.error !== undefined ? [happening.cell] : []))
    .findLast((cell) => error === undefined || errorIn(cell.error ?? "")?.name === error.name);

const where = (cell: Cell): string => `cell ${cell.id}, which ${quote(cell.by)} ran`;

/** What the conversation tells when Python itself has no exception to show: it may have been restarted since. */
function fromConversation(conversation: Conversation): string {
  const cell = failedCell(conversation);
  const error = cell && errorIn(cell.error ?? "");
  if (!cell || !error) return "In this conversation I see no cell that failed either.";
  return `In this conversation ${where(cell)}, ended with ${titled(error)}. ${explain(error.name)}`;
}

/** A misspelt name is the one error whose cure can be looked up, where Python has not done so already. */
function* hint({ name, message }: PythonError): Generator<ReturnType<typeof look>[], string, Looked[]> {
  const unknown =
    name === "NameError" && !message.includes("Did you mean") ? /name '([^']+)'/.exec(message)?.[1] : undefined;
  if (unknown === undefined) return "";
  const close = yield* resembling(unknown);
  return close.length > 0 ? ` Defined are, with names like it: ${list(close.map(code), "and")}.` : "";
}

function* newest(conversation: Conversation, word: (error: PythonError, last: Looked) => string): Answer {
  const last = yield* one(look("get_last_exception"));
  if (!last.ok)
    return `${ending("I could not look at Python's newest exception; it says", last.text)}\n\n${fromConversation(conversation)}`;
  if (isNothing(last.text)) return `Python has no exception to show. ${fromConversation(conversation)}`;
  const error = errorIn(last.text);
  if (!error) return ending("Python's newest exception", last.text);
  return word(error, last) + (yield* hint(error));
}

export const failure: Question = {
  ask: "what failed",
  gives: "Python's newest exception, where it happened and why",
  needs: ["get_last_exception", "list_globals"],
  match: asks([
    "what(?: has| just| have)? (?:failed|broke|broken|crashed|went wrong|is wrong|'s wrong|is broken|goes wrong)(?: .*)?",
    "why(?: did| does| has| is| was)?(?: .*)? (?:fail|failed|failing|break|broke|broken|crash|crashed|error|wrong|raise|raised|stop|not work|not working)(?: .*)?",
    "why(?: not)?",
    // Without an article it may be a variable: "what is error" looks it up.
    "(?:(?:what(?:'?s| is| was| were)|show(?: me)?|print|see|get) )?(?:the|my|that|our) (?:(?:last|latest|newest|recent|previous) )?(?:exceptions?|traceback|errors?|failure|problem)",
    "(?:(?:what(?:'?s| is| was| were)|show(?: me)?|print|see|get) )?(?:last|latest|newest|recent|previous) (?:exceptions?|traceback|errors?|failure|problem)",
    "(?:traceback|errors?|get_last_exception)",
    "did (?:it|that|something|anything|my .*|the .*) (?:fail|break|crash|go wrong)",
  ]),
  *answer(_, conversation) {
    return yield* newest(conversation, (error, last) => {
      const cell = failedCell(conversation, error);
      const place = cell ? ` It ended ${where(cell)}.` : "";
      return `${titled(error)} is what failed last.${place}\n\n${block(last.text)}\n\n${explain(error.name)}`;
    });
  },
};

export const explanation: Question = {
  ask: "explain the error",
  gives: "what the newest error means, or one that you name, such as KeyError, and what usually mends it",
  needs: ["get_last_exception", "list_globals"],
  match(text) {
    const named = ofError(text);
    const name = named === undefined ? undefined : errorName(named);
    return name ?? (ofNewest(text) === undefined ? undefined : "");
  },
  *answer(subject, conversation) {
    if (subject !== "") return explain(subject);
    return yield* newest(conversation, (error) => `The newest error is ${titled(error)}. ${explain(error.name)}`);
  },
};

const ofNewest = asks([
  "(?:explain|describe|understand|help me (?:understand|with|fix))(?: the| this| that| my| our| last| latest| newest)* (?:error|exception|failure|traceback|crash|problem|it|that|this)(?: .*)?",
  "what (?:does|do|did)(?: the| this| that| my| last| latest)* (?:error|exception|traceback|failure|message)(?: message)? (?:mean|say|tell)(?: .*)?",
  "explain",
  "how (?:do|can|should) (?:i|we|you) (?:fix|mend|solve|repair)(?: the| this| that| my)? (?:error|exception|problem|it|that|this)",
]);
const ofError = asks([
  "(?:explain|describe|understand|what(?:'?s| is| are)|about|define)(?: an?| the)? X",
  "(?:what (?:does|do|is)|why (?:do|did|am|are) (?:i|we|you) (?:get|getting|see|seeing|have|having))(?: an?| the)? X(?: mean| means| for| error mean)?",
  "(?:how (?:do|can|should) (?:i|we|you)|how to) (?:fix|mend|solve|avoid|repair)(?: an?| the)? X",
  "(?:(?:an?|the) )?X",
]);

import { Type, type Static } from "typebox";
import type { CapabilityAnswer, CapabilityName, Tool, ToolResult } from "../../core/ports.ts";
import { defineTool, stopped } from "../define.ts";
import { unlessAborted } from "../waiting.ts";

const closed = { additionalProperties: false };
const ofNothing = Type.Object({}, closed);
const ofExpression = Type.Object(
  {
    expression: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: "It only reads: total, config['host'], df.shape",
    }),
  },
  closed,
);

/** The seven ways to look into Python, as tools. They change nothing, so they may run again and side by side. */
export const capabilities: readonly Tool[] = [
  look("list_globals", "List the variables of the live Python: name, type and a short preview of each.", ofNothing),
  look("get_type", "Tell the type of a value in the live Python.", ofExpression),
  look("get_repr", "Show a value in the live Python as its repr, bounded.", ofExpression),
  look("get_dir", "List the attributes and methods of a value in the live Python.", ofExpression),
  look("get_doc", "Read the signature and documentation of a value in the live Python.", ofExpression),
  look(
    "eval_expr",
    "Evaluate an expression that only reads, in the live Python. What could change anything is refused; the tool " +
      "python runs it instead.",
    ofExpression,
  ),
  look(
    "get_last_exception",
    "Show the newest exception of the live Python: type, message, where it happened and its causes.",
    ofNothing,
  ),
];

function look(name: CapabilityName, about: string, input: typeof ofNothing | typeof ofExpression): Tool {
  return defineTool({
    name,
    about,
    input,
    touches: "nothing",
    repeatable: true,
    parallel: true,
    show: (given) => ({ text: `${name}(${argument(given) ?? ""})` }),
    async run(given, context) {
      // It waits for the running cell to end; whoever stops the call need not.
      const answer = await unlessAborted(context.capability(name, argument(given)), context.signal);
      return answer ? worded(answer) : stopped;
    },
  });
}

const argument = (given: Static<typeof ofNothing> | Static<typeof ofExpression>): string | undefined =>
  "expression" in given ? given.expression : undefined;

/** Looking is never silently touching: where code of the value had to run, the model is told. */
const worded = ({ ok, text, ran }: CapabilityAnswer): ToolResult => ({
  ok,
  text: ran === undefined ? text : `${text}\n[To show this, code of the value itself ran: ${ran}]`,
});

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
      description: "As total, config['host'] or df.shape",
    }),
  },
  closed,
);

/** The seven ways to look into Python, as tools. They change nothing, so they may run again and side by side. */
export const capabilities: readonly Tool[] = [
  look("list_globals", "List the variables of the live Python, with type and preview.", ofNothing),
  look("get_type", "Tell the type of a value there.", ofExpression),
  look("get_repr", "Show the repr of a value there, bounded.", ofExpression),
  look("get_dir", "List the attributes and methods of a value there.", ofExpression),
  look("get_doc", "Read the signature and documentation of a value there.", ofExpression),
  look("eval_expr", "Evaluate an expression that only reads; what could change anything is refused.", ofExpression),
  look("get_last_exception", "Show the newest exception there, with its place and causes.", ofNothing),
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

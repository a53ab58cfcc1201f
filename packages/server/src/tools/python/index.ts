import { Type } from "typebox";
import { defineTool } from "../define.ts";

export const python = defineTool({
  name: "python",
  about:
    "Run Python in the live session that you share with the people here. Names stay defined between cells, for you " +
    "and for them. Returns what the cell printed, the value of its last expression, or its error. To only look at " +
    "what is there, use the tools that look: they never change anything and need no approval.",
  input: Type.Object(
    {
      code: Type.String({
        minLength: 1,
        // So that people see all of what they are asked to allow: longer code would be shown cut.
        maxLength: 16 * 1024,
        description: "The cell: one or more lines of Python. The value of a last expression is shown.",
      }),
    },
    { additionalProperties: false },
  ),
  touches: "python",
  repeatable: false,
  parallel: false,
  show: ({ code }) => ({ text: code }),
  // An interrupt reaches the cell through the session, so what it printed until then is still its result.
  run: ({ code }, context) => context.cell(code),
});

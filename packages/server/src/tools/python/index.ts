import { Type } from "typebox";
import { defineTool } from "../define.ts";

export const python = defineTool({
  name: "python",
  about:
    "Run Python in the live session that you share with the people here; names stay, for them too. Returns output, value or " +
    "error. To only look use the tools that look.",
  input: Type.Object(
    {
      code: Type.String({
        minLength: 1,
        // So that people see all of what they are asked to allow: longer code would be shown cut.
        maxLength: 16 * 1024,
        description: "The cell; the value of its last expression is shown",
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

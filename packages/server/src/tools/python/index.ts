import { DaimonError } from "@daimon/protocol";
import { Type } from "typebox";
import { defineTool } from "../define.ts";

const resultsAtMost = 8;
const name = /^[A-Za-z]\w{0,79}$/;

export const python = defineTool({
  name: "python",
  about:
    "Run Python in the live session that you share with the people here; names stay, for them too. To only " +
    "look use the tools that look.",
  input: Type.Object(
    {
      code: Type.String({
        minLength: 1,
        // So that people see all of what they are asked to allow: longer code would be shown cut.
        maxLength: 16 * 1024,
        description: "The cell; the value of its last expression is shown",
      }),
      results: Type.Optional(
        Type.Unsafe<Record<string, string>>(
          Type.Object(
            {},
            {
              additionalProperties: Type.String({ pattern: "^result:\\d{1,15}$" }),
              maxProperties: resultsAtMost,
              description: 'Names for the text of results: {"log": "result:12"}',
            },
          ),
        ),
      ),
    },
    { additionalProperties: false },
  ),
  touches: "python",
  repeatable: false,
  parallel: false,
  show: ({ code, results = {} }) => ({
    text: [...Object.entries(results).map(([held, handle]) => `# ${held}: the text of ${handle}`), code].join("\n"),
  }),
  // An interrupt reaches the cell through the session, so what it printed until then is still its result.
  async run({ code, results }, context) {
    const wrong = Object.keys(results ?? {}).find((held) => !name.test(held));
    if (wrong !== undefined)
      throw new DaimonError(
        "invalid",
        `${JSON.stringify(wrong)} is no name that a result may have: take letters, digits and _.`,
      );
    return context.cell(code, results);
  },
});

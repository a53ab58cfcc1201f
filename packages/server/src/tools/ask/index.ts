import { Type } from "typebox";
import { defineTool } from "../define.ts";

/** Its question is asked before it runs, and waits as long as people need, over restarts too: it runs with their answer. */
export const ask = defineTool({
  name: "ask",
  about: "Ask people what only they can decide; without choices for a line of text.",
  input: Type.Object(
    {
      question: Type.String({ minLength: 1, maxLength: 2000, description: "In one sentence" }),
      choices: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
          minItems: 2,
          maxItems: 12,
          uniqueItems: true,
          description: "What they may choose from",
        }),
      ),
    },
    { additionalProperties: false },
  ),
  touches: "nothing",
  repeatable: true,
  parallel: true,
  show: ({ question, choices }) => ({ text: [question, ...(choices ?? [])].join("\n- ") }),
  question: ({ question, choices }) => ({ text: question, ...(choices ? { choices } : {}) }),
  run: async (_, { answer }) => ({ text: answer === undefined ? "Nobody answered." : `They answered: ${answer}` }),
});

import { Plan } from "@daimon/protocol/schema";
import { Type } from "typebox";
import { defineTool } from "../define.ts";

const marks = { todo: "[ ]", doing: "[>]", done: "[x]" } as const;

export const plan = defineTool({
  name: "plan",
  about: "Keep the list of your steps that people see. It replaces the last.",
  input: Type.Object({ items: { ...Plan, description: "All of it, in order" } }, { additionalProperties: false }),
  touches: "nothing",
  repeatable: true,
  parallel: false,
  show: ({ items }) => ({ text: items.map(({ text, state }) => `${marks[state]} ${text}`).join("\n") || "no plan" }),
  async run({ items }, context) {
    await context.plan(items);
    const left = items.filter(({ state }) => state !== "done").length;
    return {
      text: left === 0 ? "The plan is shown; nothing of it is left." : `The plan is shown; ${left} of it left.`,
    };
  },
});

import { Type } from "typebox";
import { expect, test } from "vitest";
import { offered } from "./offered.ts";
import type { Tool } from "./ports.ts";

test("a model is told what a tool takes, and none of the bounds that we watch ourselves", () => {
  const input = Type.Object(
    {
      pattern: Type.String({ minLength: 1, maxLength: 5, description: "of what" }),
      items: Type.Array(Type.Object({ minimum: Type.Integer({ minimum: 2 }) }, { additionalProperties: false }), {
        minItems: 1,
      }),
      kind: Type.Optional(Type.Enum(["a", "b"])),
    },
    { additionalProperties: false },
  );
  const tool = { name: "t", about: "Does.", input } as unknown as Tool;
  expect(JSON.parse(JSON.stringify(offered(tool)))).toEqual({
    name: "t",
    about: "Does.",
    input: {
      type: "object",
      required: ["pattern", "items"],
      properties: {
        pattern: { type: "string", description: "of what" },
        items: {
          type: "array",
          items: { type: "object", required: ["minimum"], properties: { minimum: { type: "integer" } } },
        },
        kind: { enum: ["a", "b"] },
      },
    },
  });
});

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
  expect(JSON.parse(JSON.stringify(offered([tool])[0]))).toEqual({
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
        kind: { type: "string", enum: ["a", "b"] },
      },
    },
  });
});

test("what is said of a property of many tools is said once", () => {
  const taking = (name: string, description: string) =>
    ({ name, about: "Does.", input: Type.Object({ path: Type.String({ description }) }) }) as unknown as Tool;
  const told = offered([taking("a", "the file"), taking("b", "the file"), taking("c", "the folder")]);
  expect(told.map(({ input }) => (input as unknown as { properties: { path: object } }).properties.path)).toEqual([
    { type: "string", description: "the file" },
    { type: "string" },
    { type: "string", description: "the folder" },
  ]);
});

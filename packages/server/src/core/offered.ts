import type { ModelRequest, Tool } from "./ports.ts";

/**
 * A tool as a model is told of it. Bounds stay with us: whoever breaks one hears of it in a sentence, and telling all of them to
 * everybody would be a third of a small request.
 */
export const offered = ({ name, about, input }: Tool): ModelRequest["tools"][number] => ({
  name,
  about,
  input: bare(input) as Tool["input"],
});

const ours = new Set(
  "additionalProperties minLength maxLength pattern minItems maxItems uniqueItems minimum maximum default".split(" "),
);

function bare(schema: unknown, names = false): unknown {
  if (Array.isArray(schema)) return schema.map((part) => bare(part));
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.entries(schema).filter(([key]) => names || !ours.has(key));
  // What stands under `properties` are names that a tool chose, and may be words of ours.
  return Object.fromEntries(parts.map(([key, part]) => [key, bare(part, !names && key === "properties")]));
}

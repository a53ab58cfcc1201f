import type { ModelRequest, Tool } from "./ports.ts";

type Offered = ModelRequest["tools"][number];

/**
 * Tools as a model is told of them. Bounds stay with us: whoever breaks one hears of it in a sentence, and telling all of them to
 * everybody would be a third of a small request. What is said of a property is said once, where many tools take the same.
 */
export function offered(tools: readonly Tool[]): Offered[] {
  const said = new Set<string>();
  return tools.map(({ name, about, input }) => ({ name, about, input: bare(input, said) as Tool["input"] }));
}

const ours = new Set(
  "additionalProperties maxProperties minLength maxLength pattern minItems maxItems uniqueItems minimum maximum default".split(
    " ",
  ),
);

function bare(schema: unknown, said: Set<string>): unknown {
  if (Array.isArray(schema)) return schema.map((part) => bare(part, said));
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.entries(schema).filter(([key]) => !ours.has(key));
  const told = parts.map(([key, part]) => [key, key === "properties" ? named(part as object, said) : bare(part, said)]);
  // Not every vendor knows that what is one of some words is a text.
  return { ...("enum" in schema && !("type" in schema) ? { type: "string" } : {}), ...Object.fromEntries(told) };
}

/** Their names are a tool's own, and may be words of ours. */
function named(properties: object, said: Set<string>): object {
  const told = Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = bare(schema, said) as { description?: string };
    const key = `${name} ${description}`;
    if (description === undefined || said.has(key)) return [name, rest];
    said.add(key);
    return [name, { ...rest, description }];
  });
  return Object.fromEntries(told) as object;
}

/** A tool in words, from its own schema: for the terminal and for docs/TOOLS.md. */

export type ToldTool = { name: string; about: string; touches: string; input: unknown };
export type Field = { name: string; needed: boolean; type: string; about: string };

const touching: Record<string, string> = {
  nothing: "needs no approval",
  files: "changes files of the session's folders",
  world: "runs a program",
  python: "runs Python",
};
export const touchWords = (touches: string): string => touching[touches] ?? touches;

type Schema = {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
} & Partial<Record<"minLength" | "maxLength" | "minimum" | "maximum" | "minItems" | "maxItems", number>>;

/** What may be given, in the order in which the tool names it; parts of lists and objects stand behind them. */
export const fieldsOf = (input: unknown): Field[] => fields(input as Schema, "");

function fields({ properties = {}, required = [] }: Schema, within: string): Field[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = within + key;
    const own = { name, needed: required.includes(key), type: typeOf(schema), about: schema.description ?? "" };
    const parts = schema.type === "array" ? fields(schema.items ?? {}, `${name}[].`) : fields(schema, `${name}.`);
    return [own, ...parts];
  });
}

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  const { type = "any value", items = {} } = schema;
  if (type === "array")
    return `list of ${items.type === "object" ? "objects" : typeOf(items)}${range(schema.minItems, schema.maxItems)}`;
  if (type === "string") return `text${range(schema.minLength, schema.maxLength, " characters")}`;
  if (type === "integer" || type === "number") return `${type}${range(schema.minimum, schema.maximum)}`;
  return type === "boolean" ? "true or false" : type;
}

function range(from: number | undefined, to: number | undefined, of = ""): string {
  if (to === undefined) return from === undefined ? "" : `, from ${from}${of} on`;
  return from === undefined ? `, at most ${to}${of}` : `, ${from} to ${to}${of}`;
}

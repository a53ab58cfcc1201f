import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import type { TLocalizedValidationError } from "typebox/error";
import { nearest } from "../core/nearest.ts";
import type { Tool } from "../core/ports.ts";

/** Compiled on first use and kept as long as the schema, so that tools which come and go leave nothing behind. */
const compiled = new WeakMap<TSchema, Validator>();

function validatorOf(schema: TSchema): Validator {
  const known = compiled.get(schema);
  if (known) return known;
  const made: Validator = Compile(schema);
  compiled.set(schema, made);
  return made;
}

export const fits = <I extends TSchema>(schema: I, input: unknown): input is Static<I> =>
  validatorOf(schema).Check(input);

type Named = Pick<Tool, "name" | "input">;

/** What is wrong with the input of a call, as a sentence that lets the model mend it; undefined when nothing is. */
export function checkInput(tool: Named, input: unknown): string | undefined {
  const validator = validatorOf(tool.input);
  if (validator.Check(input)) return undefined;
  const errors = validator.Errors(input);
  // A misspelt name is both unknown and missing: what was written helps more than what was not.
  const error = errors.find(isUnknownProperty) ?? errors.find(({ keyword }) => keyword === "required") ?? errors[0];
  return error ? sentence(tool, input, error) : `The input of ${tool.name} does not fit its schema.`;
}

const inAdditional = "/additionalProperties";
const isUnknownProperty = (error: TLocalizedValidationError): boolean =>
  error.keyword === "boolean" && error.schemaPath.endsWith(inAdditional);

function sentence(tool: Named, input: unknown, error: TLocalizedValidationError): string {
  const path = steps(error.instancePath);
  const where = path.length === 0 ? tool.name : `The property ${quoted(path.join("."))} of ${tool.name}`;
  if (isUnknownProperty(error)) return unknownProperty(tool, path, error.schemaPath);
  switch (error.keyword) {
    case "required":
      return `${where} needs the property ${error.params.requiredProperties.map(quoted).join(", ")}.`;
    case "type":
      return path.length === 0
        ? `${tool.name} takes an object ${having(propertyNames(tool.input))}, not ${kindOf(input)}.`
        : `${where} must be ${[error.params.type].flat().map(withArticle).join(" or ")}, not ${kindOf(at(input, path))}.`;
    case "enum":
      return `${where} must be one of ${error.params.allowedValues.map((value) => JSON.stringify(value)).join(", ")}.`;
    default:
      return `${where} ${error.message}.`;
  }
}

function unknownProperty(tool: Named, path: readonly string[], schemaPath: string): string {
  const name = path.at(-1) ?? "";
  const names = propertyNames(at(tool.input, steps(schemaPath.slice(0, -inAdditional.length))));
  const close = nearest(name, names);
  const owner = path.length < 2 ? tool.name : `The property ${quoted(path.slice(0, -1).join("."))} of ${tool.name}`;
  return `${owner} has no property ${quoted(name)}; ${close ? `did you mean ${quoted(close)}?` : `write an object ${having(names)}.`}`;
}

const having = (names: readonly string[]): string =>
  names.length === 0 ? "without properties" : `with ${names.map(quoted).join(", ")}`;

/** The steps of a JSON pointer: "#/a~1b/c" leads through "a/b" and "c". */
const steps = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce((inner, step) => (isObject(inner) ? Reflect.get(inner, step) : undefined), value);

function propertyNames(schema: unknown): string[] {
  const properties = at(schema, ["properties"]);
  return isObject(properties) ? Object.keys(properties) : [];
}

const quoted = (name: string): string => `"${name.length > 60 ? `${name.slice(0, 60)}…` : name}"`;
const withArticle = (kind: string): string =>
  kind === "null" ? kind : `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
const kindOf = (value: unknown): string => {
  if (value === undefined) return "nothing";
  return withArticle(value === null ? "null" : Array.isArray(value) ? "array" : typeof value);
};

import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import type { TLocalizedValidationError } from "typebox/error";
import { nearest } from "@daimon/protocol";

/** Input checked against its schema, and what is wrong with it in words a person can act on. */

const compiled = new WeakMap<TSchema, Validator>();
/** Compiled on first use: most of the command table is never used in a daemon's life. */
function validatorOf(schema: TSchema): Validator {
  let validator = compiled.get(schema);
  if (!validator) compiled.set(schema, (validator = Compile(schema)));
  return validator;
}

export const fits = <S extends TSchema>(schema: S, value: unknown): value is Static<S> =>
  validatorOf(schema).Check(value);

/** `path` leads to what is wrong; `says` goes on after it: "text" + "must be a string". */
export type Fault = { path: readonly string[]; says: string };

/** The first thing wrong with a value that does not fit. */
export function faultIn(schema: TSchema, value: unknown): Fault {
  const errors = validatorOf(schema).Errors(value);
  // A misspelt key is unknown and its right spelling missing: what was written says more than what was not.
  const unknown = errors.find(isUnknownKey);
  if (unknown) return unknownKey(schema, stepsOf(unknown.instancePath));
  const [first] = errors;
  return first
    ? { path: stepsOf(first.instancePath), says: wordsFor(first, errors) }
    : { path: [], says: "is not valid" };
}

/** Told key by key: only so many errors are listed, and the one that sums unknown keys up comes last. */
const isUnknownKey = (error: TLocalizedValidationError) =>
  error.keyword === "boolean" && error.schemaPath.endsWith("/additionalProperties");

function unknownKey(schema: TSchema, path: readonly string[]): Fault {
  const owner = path.slice(0, -1);
  const known = keysOf(owner.reduce<unknown>(within, schema));
  const close = nearest(path.at(-1) ?? "", known);
  const hint = close
    ? `did you mean ${quoted(close)}?`
    : known.length > 0
      ? `known: ${known.join(", ")}`
      : "none is known";
  return { path, says: `is not known; ${hint}` };
}

function wordsFor(error: TLocalizedValidationError, all: readonly TLocalizedValidationError[]): string {
  switch (error.keyword) {
    case "required":
      return `needs ${error.params.requiredProperties.map(quoted).join(" and ")}`;
    case "type": {
      // Of a union every member complains: name what each would take.
      const kinds = all.flatMap((one) =>
        one.keyword === "type" && one.instancePath === error.instancePath ? [one.params.type].flat() : [],
      );
      return `must be ${[...new Set(kinds)].map(withArticle).join(" or ")}`;
    }
    case "enum":
      return `must be one of ${error.params.allowedValues.map((value) => JSON.stringify(value)).join(", ")}`;
    case "minLength":
      return error.params.limit === 1 ? "must not be empty" : `must have at least ${error.params.limit} characters`;
    case "maxLength":
      return `must have at most ${error.params.limit} characters`;
    case "minimum":
      return `must be at least ${error.params.limit}`;
    case "maximum":
      return `must be at most ${error.params.limit}`;
    default:
      return error.message;
  }
}

/** The steps of a JSON pointer: "/a~1b/c" leads through "a/b" and "c". */
const stepsOf = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

const at = (value: unknown, step: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
/** The schema of a key of this one: its own, or that of any key where the keys are free. */
const within = (schema: unknown, key: string): unknown =>
  at(at(schema, "properties"), key) ?? Object.values(at(schema, "patternProperties") ?? {})[0];
const keysOf = (schema: unknown): string[] => Object.keys(at(schema, "properties") ?? {});
const quoted = (name: string): string => JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
const withArticle = (kind: string): string => (kind === "null" ? kind : `${/^[aeio]/.test(kind) ? "an" : "a"} ${kind}`);

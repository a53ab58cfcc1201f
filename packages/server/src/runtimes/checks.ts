import { Type } from "typebox";
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";

/**
 * Everything a kernel says, checked before anybody in the daemon acts on it: people's Python runs in there and may forge any frame.
 * It can then only talk nonsense about itself.
 */

const Id = Type.Integer({ minimum: 1 });
const Name = Type.String({ maxLength: 1000 });
const Prose = Type.String({ maxLength: 64 * 1024 });
/** A picture as base64, a page of HTML: all forms of a value together fit into one frame. */
const Form = Type.String({ maxLength: 6 * 1024 * 1024 });

export const Value = Type.Object(
  {
    text: Prose,
    cut: Type.Optional(Type.Literal(true)),
    bundle: Type.Optional(Type.Record(Type.String({ maxLength: 100 }), Form, { maxProperties: 8 })),
  },
  { additionalProperties: false },
);

const Variable = Type.Object(
  { name: Name, type: Name, preview: Type.String({ maxLength: 400 }) },
  { additionalProperties: false },
);

export const CellResult = Type.Object(
  {
    ok: Type.Boolean(),
    outcome: Type.Optional(Type.Literal("interrupted")),
    result: Type.Optional(Value),
    error: Type.Optional(
      Type.Object({ name: Name, message: Prose, traceback: Prose }, { additionalProperties: false }),
    ),
    variables: Type.Optional(Type.Array(Variable, { maxItems: 100 })),
  },
  { additionalProperties: false },
);

export const CapabilityAnswer = Type.Object(
  {
    ok: Type.Boolean(),
    text: Prose,
    value: Type.Optional(Type.Unknown()),
    ran: Type.Optional(Name),
  },
  { additionalProperties: false },
);

export { Variables } from "@daimon/protocol/schema";

export const Completion = Type.Object(
  {
    matches: Type.Array(Name, { maxItems: 500 }),
    start: Type.Integer({ minimum: 0 }),
    end: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);

export const Completeness = Type.Union([
  Type.Object({ is: Type.Enum(["complete", "invalid"]) }, { additionalProperties: false }),
  Type.Object(
    { is: Type.Literal("incomplete"), indent: Type.String({ maxLength: 1000 }) },
    { additionalProperties: false },
  ),
]);

export const Checkpointed = Type.Object({ checkpoint: Type.Optional(Name) }, { additionalProperties: false });
export const Nothing = Type.Object({}, { additionalProperties: false });
export const Restored = Type.Object({ restored: Type.Boolean() }, { additionalProperties: false });

const Frame = Type.Union([
  Type.Object({ type: Type.Literal("ready"), python: Name }),
  Type.Object({ type: Type.Literal("output"), stream: Type.Enum(["stdout", "stderr"]), text: Type.String() }),
  Type.Object({ type: Type.Literal("display"), value: Value, number: Type.Optional(Type.Integer()) }),
  Type.Object({ type: Type.Literal("sync"), number: Type.Integer() }),
  Type.Object({ type: Type.Literal("input"), number: Type.Integer(), prompt: Prose, password: Type.Boolean() }),
  Type.Object({ type: Type.Literal("reply"), id: Id, value: Type.Unknown() }),
  Type.Object({ type: Type.Literal("failed"), why: Prose }),
]);
export type Frame = Static<typeof Frame>;

const compiled = new Map<TSchema, { Check(value: unknown): boolean }>();

/** The value as the schema says, or undefined. Lone surrogates are replaced: no store and no terminal carries them. */
export function checked<S extends TSchema>(schema: S, value: unknown): Static<S> | undefined {
  let check = compiled.get(schema);
  if (check === undefined) compiled.set(schema, (check = Compile(schema)));
  return check.Check(value) ? (tame(value, maxDepth) as Static<S>) : undefined;
}

export const checkedFrame = (value: unknown): Frame | undefined => checked(Frame, value);

const maxDepth = 100;

/** Strings well formed, nesting bounded: whoever walks over it later shall not fall. */
function tame(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (value === null || typeof value !== "object") return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((item) => tame(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.toWellFormed(), tame(inner, depth - 1)]),
  );
}

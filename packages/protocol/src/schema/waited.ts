import { type TProperties, Type } from "typebox";
import { Seq, Value } from "./shapes.ts";
import { SessionView } from "./view.ts";

const object = <const P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false });
const optional = Type.Optional;

/** What HTTP's `?wait=true` answers. */
export const Waited = {
  input: object({
    seq: Seq,
    inputId: Seq,
    turn: object({
      outcome: Type.String(),
      reason: optional(Type.String()),
      text: Type.String(),
      calls: Type.Array(object({ tool: Type.String(), ok: optional(Type.Boolean()), text: Type.String() })),
      usage: SessionView.properties.usage,
    }),
  }),
  python: object({
    cell: Seq,
    ok: Type.Boolean(),
    stdout: Type.String(),
    stderr: Type.String(),
    result: optional(Value),
    error: optional(object({ name: Type.String(), message: Type.String(), traceback: Type.String() })),
    outcome: optional(Type.String()),
  }),
};

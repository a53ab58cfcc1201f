import { Type } from "typebox";
import { change, http, look, object, row } from "./rows.ts";
import { OpId, Seq, SessionId } from "./shapes.ts";

/** What turns changed in files: seen, and taken back. */

const optional = Type.Optional;
const Change = Type.Enum(["created", "edited", "moved", "deleted"]);
const Left = Type.Array(
  object({
    path: optional(Type.String({ description: "Absent where nobody knows which files" })),
    why: Type.String(),
  }),
  { description: "What was changed and cannot be taken back, and why" },
);

export const ChangedFile = object({
  path: Type.String({ description: "Where it is now; where it was, if it is gone" }),
  change: Change,
  from: optional(Type.String({ description: "Where it was before" })),
  added: optional(Type.Integer({ minimum: 0, description: "Lines" })),
  removed: optional(Type.Integer({ minimum: 0, description: "Lines" })),
  diff: optional(Type.String({ description: "A unified diff, or its beginning" })),
  cut: optional(Type.Literal(true, { description: "The diff is longer than what is given of it" })),
  why: optional(Type.String({ description: "Why there is no diff" })),
});

const more = optional(Type.Integer({ minimum: 1, description: "How many files are not among these" }));

export const files = {
  "session/undo": row(
    object({
      sessionId: SessionId,
      turn: optional(
        Type.Integer({ ...Seq, description: "Left out: the last one that changed files and was not taken back" }),
      ),
      opId: optional(OpId),
    }),
    object({
      seq: Seq,
      turn: Seq,
      files: Type.Array(object({ path: Type.String(), change: Change, to: optional(Type.String()) }), {
        description: "What was done to take it back",
      }),
      more,
      left: Left,
    }),
    { ...change, http: http("POST", "/sessions/{sessionId}/undo"), cli: "undo" },
  ),
  "session/diff": row(
    object({
      sessionId: SessionId,
      turn: optional(
        Type.Integer({ ...Seq, description: "Left out: all that the session changed and did not take back" }),
      ),
    }),
    object({ files: Type.Array(ChangedFile), more, left: Left }),
    { ...look, http: http("GET", "/sessions/{sessionId}/diff"), cli: "diff" },
  ),
} as const;

import { Type, type TProperties } from "typebox";
import {
  Actor,
  AskAbout,
  AskKind,
  BlobRef,
  CellError,
  Covered,
  Delivery,
  Header,
  Mode,
  Plan,
  Priority,
  Role,
  Sampling,
  Scope,
  Seq,
  Stream,
  Thinking,
  Usage,
  Value,
  Variable,
} from "./shapes.ts";

const event = <const T extends string, P extends TProperties>(type: T, payload: P) =>
  Type.Object({ type: Type.Literal(type), ...payload }, { additionalProperties: false });

const Outcome = Type.Enum(["unknown", "interrupted", "cancelled", "not_run", "denied", "timeout", "died"]);
const TurnOutcome = Type.Enum(["done", "interrupted", "failed", "limited"]);

/**
 * Everything that can happen to a session. The id of a thing (input, turn, block, call, ask, cell) is the seq of
 * the event that opened it; later events name it by that id.
 */
export const SessionEvent = Type.Union([
  event("session.created", Header),
  event("session.updated", {
    title: Type.Optional(Header.title),
    cwd: Type.Optional(Header.cwd),
    roots: Type.Optional(Header.roots),
    profile: Type.Optional(Header.profile),
    runtime: Type.Optional(Header.runtime),
    mode: Type.Optional(Mode),
    model: Type.Optional(Header.model),
    thinking: Type.Optional(Thinking),
    ...Sampling,
  }),
  event("session.deleted", {}),

  event("input.queued", {
    text: Type.String({ description: "The text, or its beginning when `whole` holds all of it" }),
    whole: Type.Optional(BlobRef),
    blobs: Type.Optional(Type.Array(BlobRef, { maxItems: 32 })),
    delivery: Delivery,
    priority: Priority,
    behind: Type.Optional(Seq),
    answerWithin: Type.Optional(
      Type.Integer({ minimum: 1, description: "Milliseconds after which an approval counts as no" }),
    ),
  }),
  event("input.taken", { input: Seq }),
  event("input.cancelled", { input: Seq }),
  event("queue.held", { why: Type.Enum(["interrupt", "failure", "limit"]) }),
  event("queue.released", {}),

  event("turn.started", { input: Seq, model: Type.String(), tools: Type.Array(Type.String()) }),
  event("turn.suspended", { ask: Seq }),
  event("turn.resumed", {}),
  event("turn.stopping", { why: Type.String() }),
  event("turn.ended", { outcome: TurnOutcome, reason: Type.Optional(Type.String()) }),
  event("step.started", { model: Type.String() }),
  event("step.ended", {
    step: Seq,
    stop: Type.Enum(["end", "calls", "length", "refusal", "filter", "cut"]),
    usage: Type.Optional(Usage),
    cost: Type.Optional(Type.Number({ description: "In dollars; absent where nobody knows it" })),
    model: Type.Optional(Type.String({ description: "Whose tokens these are; absent where there were none" })),
    reason: Type.Optional(Type.String({ description: "Why it was cut" })),
    retryIn: Type.Optional(Type.Integer({ minimum: 0, description: "It is tried again after so many milliseconds" })),
  }),

  event("text.opened", {}),
  event("text.closed", { block: Seq, text: Type.String(), cut: Type.Optional(Type.Literal(true)) }),
  event("thinking.opened", {}),
  event("thinking.closed", {
    block: Seq,
    text: Type.String(),
    cut: Type.Optional(Type.Literal(true)),
    payload: Type.Optional(Type.String({ description: "What the provider wants back unchanged" })),
  }),

  event("call.requested", {
    callId: Type.String(),
    tool: Type.String(),
    input: Type.Unknown({ description: "The input, or null when `whole` holds it" }),
    whole: Type.Optional(BlobRef),
    show: Value,
    payload: Type.Optional(Type.String({ description: "What the provider wants back unchanged" })),
    malformed: Type.Optional(
      Type.Literal(true, { description: "Its arguments were no JSON: `input` holds their text" }),
    ),
  }),
  event("call.started", {
    call: Seq,
    allowed: Type.Optional(
      Type.String({ maxLength: 400, description: "What let it run: a mode, a rule, an ask; a look needs nothing" }),
    ),
    digest: Type.Optional(Type.String({ description: "Of what was asked, else of the input" })),
  }),
  event("call.finished", {
    call: Seq,
    ok: Type.Boolean(),
    value: Value,
    outcome: Type.Optional(Outcome),
    progress: Type.Optional(Value),
    exit: Type.Optional(Type.Integer({ description: "The status with which its command ended" })),
    compared: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 20,
        description: "Its folders were compared before and after it: what of its changes nobody saw, and why",
      }),
    ),
  }),

  event("ask.opened", {
    kind: AskKind,
    digest: Type.String(),
    show: Value,
    role: Role,
    call: Type.Optional(Seq),
    cell: Type.Optional(Seq),
    choices: Type.Optional(Type.Array(Type.String(), { maxItems: 32 })),
    about: Type.Optional(AskAbout),
    expires: Type.Optional(Type.Integer()),
  }),
  event("ask.answered", {
    ask: Seq,
    allow: Type.Optional(Type.Boolean()),
    value: Type.Optional(Type.String()),
    scope: Type.Optional(Scope),
    reason: Type.Optional(Type.String()),
  }),
  event("ask.expired", { ask: Seq, why: Type.String() }),

  event("cell.queued", {
    code: Type.String(),
    whole: Type.Optional(BlobRef),
    call: Type.Optional(Seq),
    given: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: "Handles of results, by the names under which the cell finds their text",
      }),
    ),
  }),
  event("cell.started", { cell: Seq, generation: Type.Integer() }),
  event("cell.opened", { cell: Seq, stream: Stream }),
  event("cell.closed", {
    block: Seq,
    text: Type.String(),
    cut: Type.Optional(Type.Literal(true)),
    omitted: Type.Optional(Type.Integer({ description: "Characters left out between the first and the last 24 KiB" })),
    whole: Type.Optional(BlobRef),
  }),
  event("cell.displayed", { cell: Seq, value: Value }),
  event("cell.finished", {
    cell: Seq,
    ok: Type.Boolean(),
    outcome: Type.Optional(Outcome),
    result: Type.Optional(Value),
    error: Type.Optional(CellError),
    variables: Type.Optional(Type.Array(Variable, { maxItems: 100 })),
    checkpoint: Type.Optional(Type.String()),
    note: Type.Optional(Type.String()),
  }),

  event("kernel.starting", { generation: Type.Integer(), runtime: Type.String() }),
  event("kernel.started", {
    generation: Type.Integer(),
    python: Type.String(),
    note: Type.Optional(
      Type.String({ description: "What people must know of it: that it is not sealed, what its start-up file said" }),
    ),
  }),
  event("kernel.stopped", {
    generation: Type.Integer(),
    why: Type.String(),
    lost: Type.Optional(Type.Array(Type.String(), { maxItems: 100 })),
  }),
  event("kernel.lost", {
    generation: Type.Integer(),
    why: Type.String(),
    lost: Type.Array(Type.String(), { maxItems: 100 }),
  }),
  event("kernel.restored", { generation: Type.Integer(), checkpoint: Type.String() }),

  event("file.changed", {
    path: Type.String(),
    change: Type.Enum(["created", "edited", "moved", "deleted"]),
    to: Type.Optional(Type.String({ description: "Where it was moved" })),
    call: Type.Optional(Seq),
    blob: Type.Optional(BlobRef),
    mode: Type.Optional(Type.Integer({ description: "The permissions that it had" })),
    after: Type.Optional(Type.String({ description: "The SHA-256 of what it then holds" })),
    afterMode: Type.Optional(Type.Integer({ description: "The permissions that it then has, where they change" })),
    lost: Type.Optional(Type.String({ description: "Why what it held before was not kept" })),
    undoes: Type.Optional(Type.Integer({ minimum: 1, description: "The turn that this takes back" })),
    step: Type.Optional(Type.Integer({ minimum: 0, description: "Which step of taking it back" })),
  }),
  event("context.compacted", {
    text: Type.String(),
    upTo: Type.Integer({ minimum: 0, description: "The last event of the last message that the summary stands for" }),
    from: Type.Integer({ minimum: 0, description: "Where reading must begin to know of everything after it" }),
    usage: Type.Optional(Usage),
    cost: Type.Optional(Type.Number()),
    model: Type.Optional(Type.String({ description: "Who made the summary" })),
  }),
  event("head.moved", { to: Type.Union([Seq, Type.Null()]), restore: Type.Enum(["conversation", "all"]) }),
  event("label.set", { entry: Seq, label: Type.String({ maxLength: 200 }) }),
  event("note.added", {
    text: Type.String(),
    undoes: Type.Optional(Type.Integer({ minimum: 1, description: "The turn whose changes are taken back by now" })),
  }),
  event("rule.added", { rule: Type.String(), ...Covered, allow: Type.Boolean() }),
  event("rule.removed", { rule: Type.String() }),
  event("plan.set", { items: Plan }),
  event("task.updated", { state: Type.String(), outcome: Type.Optional(Type.String()) }),
]);

/** An event with its place in the log: what the store keeps and the wire carries. */
export const Recorded = Type.Object(
  {
    seq: Seq,
    at: Type.Integer({ description: "Milliseconds since 1970; never runs backwards within a session" }),
    v: Type.Integer(),
    by: Actor,
    parent: Type.Optional(Type.Union([Seq, Type.Null()])),
    turn: Type.Optional(Seq),
    op: Type.Optional(Type.String()),
    foreign: Type.Optional(Type.String()),
    event: SessionEvent,
  },
  { additionalProperties: false },
);

export const Delta = Type.Object(
  { block: Seq, at: Type.Integer({ minimum: 0, description: "Offset in UTF-16 code units" }), text: Type.String() },
  { additionalProperties: false },
);

import { Type, type TProperties } from "typebox";
import {
  Actor,
  AskAbout,
  AskKind,
  BlobRef,
  CellError,
  Delivery,
  Header,
  Plan,
  Priority,
  Role,
  Seq,
  SessionRule,
  Stream,
  Usage,
  Value,
  Variable,
} from "./shapes.ts";

const closed = { additionalProperties: false };
const lane = <const S extends string, P extends TProperties>(is: S, properties: P) =>
  Type.Object({ is: Type.Literal(is), ...properties }, closed);

/** A call of the running turn that has no result yet. */
export const PendingCall = Type.Object(
  {
    id: Seq,
    callId: Type.String(),
    tool: Type.String(),
    state: Type.Enum(["requested", "asked", "allowed", "denied", "started"]),
    ask: Type.Optional(Seq),
    digest: Type.Optional(
      Type.String({ description: "Of what was asked, or what runs: an approval covers nothing else" }),
    ),
    reason: Type.Optional(Type.String()),
    answer: Type.Optional(Type.String()),
    malformed: Type.Optional(Type.Literal(true)),
    allowed: Type.Optional(Type.String({ description: "What let it run" })),
  },
  closed,
);

const active = {
  id: Seq,
  input: Seq,
  by: Actor,
  since: Type.Integer(),
  steps: Type.Integer(),
  step: Type.Union([Seq, Type.Null()]),
  tokens: Type.Integer(),
  cost: Type.Number(),
  cuts: Type.Integer({ description: "How often in a row the model's answer broke off" }),
  paused: Type.Integer({ description: "Milliseconds spent waiting for people" }),
  calls: Type.Array(PendingCall),
  answerWithin: Type.Optional(Type.Integer({ description: "Milliseconds after which an approval counts as no" })),
};

export const TurnLane = Type.Union([
  lane("idle", {}),
  lane("thinking", active),
  lane("calling", active),
  lane("waiting", { ...active, pausedAt: Type.Integer() }),
  lane("suspended", { ...active, pausedAt: Type.Integer() }),
  lane("ending", { ...active, why: Type.String() }),
]);

export const QueuedCell = Type.Object({ id: Seq, by: Actor, call: Type.Optional(Seq), at: Type.Integer() }, closed);

const kernel = { generation: Type.Integer() };
const live = {
  ...kernel,
  python: Type.String(),
  names: Type.Array(Type.String(), { maxItems: 100, description: "The newest names that cells made in it" }),
};
export const KernelLane = Type.Union([
  lane("none", kernel),
  lane("starting", kernel),
  lane("idle", live),
  lane("running", {
    ...live,
    cell: Seq,
    by: Actor,
    call: Type.Optional(Seq),
    since: Type.Integer(),
  }),
  lane("dead", { ...kernel, why: Type.String() }),
]);

export const QueuedInput = Type.Object(
  {
    id: Seq,
    by: Actor,
    text: Type.String(),
    whole: Type.Optional(BlobRef),
    blobs: Type.Optional(Type.Array(BlobRef)),
    delivery: Delivery,
    priority: Priority,
    behind: Type.Optional(Seq),
    answerWithin: Type.Optional(Type.Integer()),
  },
  closed,
);

export const Ask = Type.Object(
  {
    id: Seq,
    kind: AskKind,
    digest: Type.String({
      description: "Of what is asked: an answer may name it, so that nobody allows something else",
    }),
    show: Value,
    role: Role,
    call: Type.Optional(Seq),
    cell: Type.Optional(Seq),
    choices: Type.Optional(Type.Array(Type.String())),
    about: Type.Optional(AskAbout),
    expires: Type.Optional(Type.Integer()),
  },
  closed,
);

export const OpenBlock = Type.Object(
  { id: Seq, kind: Type.Enum(["text", "thinking", "stdout", "stderr", "call"]), of: Seq },
  closed,
);

const item = <const K extends string, P extends TProperties>(kind: K, properties: P) =>
  Type.Object(
    {
      kind: Type.Literal(kind),
      id: Seq,
      at: Type.Integer(),
      by: Actor,
      turn: Type.Optional(Seq),
      entries: Type.Array(Seq, { description: "Its places in the conversation's tree; none while it is open" }),
      ...properties,
    },
    closed,
  );

const words = { text: Type.String(), open: Type.Optional(Type.Literal(true)), cut: Type.Optional(Type.Literal(true)) };
const state = Type.Enum(["queued", "running", "done"]);

export const Output = Type.Object(
  {
    block: Seq,
    stream: Stream,
    text: Type.String(),
    open: Type.Optional(Type.Literal(true)),
    cut: Type.Optional(Type.Literal(true)),
    omitted: Type.Optional(Type.Integer()),
    whole: Type.Optional(BlobRef),
  },
  closed,
);

/** One thing people see in a session, in the order it began. */
export const Item = Type.Union([
  item("input", {
    text: Type.String(),
    whole: Type.Optional(BlobRef),
    blobs: Type.Optional(Type.Array(BlobRef)),
    steer: Type.Optional(Type.Literal(true)),
  }),
  item("text", words),
  item("thinking", words),
  item("call", {
    tool: Type.String(),
    callId: Type.String(),
    show: Value,
    state,
    ok: Type.Optional(Type.Boolean()),
    outcome: Type.Optional(Type.String()),
    value: Type.Optional(Value),
    progress: Type.Optional(Type.Object({ block: Seq, text: Type.String(), whole: Type.Optional(BlobRef) }, closed)),
  }),
  item("cell", {
    code: Type.String(),
    whole: Type.Optional(BlobRef),
    call: Type.Optional(Seq),
    state,
    outputs: Type.Array(Output),
    displays: Type.Array(Value),
    ok: Type.Optional(Type.Boolean()),
    outcome: Type.Optional(Type.String()),
    result: Type.Optional(Value),
    error: Type.Optional(CellError),
    variables: Type.Optional(Type.Array(Variable)),
    note: Type.Optional(Type.String()),
  }),
  item("ended", { outcome: Type.String(), reason: Type.Optional(Type.String()) }),
  item("notice", { text: Type.String() }),
  item("compaction", { text: Type.String() }),
]);

export const Transition = Type.Object(
  { lane: Type.Enum(["turn", "kernel"]), from: Type.String(), to: Type.String(), seq: Seq },
  closed,
);

export const SessionView = Type.Object(
  {
    ...Header,
    seq: Seq,
    at: Type.Integer({ description: "When its newest event was recorded" }),
    epoch: Type.Integer(),
    head: Type.Union([Seq, Type.Null()]),
    deleted: Type.Optional(Type.Literal(true)),
    turn: TurnLane,
    kernel: KernelLane,
    cells: Type.Array(QueuedCell),
    queue: Type.Array(QueuedInput),
    held: Type.Union([Type.Null(), Type.Enum(["interrupt", "failure", "limit"])]),
    asks: Type.Array(Ask),
    blocks: Type.Array(OpenBlock),
    rules: Type.Array(SessionRule),
    plan: Type.Optional(Plan),
    usage: Type.Object(
      {
        ...Usage.properties,
        cost: Type.Number(),
        unpriced: Type.Optional(Type.Literal(true, { description: "Nobody knows what some of it cost" })),
      },
      closed,
    ),
    transitions: Type.Array(Transition),
    items: Type.Array(Item),
    older: Type.Optional(Seq),
  },
  closed,
);

/** A session in a list: what the home feed carries. */
export const Summary = Type.Object(
  {
    id: Header.id,
    title: Header.title,
    cwd: Header.cwd,
    model: Header.model,
    mode: Header.mode,
    task: Header.task,
    seq: Seq,
    created: Type.Integer(),
    at: Type.Integer(),
    doing: Type.Enum(["idle", "thinking", "calling", "waiting", "suspended", "ending", "running"]),
    asks: Type.Integer(),
    queued: Type.Integer(),
    preview: Type.String({ description: "The newest thing somebody said" }),
    quarantined: Type.Optional(Type.String({ description: "Why its log cannot be read" })),
  },
  closed,
);

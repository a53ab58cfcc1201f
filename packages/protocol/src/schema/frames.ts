import { Type } from "typebox";
import { Delta, Recorded } from "./events.ts";
import { Actor, ClientKind, Seq, SessionId, Variables } from "./shapes.ts";
import { SessionView, Summary } from "./view.ts";

/** What travels: JSON-RPC 2.0 in WebSocket text frames. */

export const RequestId = Type.Union([Type.Integer(), Type.String({ maxLength: 64 })]);

export const Request = Type.Object(
  {
    jsonrpc: Type.Literal("2.0"),
    id: RequestId,
    method: Type.String({ maxLength: 64 }),
    params: Type.Optional(Type.Object({})),
  },
  { additionalProperties: false },
);

export const ErrorData = Type.Object({
  code: Type.String(),
  retry: Type.Boolean(),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

export const Reply = Type.Union([
  Type.Object({ jsonrpc: Type.Literal("2.0"), id: RequestId, result: Type.Unknown() }),
  Type.Object({
    jsonrpc: Type.Literal("2.0"),
    id: Type.Union([RequestId, Type.Null()]),
    error: Type.Object({ code: Type.Integer(), message: Type.String(), data: ErrorData }),
  }),
]);

export const Frame = Type.Union([Recorded, Delta]);

export const Attached = Type.Object({
  mode: Type.Enum(["view", "events"]),
  epoch: Type.Integer(),
  seq: Seq,
  view: Type.Optional(SessionView),
  events: Type.Optional(Type.Array(Recorded)),
  open: Type.Array(Type.Object({ block: Seq, text: Type.String(), omitted: Type.Optional(Type.Integer()) })),
  older: Type.Optional(Seq),
});

export const Present = Type.Object({
  by: Actor,
  attachments: Type.Integer(),
  answering: Type.Integer({ description: "How many of them have a person at them who may answer an approval" }),
});

const notification = <const M extends string, P extends import("typebox").TSchema>(method: M, params: P) =>
  Type.Object({ jsonrpc: Type.Literal("2.0"), method: Type.Literal(method), params });

export const Notification = Type.Union([
  notification("session/frames", Type.Object({ sessionId: SessionId, frames: Type.Array(Frame) })),
  notification("session/synced", Type.Object({ sessionId: SessionId, seq: Seq })),
  notification("session/presence", Type.Object({ sessionId: SessionId, present: Type.Array(Present) })),
  notification("session/variables", Type.Object({ sessionId: SessionId, variables: Variables })),
  notification("session/warning", Type.Object({ sessionId: SessionId, message: Type.String() })),
  notification(
    "session/closed",
    Type.Object({ sessionId: SessionId, reason: Type.String(), resumeAfter: Type.Integer() }),
  ),
  notification(
    "home/frames",
    Type.Object({ sessions: Type.Array(Summary), removed: Type.Optional(Type.Array(SessionId)) }),
  ),
  notification("heartbeat", Type.Object({})),
]);

export const ClientInfo = Type.Object({
  name: Type.String({ maxLength: 80 }),
  version: Type.String({ maxLength: 40 }),
  kind: Type.Optional(ClientKind),
  user: Type.Optional(Type.String({ maxLength: 80, description: "What to call the person at it" })),
  answers: Type.Optional(
    Type.Boolean({ description: "Whether a person sits at it who can be asked; unless said, at every cli and web" }),
  ),
});

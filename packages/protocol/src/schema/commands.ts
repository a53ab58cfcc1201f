import { Type } from "typebox";
import { Recorded } from "./events.ts";
import { files } from "./files.ts";
import { Attached, ClientInfo } from "./frames.ts";
import {
  Audited,
  BlobRef,
  Delivery,
  Header,
  Mode,
  OpId,
  Role,
  Sampling,
  Scope,
  Seq,
  SessionId,
  Thinking,
  ToldRule,
  Variables,
} from "./shapes.ts";
import { Project } from "./project.ts";
import { change, http, look, object, type Row, row } from "./rows.ts";
import { sandbox } from "./sandbox.ts";
import { setup } from "./setup.ts";
import { tokens } from "./tokens.ts";
import { Item, SessionView, Summary } from "./view.ts";

const optional = Type.Optional;
const sessionId = { sessionId: SessionId };
const opId = { opId: optional(OpId) };
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });
const whole = {
  whole: optional(
    Type.String({
      ...Sha256,
      description: "A blob, put before, that holds all of the text; the text here is then empty",
    }),
  ),
};
const nothing = object({});
const done = object({ seq: Seq });

const Status = object({
  pid: Type.Integer(),
  version: Type.String(),
  protocol: Type.Integer(),
  uptime: Type.Number({ description: "Seconds" }),
  sessions: Type.Integer(),
  live: Type.Integer(),
  kernels: Type.Integer(),
  attachments: Type.Integer(),
  http: Type.Union([Type.Null(), Type.String()]),
  home: Type.String(),
  trouble: Type.Array(Type.String()),
});

const count = Type.Integer({ minimum: 0 });
const spent = {
  input: count,
  output: count,
  cacheRead: count,
  cacheWrite: count,
  reasoning: count,
  cost: Type.Number({ description: "In dollars, of the tokens whose price is known" }),
  unpricedTokens: Type.Integer({ minimum: 0, description: "Tokens whose price nobody knows" }),
  uncounted: Type.Integer({ minimum: 0, description: "Answers whose tokens and price nobody knows" }),
};
const Period = object({
  since: optional(Type.String({ description: "The first day of it, in UTC" })),
  ...spent,
  models: Type.Array(object({ model: Type.String(), ...spent }), { description: "The dearest first" }),
});

export const commands = {
  initialize: row(
    object({ protocol: Type.Integer(), reducer: optional(Type.Integer()), client: ClientInfo }),
    object({
      protocol: Type.Integer(),
      reducer: Type.Integer(),
      version: Type.String(),
      role: Role,
      principal: Type.String(),
    }),
    { ...look, wireOnly: "HTTP needs no greeting" },
  ),

  "session/create": row(
    object({
      id: optional(SessionId),
      cwd: Header.cwd,
      title: optional(Header.title),
      model: optional(Header.model),
      mode: optional(Mode),
      profile: optional(Header.profile),
      runtime: optional(Header.runtime),
      roots: optional(Header.roots),
      ...opId,
    }),
    SessionView,
    { ...change, http: http("POST", "/sessions", 201), cli: "run" },
  ),
  "session/list": row(
    object({
      query: optional(Type.String({ maxLength: 200 })),
      cwd: optional(Header.cwd),
      before: optional(Type.Integer()),
      limit: optional(Type.Integer({ minimum: 1, maximum: 200 })),
    }),
    object({ sessions: Type.Array(Summary), next: optional(Type.Integer()) }),
    { ...look, http: http("GET", "/sessions"), cli: "sessions" },
  ),
  "session/find": row(
    object({
      name: Type.String({ minLength: 1, maxLength: 200, description: "An id, a unique prefix of one, or a title" }),
    }),
    Summary,
    { ...look, wireOnly: "HTTP names sessions by id" },
  ),
  "session/get": row(object(sessionId), SessionView, {
    ...look,
    http: http("GET", "/sessions/{sessionId}"),
    cli: "show",
  }),
  "session/update": row(
    object({
      ...sessionId,
      title: optional(Header.title),
      model: optional(Header.model),
      thinking: optional(Thinking),
      ...Sampling,
      mode: optional(Mode),
      cwd: optional(Header.cwd),
      roots: optional(Header.roots),
      profile: optional(Header.profile),
      runtime: optional(Header.runtime),
      head: optional(Type.Union([Seq, Type.Null()])),
      ...opId,
    }),
    done,
    { ...change, http: http("PATCH", "/sessions/{sessionId}"), cli: "move" },
  ),
  "session/delete": row(object({ ...sessionId, ...opId }), nothing, {
    ...change,
    http: http("DELETE", "/sessions/{sessionId}"),
    cli: "delete",
  }),

  "session/attach": row(
    object({
      ...sessionId,
      after: optional(Seq),
      epoch: optional(Type.Integer()),
      variables: optional(Type.Literal(true, { description: "Tell it what Python holds, whenever that changes" })),
    }),
    Attached,
    {
      ...look,
      wireOnly: "a live link; over HTTP the event stream of `session/events` follows a session",
      cli: "attach",
    },
  ),
  "session/detach": row(object(sessionId), nothing, { ...look, wireOnly: "ends what attach began" }),
  "session/history": row(
    object({ ...sessionId, before: optional(Seq), limit: optional(Type.Integer({ minimum: 1, maximum: 200 })) }),
    object({ items: Type.Array(Item), older: optional(Seq) }),
    { ...look, http: http("GET", "/sessions/{sessionId}/history") },
  ),
  "session/events": row(
    object({ ...sessionId, after: optional(Seq), limit: optional(Type.Integer({ minimum: 1, maximum: 1000 })) }),
    object({ events: Type.Array(Recorded), next: optional(Seq) }),
    { ...look, http: http("GET", "/sessions/{sessionId}/events") },
  ),

  "session/input": row(
    object({
      ...sessionId,
      text: Type.String(),
      ...whole,
      delivery: optional(Delivery),
      expectTurn: optional(
        Type.Union([Seq, Type.Null()], { description: "The turn you think runs; null: only if idle" }),
      ),
      blobs: optional(Type.Array(BlobRef, { maxItems: 32 })),
      answerWithin: optional(
        Type.Integer({
          minimum: 1,
          maximum: 2 ** 31 - 1,
          description: "Milliseconds after which an approval that nobody gave counts as no",
        }),
      ),
      ...opId,
    }),
    object({ seq: Seq, inputId: Seq, behind: optional(Seq) }),
    { ...change, http: http("POST", "/sessions/{sessionId}/inputs", 202), cli: "run" },
  ),
  "session/cancel": row(object({ ...sessionId, inputId: optional(Seq), cell: optional(Seq), ...opId }), done, {
    ...change,
    http: http("DELETE", "/sessions/{sessionId}/inputs/{inputId}"),
  }),
  "session/resume": row(object({ ...sessionId, ...opId }), done, {
    ...change,
    http: http("POST", "/sessions/{sessionId}/resume"),
  }),
  "session/interrupt": row(
    object({ ...sessionId, target: optional(Type.Enum(["turn", "cell", "summary"])), expect: optional(Seq), ...opId }),
    object({ seq: Seq, target: Type.Enum(["turn", "cell", "summary"]), id: Seq }),
    { ...change, http: http("POST", "/sessions/{sessionId}/interrupt"), cli: "interrupt" },
  ),
  "session/answer": row(
    object({
      ...sessionId,
      askId: Seq,
      digest: optional(Type.String()),
      allow: optional(Type.Boolean()),
      value: optional(Type.String({ maxLength: 64 * 1024 })),
      scope: optional(Scope),
      reason: optional(Type.String({ maxLength: 2000 })),
      ...opId,
    }),
    done,
    { ...change, http: http("POST", "/sessions/{sessionId}/asks/{askId}"), cli: "answer" },
  ),
  "session/python": row(
    object({ ...sessionId, code: Type.String(), ...whole, ...opId }),
    object({ seq: Seq, cell: Seq }),
    {
      ...change,
      http: http("POST", "/sessions/{sessionId}/python", 202),
      cli: "py",
    },
  ),
  "session/capability": row(
    object({
      ...sessionId,
      name: Type.String({ maxLength: 64 }),
      arg: optional(Type.String({ maxLength: 64 * 1024 })),
    }),
    object({ ok: Type.Boolean(), text: Type.String(), value: optional(Type.Unknown()), ran: optional(Type.String()) }),
    { ...look, http: http("POST", "/sessions/{sessionId}/capabilities/{name}") },
  ),
  "session/variables": row(object(sessionId), Variables, {
    ...look,
    http: http("GET", "/sessions/{sessionId}/variables"),
  }),
  "session/complete": row(
    object({ ...sessionId, code: Type.String({ maxLength: 64 * 1024 }), cursor: Type.Integer({ minimum: 0 }) }),
    object({ matches: Type.Array(Type.String()), start: Type.Integer(), end: Type.Integer() }),
    { ...look, wireOnly: "asked at every key" },
  ),
  "session/isComplete": row(
    object({ ...sessionId, code: Type.String({ maxLength: 512 * 1024 }) }),
    object({ is: Type.Enum(["complete", "incomplete", "invalid"]), indent: optional(Type.String()) }),
    { ...look, wireOnly: "asked at every line" },
  ),
  "session/kernel": row(
    object({
      ...sessionId,
      action: Type.Enum(["start", "stop", "restart"]),
      runtime: optional(Header.runtime),
      ...opId,
    }),
    done,
    { ...change, wireOnly: "its HTTP route comes with the rest of the contract" },
  ),
  "session/compact": row(object({ ...sessionId, focus: optional(Type.String({ maxLength: 4096 })), ...opId }), done, {
    ...change,
    wireOnly: "its HTTP route comes with the rest of the contract",
  }),
  ...files,
  "session/usage": row(object(sessionId), SessionView.properties.usage, { ...look, wireOnly: "part of the view" }),
  usage: row(nothing, object({ today: Period, week: Period, total: Period }), {
    ...look,
    http: http("GET", "/usage"),
    cli: "usage",
  }),

  "session/project": row(object(sessionId), Project, { ...look, http: http("GET", "/sessions/{sessionId}/project") }),
  "session/trust": row(
    object({
      ...sessionId,
      folder: Type.String({ maxLength: 4096, description: "As session/project told it" }),
      trusted: optional(Type.Boolean({ description: "Left out it is true; false takes the trust back" })),
    }),
    nothing,
    { least: "approve", changes: true, http: http("POST", "/sessions/{sessionId}/trust") },
  ),

  "rule/list": row(object({ sessionId: optional(SessionId) }), object({ rules: Type.Array(ToldRule) }), {
    ...look,
    http: http("GET", "/rules"),
    cli: "approvals",
  }),
  "rule/revoke": row(
    object({
      rule: Type.String({ minLength: 1, maxLength: 300 }),
      sessionId: optional({ ...SessionId, description: "Of this session; else it is one of those that are kept" }),
    }),
    nothing,
    { least: "approve", changes: true, http: http("DELETE", "/rules/{rule}"), cli: "approvals" },
  ),

  audit: row(
    object({
      sessionId: optional(SessionId),
      tool: optional(Type.String({ maxLength: 200 })),
      since: optional(Type.Integer({ minimum: 0, description: "Milliseconds since 1970" })),
      before: optional(Type.String({ pattern: "^\\d{1,16}\\.\\d{1,16}$", description: "`next` of the page before" })),
      limit: optional(Type.Integer({ minimum: 1, maximum: 500 })),
    }),
    object({ rows: Type.Array(Audited, { description: "The newest last" }), next: optional(Type.String()) }),
    { least: "admin", changes: false, http: http("GET", "/audit"), cli: "audit" },
  ),

  "home/attach": row(nothing, object({ sessions: Type.Array(Summary) }), {
    ...look,
    wireOnly: "a live link",
  }),

  "blob/put": row(
    object({
      base64: Type.String(),
      type: Type.String({ maxLength: 200 }),
      name: optional(Type.String({ maxLength: 200 })),
    }),
    BlobRef,
    { ...change, wireOnly: "over HTTP the body is the bytes: PUT /api/v1/blobs" },
  ),
  "blob/get": row(object({ sha256: Sha256 }), object({ base64: Type.String() }), {
    ...look,
    wireOnly: "over HTTP the answer is the bytes: GET /api/v1/blobs/{sha256}",
  }),
  "tool/list": row(
    nothing,
    object({
      tools: Type.Array(
        object({ name: Type.String(), about: Type.String(), touches: Type.String(), input: Type.Unknown() }),
      ),
    }),
    { ...look, http: http("GET", "/tools") },
  ),
  "model/list": row(
    nothing,
    object({
      models: Type.Array(
        object({
          id: Type.String(),
          name: Type.String(),
          context: Type.Optional(Type.Integer()),
          output: Type.Optional(Type.Integer()),
          images: Type.Optional(Type.Boolean()),
          thinking: Type.Optional(Type.Boolean()),
          price: Type.Optional(
            object({
              input: Type.Number({ description: "In dollars for a million tokens, like what it gives" }),
              output: Type.Number(),
            }),
          ),
        }),
      ),
      unreachable: Type.Array(object({ provider: Type.String(), why: Type.String() })),
    }),
    { ...look, http: http("GET", "/models"), cli: "models" },
  ),
  ...setup,
  ...sandbox,
  ...tokens,
  "daemon/status": row(nothing, Status, { ...look, http: http("GET", "/status"), cli: "status" }),
  "daemon/check": row(
    nothing,
    object({ checks: Type.Array(object({ name: Type.String(), ok: Type.Boolean(), says: Type.String() })) }),
    { least: "operate", changes: false, wireOnly: "it starts a Python and asks providers", cli: "doctor" },
  ),
  "daemon/stop": row(nothing, nothing, {
    least: "admin",
    changes: true,
    wireOnly: "stopping is for those on this machine",
    cli: "stop",
  }),
} as const satisfies Record<string, Row>;

export type Commands = typeof commands;

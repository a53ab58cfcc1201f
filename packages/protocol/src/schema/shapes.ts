import { Type } from "typebox";

/** Shapes that events, commands and frames share. Written once: types, checks, JSON Schema and OpenAPI derive from them. */

export const Seq = Type.Integer({
  minimum: 0,
  description: "A place in a session's log; also the id of the thing that opened there",
});
export const OpId = Type.String({
  minLength: 1,
  maxLength: 100,
  description: "Yours to choose; a retry with the same one is not done twice",
});
/** Some things of a session stand in folders of its name. */
export const SessionId = Type.String({ minLength: 1, maxLength: 64, pattern: "^[A-Za-z0-9_-][A-Za-z0-9._-]*$" });

export const ClientKind = Type.Enum(["cli", "web", "http", "task", "plugin", "daemon"]);
export const Role = Type.Enum(["observe", "operate", "approve", "admin"]);
export const Mode = Type.Enum(["read-only", "ask", "auto-edit", "full-auto"]);
export const Delivery = Type.Enum(["queue", "steer", "reject"]);
export const Priority = Type.Enum(["high", "normal", "low"]);
export const AskKind = Type.Enum(["approval", "stdin", "choice", "result"]);
export const Stream = Type.Enum(["stdout", "stderr"]);
export const Thinking = Type.Enum(["off", "low", "medium", "high"]);

export const Actor = Type.Object(
  {
    principal: Type.String({ description: "Whose token it was" }),
    name: Type.Optional(Type.String({ maxLength: 80, description: "What the client calls its user" })),
    client: ClientKind,
  },
  { additionalProperties: false },
);

export const BlobRef = Type.Object(
  {
    sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
    bytes: Type.Integer({ minimum: 0 }),
    type: Type.String({ maxLength: 200 }),
    name: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);

export const Value = Type.Object(
  {
    text: Type.String(),
    cut: Type.Optional(Type.Literal(true)),
    bundle: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), BlobRef]))),
    handle: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

export const Usage = Type.Object(
  {
    input: Type.Integer({ minimum: 0 }),
    output: Type.Integer({ minimum: 0 }),
    cacheRead: Type.Optional(Type.Integer({ minimum: 0 })),
    cacheWrite: Type.Optional(Type.Integer({ minimum: 0 })),
    reasoning: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);

/** A variable that a cell created or changed, as people are told of it. */
export const Variable = Type.Object(
  { name: Type.String(), type: Type.String(), preview: Type.String() },
  { additionalProperties: false },
);

/** A variable that Python holds now. `cell` made it or changed it last, as far as anybody saw. */
export const LiveVariable = Type.Object(
  {
    name: Type.String({ maxLength: 1000 }),
    type: Type.String({ maxLength: 1000 }),
    preview: Type.String({ maxLength: 400 }),
    size: Type.Optional(Type.String({ maxLength: 100, description: "As people say it: 3 items, 10 x 4" })),
    cell: Type.Optional(Seq),
  },
  { additionalProperties: false },
);

export const Variables = Type.Object(
  {
    rows: Type.Array(LiveVariable, { maxItems: 200 }),
    more: Type.Optional(Type.Integer({ description: "How many are not among the rows" })),
    busy: Type.Optional(Type.String({ description: "Why nobody can tell now" })),
  },
  { additionalProperties: false },
);

/** For how long an answer to an approval holds: this once, here, in this project, or wherever this person works. */
export const Scope = Type.Enum(["once", "session", "project", "always"]);

/**
 * What a rule is about: a tool, and where it names more, only those commands that begin with these words, or only the very same
 * input again.
 */
export const Covered = {
  tool: Type.String({ maxLength: 200 }),
  commands: Type.Optional(
    Type.Array(Type.Array(Type.String({ maxLength: 4096 }), { minItems: 1, maxItems: 64 }), {
      minItems: 1,
      maxItems: 50,
    }),
  ),
  input: Type.Optional(
    Type.String({ pattern: "^[0-9a-f]{64}$", description: "The SHA-256 of the only input it is about" }),
  ),
};
export const Rule = Type.Object(
  {
    rule: Type.String({ maxLength: 300 }),
    ...Covered,
    allow: Type.Boolean(),
    ask: Type.Optional(Type.Literal(true, { description: "People are asked each time, whatever would let it run" })),
  },
  { additionalProperties: false },
);

/** A rule of one session, as its view has it: the events of it say when and by whom. */
export const SessionRule = Type.Object(
  { ...Rule.properties, at: Type.Integer(), by: Actor },
  { additionalProperties: false },
);
/** A rule as people are told of it, wherever it holds. */
export const ToldRule = Type.Object(
  {
    ...Rule.properties,
    holds: Type.Enum(["session", "project", "always"]),
    project: Type.Optional(Type.String({ description: "The real path of its root" })),
    at: Type.Integer({ description: "Since when" }),
    by: Type.String({ description: "Whose answer it was" }),
  },
  { additionalProperties: false },
);

/** One decision about what the assistant does. */
export const Audited = Type.Object(
  {
    at: Type.Integer(),
    what: Type.Enum(["asked", "allowed", "denied", "expired", "ran", "rule added", "rule removed"]),
    by: Actor,
    session: Type.Optional(SessionId),
    seq: Type.Optional({ ...Seq, description: "The event in that session's log" }),
    tool: Type.Optional(Type.String()),
    digest: Type.Optional(Type.String({ description: "Of what was asked, else of the input" })),
    because: Type.Optional(Type.String({ description: "What let or forbade it, how long it holds, why" })),
    ok: Type.Optional(Type.Boolean()),
    outcome: Type.Optional(Type.String()),
    exit: Type.Optional(Type.Integer({ description: "The status with which its command ended" })),
  },
  {
    additionalProperties: false,
    description: "`by`: who answered; of what was asked and what ran, in whose turn it was",
  },
);

/** Where and how a call would run, for those who are asked about it. The digest of the ask covers it. */
export const AskAbout = Type.Object(
  {
    tool: Type.String(),
    cwd: Type.String(),
    sandbox: Type.Optional(Type.String({ description: "What would hold it, in words" })),
    why: Type.Optional(Type.String({ description: "What is worrying about it" })),
    safer: Type.Optional(Type.String({ description: "What does the same with less harm" })),
    rule: Type.Optional(
      Type.Object(Covered, {
        additionalProperties: false,
        description: "What an answer for more than once is about; absent where this is asked each time",
      }),
    ),
  },
  { additionalProperties: false },
);

/** One line of the list that the assistant keeps of what it is about to do. */
export const PlanItem = Type.Object(
  { text: Type.String({ minLength: 1, maxLength: 500 }), state: Type.Enum(["todo", "doing", "done"]) },
  { additionalProperties: false },
);
export const Plan = Type.Array(PlanItem, { maxItems: 50 });

export const CellError = Type.Object(
  { name: Type.String(), message: Type.String(), traceback: Type.String() },
  { additionalProperties: false },
);

export const Limits = Type.Object(
  {
    steps: Type.Optional(Type.Integer({ minimum: 1 })),
    ms: Type.Optional(Type.Integer({ minimum: 1, description: "Working time; waiting for people does not count" })),
    tokens: Type.Optional(Type.Integer({ minimum: 1 })),
    cost: Type.Optional(Type.Number({ minimum: 0, description: "US dollars" })),
  },
  { additionalProperties: false },
);

export const SessionTask = Type.Object(
  { goal: Type.String(), limits: Limits, key: Type.Optional(Type.String()), goesOn: Type.Optional(Type.Literal(true)) },
  { additionalProperties: false },
);

export const Header = {
  id: SessionId,
  title: Type.String({ maxLength: 200 }),
  untitled: Type.Optional(Type.Literal(true, { description: "Nobody named it: the title is its folder's name" })),
  cwd: Type.String({ maxLength: 4096 }),
  roots: Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 64 }),
  from: Type.Optional(Type.Object({ session: SessionId, seq: Seq }, { additionalProperties: false })),
  task: Type.Optional(SessionTask),
  profile: Type.String({ maxLength: 80 }),
  runtime: Type.String({ maxLength: 4096 }),
  mode: Mode,
  model: Type.String({ maxLength: 200 }),
  thinking: Thinking,
  temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
  maxTokens: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000, description: "Of one answer" })),
};

/** What a session sets of how its model is asked, in a change of it; null gives it back to the profile or the provider. */
export const Sampling = {
  temperature: Type.Optional(Type.Union([Header.temperature, Type.Null()])),
  maxTokens: Type.Optional(Type.Union([Header.maxTokens, Type.Null()])),
};

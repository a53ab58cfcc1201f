import type {
  Actor,
  Attached,
  Audited,
  BlobRef,
  Ceiling,
  CellError,
  DaimonError,
  Method,
  ParamsOf,
  Recorded,
  ResultOf,
  Role,
  Rule,
  SessionView,
  Stream,
  Summary,
  Usage,
  Value,
  Variable,
  Variables,
} from "@daimon/protocol";
import type { Sandbox } from "./sandbox.ts";

/** What the core needs of the world. Adapters fill these shapes; main.ts joins them. */

// ---- the log ------------------------------------------------------------------------------------------------

/** A command's outcome, kept so that a retry of its opId is answered and not done again. */
export type Receipt = { principal: string; opId: string; digest: string; result: string; at: number };
/** Text of a block that is still open. `omitted` counts what was left out between its first and last 24 KiB. */
export type Partial = { block: number; text: string; omitted?: number };
export type Lease = { epoch: number; seq: number };

/** What one session wants written, all or nothing. A batch of partials alone has no events. */
export type Batch = {
  session: string;
  epoch: number;
  events: readonly Recorded[];
  partials: readonly Partial[];
  /** Blocks that these events close: their partials go in the same transaction. */
  closed: readonly number[];
  receipts: readonly Receipt[];
  /** What these events cost: counted in the same transaction, so once for each event. */
  spent: readonly Spent[];
  /** What they decided about what the assistant does. */
  audited: readonly Audited[];
  summary?: Summary;
};
/** Tokens of one model on one day (UTC), and dollars where the price is known. */
/** Without usage nobody counted it. */
export type Spent = { day: string; model: string; usage?: Usage; cost?: number };
/** Of how many tokens nobody knows the price is kept apart: their cost is unknown, and not 0. */
export type DayUsage = {
  day: string;
  model: string;
  cost: number;
  unpricedTokens: number;
  uncounted: number;
} & Required<Usage>;

/**
 * ok: durable. failed: certainly not written. stale: somebody with a newer epoch owns the session.
 * unknown: nobody can say; only reading tells.
 */
export type AppendOutcome = { is: "ok" } | { is: "failed" | "stale" | "unknown"; reason: string };

export type ReadRange = { after: number; limit: number } | { before: number; limit: number };
/** `moves`: each time the head moved, for they alone say which branch of the log leads where. */
export type Snapshot = {
  seq: number;
  reducerVersion: number;
  view: SessionView;
  contextFrom: number;
  moves: readonly Move[];
};
export type Move = { seq: number; to: number | null };
export type Forwarded = { actor: Actor; opId: string | undefined; method: string; params: unknown };

/** The newest of those before a place in the trail, of one session or tool where they are named. */
export type AuditQuery = {
  session?: string;
  tool?: string;
  since?: number;
  before?: { at: number; id: number };
  limit: number;
};

export type SummaryQuery = { text?: string; behind?: { at: number; id: string }; limit: number };

export interface Store {
  /** Takes the session over, whoever held it: a new epoch, durable. A session never seen before starts at seq 0. */
  acquire(session: string, holder: string): Promise<Lease>;
  /** Whether the lease still holds; keeps it from being taken for abandoned. */
  renew(session: string, epoch: number): Promise<boolean>;
  release(session: string, epoch: number): Promise<void>;
  /** One commit for all; one answer each. Never throws for a session's own trouble. */
  append(batches: readonly Batch[]): Promise<AppendOutcome[]>;
  /** Oldest first, upcast, at most `limit`. `before` gives the newest ones below it. */
  read(session: string, range: ReadRange): Promise<Recorded[]>;
  /** What is and what comes, until the signal. */
  tail(session: string, after: number, signal: AbortSignal): AsyncIterable<Recorded[]>;
  partials(session: string): Promise<Partial[]>;
  receipt(principal: string, opId: string): Promise<Receipt | undefined>;
  /** Forgets receipts older than `before`. */
  forgetReceipts(before: number): Promise<number>;
  /** Hands a command to the session's owner elsewhere; false where this store has but one owner. */
  send(session: string, command: Forwarded): Promise<boolean>;
  snapshot(session: string, reducerVersion: number): Promise<Snapshot | undefined>;
  saveSnapshot(session: string, epoch: number, snapshot: Snapshot): Promise<void>;
  /** Newest first, those of one moment by id; at most `limit` of those behind a place in that order. */
  summaries(query: SummaryQuery): Promise<Summary[]>;
  summary(session: string): Promise<Summary | undefined>;
  /** What was spent on each day from `since` (YYYY-MM-DD) on, by day and model. Outlives the sessions that spent it. */
  usage(query: { since: string }): Promise<DayUsage[]>;
  /** What was decided, newest first, in the order of time; it outlives its sessions. However many there are, only these are read. */
  audited(query: AuditQuery): Promise<{ id: number; row: Audited }[]>;
  /** What was decided outside of any session's log. */
  audit(row: Audited): Promise<void>;
  /** What people were told on this day (YYYY-MM-DD), as the teller calls it. Of other days nothing is kept. */
  told(day: string): Promise<string[]>;
  tell(day: string, what: string): Promise<void>;
  /** Summaries as they change, and ids of sessions that are gone, until the signal. */
  changes(signal: AbortSignal): AsyncIterable<{ changed: Summary[]; removed: string[] }>;
  /** The session, its log and everything kept for it. */
  remove(session: string): Promise<void>;
  /** Answers once writing works again; throws while it does not. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

// ---- blobs --------------------------------------------------------------------------------------------------

export interface Blobs {
  put(bytes: Uint8Array, type: string, name?: string): Promise<BlobRef>;
  get(sha256: string, range?: { start: number; end: number }): Promise<Uint8Array | undefined>;
  /** Says that a session refers to these. */
  keep(session: string, sha256s: readonly string[]): Promise<void>;
  /** Forgets what the session referred to. */
  release(session: string): Promise<void>;
  /** Removes what no session refers to and is older than `before`. Returns how many. */
  sweep(before: number): Promise<number>;
}

// ---- processes ----------------------------------------------------------------------------------------------

export type * from "./sandbox.ts";

// ---- what is to be run, before it runs -------------------------------------------------------------------------

/** Where a command would run, and whose folders those are: its paths are judged from there. */
export type Where = { cwd: string; roots: readonly string[]; home: string };

/**
 * What reading a command tells. Of a plain one it is certain that exactly these words are run: only such a one can be allowed by a
 * rule. What is unclear does more than its words say: the mode decides. What nobody can read, and what cannot be taken
 * back, is asked about in every mode.
 */
export type Judgement =
  | { is: "plain"; commands: readonly (readonly string[])[] }
  | { is: "unclear" | "unreadable"; why: string }
  | { is: "destructive"; why: string; safer?: string };

export interface Guard {
  /** A line for bash, or the words of one program that no shell reads. */
  judge(command: string | readonly string[], place: Where): Promise<Judgement>;
  /** Whether rules allow every command of a line that was judged plain. */
  covers(prefixes: readonly Prefix[], commands: readonly (readonly string[])[]): boolean;
  /** The rules that would let these run again: as few words as are safe of each. */
  rulesFor(commands: readonly (readonly string[])[]): Prefix[];
}
/** A rule for commands: the words with which one begins that may run unasked, as `git status` or `npm test`. */
export type Prefix = readonly [string, ...string[]];

/** A rule that outlives its session, in the user's own config: for one project, by the real path of its root, or for all. */
export type KeptRule = Rule & { readonly project?: string; readonly at: number; readonly by: string };

export interface Rules {
  /** Oldest first. Throws where they cannot be read: nobody knows then what they forbid. */
  kept(): Promise<readonly KeptRule[]>;
  keep(rule: KeptRule): Promise<void>;
  /** False where there is none of that name. */
  revoke(rule: string): Promise<boolean>;
}

// ---- live Python --------------------------------------------------------------------------------------------

export const capabilityNames = [
  "list_globals",
  "get_type",
  "get_repr",
  "get_dir",
  "get_doc",
  "eval_expr",
  "get_last_exception",
] as const;
/** Beside the seven there may be some that a Python was given by plugins. */
export type CapabilityName = (typeof capabilityNames)[number] | `x.${string}`;
/** `ran` names what code of the value itself had to run for the answer, so that looking is never silently touching. */
export type CapabilityAnswer = { ok: boolean; text: string; value?: unknown; ran?: string };

/** `interpreter`: the one that people named, where a runtime has more than one. */
export type KernelSpec = {
  session: string;
  cwd: string;
  /** Folders that it may work in beside. */
  roots?: readonly string[];
  generation: number;
  interpreter?: string;
};
export type CellResult = {
  ok: boolean;
  outcome?: "interrupted" | "died";
  result?: Value;
  error?: CellError;
  variables?: Variable[];
};
/** What a running cell says on its way. The callbacks never throw. */
export type CellWatcher = {
  output(stream: Stream, text: string): void;
  display(value: Value): void;
  /** Python waits for a line; the kernel hears it through `answer`. */
  input(prompt: string, password: boolean): void;
};
export type Completion = { matches: string[]; start: number; end: number };
export type Completeness = { is: "complete" | "invalid" } | { is: "incomplete"; indent: string };
/** Why a kernel ended: asked to (stopped) or not (died). */
export type KernelExit = { is: "stopped" | "died"; why: string };

/** One running Python. It runs one cell at a time; looking into it waits for the cell to end. */
export interface Kernel {
  readonly generation: number;
  readonly python: string;
  /** `given`: texts that it finds under these names. */
  exec(
    cell: { id: number; code: string; given?: Readonly<Record<string, string>> },
    watcher: CellWatcher,
  ): Promise<CellResult>;
  capability(name: CapabilityName, arg?: string): Promise<CapabilityAnswer>;
  /** What it holds now; undefined where it cannot be told. */
  variables(): Promise<Variables | undefined>;
  complete(code: string, cursor: number): Promise<Completion>;
  isComplete(code: string): Promise<Completeness>;
  /** The line that `input()` waits for; null closes it (EOFError). */
  answer(text: string | null): void;
  /** Raises KeyboardInterrupt in the running cell. Nothing happens where nothing runs. */
  interrupt(): void;
  /** Ends the process and whatever runs in it. */
  kill(why: string): void;
  checkpoint(): Promise<string | undefined>;
  restore(checkpoint: string): Promise<boolean>;
  onExit(listener: (exit: KernelExit) => void): void;
}

export interface Runtime {
  readonly name: string;
  /** Sealed: its code reaches neither files nor network of the host, so an assistant's cell needs no approval. */
  readonly sealed: boolean;
  /** Where people choose its interpreter: the path of the one they mean, or why that cannot be used. */
  find?(interpreter: string | undefined, cwd: string): Promise<{ interpreter: string } | { why: string }>;
  start(spec: KernelSpec, sandbox: Sandbox, signal: AbortSignal): Promise<Kernel>;
  /** What its kernels begin with, where that makes a difference to people. */
  startsFrom?(): string;
  /** Keeps one kernel booted ahead of its use, while anybody may want one. */
  warm(sandbox: Sandbox, wanted: boolean): void;
}

// ---- tools --------------------------------------------------------------------------------------------------

export type * from "./files.ts";
export type * from "./tool.ts";

// ---- who may come in ------------------------------------------------------------------------------------------

export type { Principal, Tokens } from "./tokens.ts";

// ---- models -------------------------------------------------------------------------------------------------

export type * from "./models.ts";

// ---- the project a session works in ---------------------------------------------------------------------------

/** A file in which a project says how to work in it, by its path from the project's root. */
export type Instruction = { path: string; text: string };

export interface Instructions {
  /** From the project's root to this folder, nearest last. What cannot be read says why instead of what it says. */
  of(cwd: string): Promise<readonly Instruction[]>;
  /** Their paths alone: nothing is read. */
  found(cwd: string): Promise<readonly string[]>;
}

/** `answered`: a person said yes or no; nobody needs to be asked. */
export type Standing = { folder: string; trusted: boolean; answered: boolean };

/** Which projects a person trusts. One is known by the real path of its root, and can never say so itself. */
export interface Trust {
  /** The root that is trusted or not when somebody works in this folder. */
  of(cwd: string): Promise<Standing>;
  /** Yes or no, for good. */
  say(folder: string, trusted: boolean): Promise<void>;
}

/** What a project's own file takes away from what people set: it can add nothing. */
export interface Ceilings {
  /** Where a project has it, from its root. */
  readonly file: string;
  /** Nothing is read. */
  found(root: string): Promise<boolean>;
  /** As it is now; undefined where there is none. `fault`: it cannot be used, and this holds instead. */
  of(root: string): Promise<{ holds: Ceiling; fault?: string } | undefined>;
}

/** What a check of the daemon's health found: where it is not well, what to do stands behind what happened. */
export type Finding = { name: string; ok: boolean; says: string };

// ---- time and chance ----------------------------------------------------------------------------------------

export interface Clock {
  now(): number;
  /** Calls once, later. Returns how to take it back. */
  after(ms: number, call: () => void): () => void;
}
export type NewId = () => string;
export type Log = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields?: Record<string, unknown>,
) => void;

// ---- who asks, and how it is answered -----------------------------------------------------------------------

/** `sessions`: it may know of these alone. */
export type Caller = { actor: Actor; role: Role; sessions?: readonly string[] };

/** Called once, in the tick in which the session's outbox releases the answer: so a reply never overtakes a frame. */
export type Settle<T> = { ok(result: T): void; refused(error: DaimonError): void };

/** A connection, as a transport gives it. One for all the sessions it follows. */
export interface Link {
  /** The number of the client's own fold. */
  readonly reducer: number;
  readonly caller: Caller;
  /** A person sits at it who can be asked. */
  readonly answers?: boolean;
  /** Bytes taken and not yet on the wire. */
  unsent(): number;
  /** One JSON-RPC notification, already as text: the same buffer goes to every link. */
  send(text: Buffer): void;
  close(code: number, reason: string): void;
}

/** All that a transport knows of sessions: rows of the command table go in, answers and frames come out. */
export interface Hub {
  /** Any row that names a session, makes one or lists them. Parameters are checked already. */
  submit<M extends Method>(caller: Caller, method: M, params: ParamsOf<M>, settle: Settle<ResultOf<M>>): void;
  /** Reply and subscription in one tick. Attaching again replaces the link's earlier attachment to that session. */
  attach(link: Link, params: ParamsOf<"session/attach">, settle: Settle<Attached>): void;
  detach(link: Link, sessionId: string): void;
  /** Summaries now, then as they change. */
  home(link: Link, settle: Settle<ResultOf<"home/attach">>): void;
  /** The connection is gone. */
  leave(link: Link): void;
  counts(): { sessions: number; live: number; kernels: number; attachments: number; trouble: string[] };
  /** Ends turns and cells openly, writes what is to be written, stops kernels. */
  close(): Promise<void>;
}

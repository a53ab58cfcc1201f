import type { PlanItem, Value } from "@daimon/protocol";
import type { TSchema } from "typebox";
import type { Blobs, CapabilityAnswer, CapabilityName, Sandbox } from "./ports.ts";

/** What the assistant can do: a tool, what it is given to do it with, and what it says of it. */

export type Progress = { text: string };
/** What a tool may use. A cell it asks for is an event of the session like anybody's. */
export type ToolContext = {
  session: string;
  /** The call that this is a run of. */
  call: number;
  cwd: string;
  /** Folders that tools may reach: the cwd, and what people added. */
  roots: readonly string[];
  /** Folders that no tool may look into, wherever they lie: the daemon's own, with its token, keys and log. */
  hidden: readonly string[];
  /** Where what is deleted is kept. */
  trash: string;
  signal: AbortSignal;
  /** `given`: handles of results, by the names under which the cell finds their text. */
  cell(
    code: string,
    given?: Readonly<Record<string, string>>,
  ): Promise<{ text: string; ok: boolean; outcome?: string }>;
  capability(name: CapabilityName, arg?: string): Promise<CapabilityAnswer>;
  sandbox: Sandbox;
  blobs: Blobs;
  /**
   * Says what will be changed, before it is: once this resolves it is on disk, with what was there, so that the turn can be taken
   * back. Whoever writes without it writes what nobody can undo.
   */
  changing(change: FileChange): Promise<void>;
  /** All of an earlier call's result, by the handle that the model was told; undefined where there is none. */
  result(handle: string): Promise<Uint8Array | undefined>;
  /** The list that the assistant keeps of what it is about to do. */
  plan(items: readonly PlanItem[]): Promise<void>;
  /** What people answered to the tool's question. */
  answer?: string;
};

/** `path` is real and absolute. Without `before` there was nothing, or `lost` says why it could not be kept. */
export type FileChange = {
  path: string;
  change: "created" | "edited" | "moved" | "deleted";
  /** Where it is moved; of what is deleted, where it is kept. */
  to?: string;
  before?: { bytes: Uint8Array; mode: number };
  /** The SHA-256 of what it will hold; absent where it will be gone, or is a folder. */
  after?: string;
  /** The permissions that it will have, where they change. */
  afterMode?: number;
  lost?: string;
};
/** What a tool asks of the people here before it runs. With choices one of them is the answer, else any text. */
export type Question = { text: string; choices?: readonly string[] };
/** A tool's failure is a sentence to the model: it returns `ok: false`, it throws only for a bug. */
export type ToolResult = Value & {
  ok?: boolean;
  outcome?: string;
  /** The status with which its command ended. */
  exit?: number;
  /** What it may yet change, that nobody will see: people hear of it when they take the turn back. */
  unseen?: string;
};
export type Touches = "nothing" | "files" | "world" | "python";

export interface Tool {
  readonly name: string;
  readonly about: string;
  readonly input: TSchema;
  readonly touches: Touches;
  /** May run again when nobody knows whether it ran. */
  readonly repeatable: boolean;
  /** May run beside other calls of the same step. */
  readonly parallel: boolean;
  /** What was meant by an input that does not fit; of one that fits, itself. */
  mend?(input: unknown): unknown;
  /** It follows something that goes on: the same call again is no circle. */
  readonly polls?: true;
  /** Where one tool does several things: what this use of it touches. */
  touching?(input: unknown): Touches;
  /** The command that it would run, for the guard: a line for bash, or the words of one program. */
  command?(input: unknown): string | readonly string[] | undefined;
  /** What people are shown of it before it runs; `preview` where what they are asked about takes a look at the world. */
  show(input: unknown): Value;
  /** As a diff of what would change. `ok: false`: it would fail, and nobody need be asked. */
  preview?(input: unknown, context: ToolContext): Promise<ToolResult>;
  question?(input: unknown): Question;
  run(input: unknown, context: ToolContext): AsyncGenerator<Progress, ToolResult>;
  /** Where there is nothing for it yet no model is told of it, so that a request stays small. */
  useful?(session: { id: string; cwd: string }): boolean;
  /** The session is deleted: what the tool keeps for it ends. */
  forget?(session: string): void;
}

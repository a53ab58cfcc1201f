import type { Static } from "typebox";
import type * as CommandTable from "./schema/commands.ts";
import type * as Events from "./schema/events.ts";
import type * as Frames from "./schema/frames.ts";
import type * as Project from "./schema/project.ts";
import type * as Shapes from "./schema/shapes.ts";
import type * as Views from "./schema/view.ts";

/** The schemas as plain types: whoever imports only these loads no schema library. */

export type Actor = Static<typeof Shapes.Actor>;
export type ClientKind = Static<typeof Shapes.ClientKind>;
export type Role = Static<typeof Shapes.Role>;
export type Mode = Static<typeof Shapes.Mode>;
export type Delivery = Static<typeof Shapes.Delivery>;
export type Priority = Static<typeof Shapes.Priority>;
export type AskKind = Static<typeof Shapes.AskKind>;
export type Stream = Static<typeof Shapes.Stream>;
export type BlobRef = Static<typeof Shapes.BlobRef>;
export type Value = Static<typeof Shapes.Value>;
export type Usage = Static<typeof Shapes.Usage>;
export type Variable = Static<typeof Shapes.Variable>;
export type Variables = Static<typeof Shapes.Variables>;
export type CellError = Static<typeof Shapes.CellError>;
export type Limits = Static<typeof Shapes.Limits>;
export type Scope = Static<typeof Shapes.Scope>;
export type Rule = Static<typeof Shapes.Rule>;
export type Audited = Static<typeof Shapes.Audited>;
export type ToldRule = Static<typeof Shapes.ToldRule>;
/** What a rule is about. */
export type Covered = Omit<Rule, "rule" | "allow" | "ask">;
export type AskAbout = Static<typeof Shapes.AskAbout>;
export type PlanItem = Static<typeof Shapes.PlanItem>;
export type Ceiling = Static<typeof Project.Ceiling>;

export type SessionEvent = Static<typeof Events.SessionEvent>;
export type EventType = SessionEvent["type"];
export type EventOf<T extends EventType> = Extract<SessionEvent, { type: T }>;
export type Recorded = Static<typeof Events.Recorded>;
export type Delta = Static<typeof Events.Delta>;

export type SessionView = Static<typeof Views.SessionView>;
export type Item = Static<typeof Views.Item>;
export type ItemOf<K extends Item["kind"]> = Extract<Item, { kind: K }>;
export type Output = Static<typeof Views.Output>;
export type Ask = Static<typeof Views.Ask>;
export type PendingCall = Static<typeof Views.PendingCall>;
export type TurnLane = Static<typeof Views.TurnLane>;
export type KernelLane = Static<typeof Views.KernelLane>;
export type QueuedInput = Static<typeof Views.QueuedInput>;
export type OpenBlock = Static<typeof Views.OpenBlock>;
export type Summary = Static<typeof Views.Summary>;
export type Header = Pick<
  SessionView,
  | "id"
  | "title"
  | "cwd"
  | "roots"
  | "from"
  | "task"
  | "profile"
  | "runtime"
  | "mode"
  | "model"
  | "thinking"
  | "temperature"
  | "maxTokens"
>;

export type Frame = Static<typeof Frames.Frame>;
export type Attached = Static<typeof Frames.Attached>;
export type Present = Static<typeof Frames.Present>;
export type Request = Static<typeof Frames.Request>;
export type Reply = Static<typeof Frames.Reply>;
export type Notification = Static<typeof Frames.Notification>;
export type ClientInfo = Static<typeof Frames.ClientInfo>;

type Table = CommandTable.Commands;
export type Method = keyof Table;
export type ParamsOf<M extends Method> = Static<Table[M]["params"]>;
export type ResultOf<M extends Method> = Static<Table[M]["result"]>;

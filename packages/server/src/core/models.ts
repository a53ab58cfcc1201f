import type { SessionView, Usage } from "@daimon/protocol";
import type { TSchema } from "typebox";

/** How the core speaks with models: one conversation, one grammar of events, whatever the vendor's wire looks like. */

export type ModelInfo = {
  id: string;
  name: string;
  /** Tokens it takes in all, and gives at most; like all that follows, absent where nobody knows. */
  context?: number;
  output?: number;
  images?: boolean;
  thinking?: boolean;
  /** In dollars for a million tokens, where a prompt is short. Nothing is 0: that is what it costs on one's own machine. */
  price?: { input: number; output: number };
};

export type Image = { type: string; bytes: Uint8Array };

/** The conversation as a provider sees it. It only ever grows at its end between compactions. */
export type Message =
  | { role: "user"; text: string; images?: readonly Image[] }
  | { role: "assistant"; blocks: AssistantBlock[] }
  | { role: "tool"; callId: string; tool: string; ok: boolean; text: string };

/** `payload`: what the same model must be given back unchanged; never there for another model. */
export type AssistantBlock =
  | { kind: "text"; text: string; payload?: string }
  | { kind: "thinking"; text: string; payload?: string }
  | { kind: "call"; callId: string; tool: string; input: unknown; payload?: string };

export type ToolInfo = { name: string; about: string; input: TSchema };
export type ModelRequest = {
  model: string;
  system: string;
  messages: readonly Message[];
  tools: readonly ToolInfo[];
  /** The same for all requests of a session: providers find their cache by it. */
  session: string;
  thinking: SessionView["thinking"];
  temperature?: number;
  maxTokens?: number;
};

/** Why a model stopped. `filter`: the provider's filter, not the model, held the answer back. */
export type StopReason = "end" | "calls" | "length" | "refusal" | "filter";

/**
 * What a model says, as it comes. A block opens with its first fragment and closes with the next block, a call or
 * the end. The last event is `end`; a stream that stops without one broke off.
 */
export type ModelEvent =
  | { type: "text"; text: string }
  | { type: "thinking"; text: string }
  /** Belongs to the thinking just sent; alone it is a block without words. */
  | { type: "thinking.payload"; payload: string }
  /** Whole, once its arguments have arrived. `malformed`: they are no JSON, and this is what they are. */
  | { type: "call"; callId: string; tool: string; input: unknown; payload?: string; malformed?: string }
  /** Something came that says nothing yet: the connection lives. */
  | { type: "alive" }
  /**
   * What was used so far, where a vendor says so before the end; a later one stands for those before it. It counts where an
   * answer is cut off.
   */
  | { type: "usage"; usage: Usage }
  /**
   * `input` is all that was sent, what the cache gave and took included; `output` all that came, thinking included. Absent
   * where the vendor does not say. `cost`: what the provider itself says it charged, in dollars.
   */
  | { type: "end"; stop: StopReason; usage?: Usage; cost?: number };

/** What is known of models, by their full names. */
export interface Catalogue {
  info(model: string): Promise<ModelInfo | undefined>;
  /** In dollars; undefined where nobody knows the price. */
  price(model: string, usage: Usage): Promise<number | undefined>;
}

export interface Provider {
  readonly name: string;
  /** Who uses it pays nobody: its models run on one's own machine. */
  readonly free?: true;
  /** Those it can list itself; throws a `ProviderFault` when it cannot be reached. */
  models(signal?: AbortSignal): Promise<ModelInfo[]>;
  /** Whether it lets us in; there where it lists its models to anybody. */
  verify?(signal?: AbortSignal): Promise<unknown>;
  /**
   * Leaving the loop or the signal stops it. Trouble is thrown as a `ProviderFault`, wherever it happens. `lives` is called
   * where something came, though it may be no event: servers keep a connection open with comments.
   */
  stream(request: ModelRequest, signal: AbortSignal, lives?: () => void): AsyncIterable<ModelEvent>;
}

/** How a provider lets us in where people signed in with a browser instead of giving a key. */
export interface Access {
  /** `as`: whom it let in, in its own words. Nobody was let in who is `out`; who was and is no longer, is told why. */
  readonly state: { is: "out" } | { is: "in"; as?: string } | { is: "ended"; why: string };
  /** A token that is good now, and another one than `refused`. Where none can be had it throws a `ProviderFault`. */
  token(refused?: string): Promise<string>;
  /** What must not be repeated to anybody. */
  secrets(): readonly string[];
}

/** Signing in at one provider. */
export interface SignIn extends Access {
  /** Where a person says yes in a browser, which then comes to `callback` with this state. */
  begin(callback: string): { address: string; state: string };
  /** What the browser came back with, made into a sign-in that is kept. */
  finish(
    came: Came,
  ): Promise<{ is: "kept"; file: string; as?: string } | { is: "refused" | "unreachable"; why: string }>;
  /** Forgets it. `told`: so did the provider. */
  end(): Promise<{ was: boolean; told: boolean }>;
}
export type Came = { state: string; code: string; client?: string };

/** A provider as it is set up, and what opens it. */
export type Door = {
  name: string;
  /** Where it is, where that is not its vendor's own. */
  url?: string;
  /** The variable that holds its key; absent where it takes none. */
  variable?: string;
  /** locked: it wants a key and has none. assumed: nobody said that it is there. */
  is: "open" | "locked" | "assumed";
  /** It is opened with a key, which goes before a sign-in. */
  keyed: boolean;
  /** Absent where it lets nobody in so. */
  signIn?: SignIn;
  open(key: string): Provider;
};

/** Where people's keys are kept. */
export interface Keyring {
  doors(): readonly Door[];
  /** `shadowed`: something else goes before what is kept here. */
  keep(variable: string, key: string): { file: string; shadowed: boolean };
}

import type { BlockText } from "../blocks.ts";
import type { Delta, Present, Recorded, SessionView, Variables } from "../types.ts";

/** One connection that carries text frames, however it is made: `./local` on a Unix socket, a browser's WebSocket. */
export type Wire = { send(text: string): void; close(code?: number, reason?: string): void };
export type WireEvents = {
  opened(): void;
  text(text: string): void;
  /** `errno`: the system's word for why no connection came about (ENOENT, ECONNREFUSED), where there is one. */
  closed(code: number, reason: string, errno?: string): void;
};
/** Never calls back before it has returned. */
export type Connect = (events: WireEvents) => Wire;

/** What a client knows of a session right now. */
export type Following = {
  readonly view: SessionView;
  /** Text of blocks still open, by block. */
  readonly open: ReadonlyMap<number, BlockText>;
  readonly present: readonly Present[];
  readonly link: "live" | "reconnecting" | "closed";
  /** What Python held when it last rested; only where they are watched. */
  readonly variables?: Variables | undefined;
};

export type Change =
  | { is: "view" } // everything may be new: first attach, resync, another epoch
  | { is: "event"; recorded: Recorded }
  | { is: "delta"; delta: Delta }
  | { is: "presence" }
  | { is: "link" }
  | { is: "variables" }
  | { is: "warning"; message: string }
  | { is: "unsaved"; block: number; text: string }; // words already shown that the daemon could not keep

/** A client's link to one session. It outlives connections: after a loss it comes back by itself where it left. */
export type Attachment = {
  readonly sessionId: string;
  readonly now: Following;
  /** Why it is closed, when not because of detach(). */
  readonly ended?: Error | undefined;
  /** Every change in order. Returns how to stop listening. */
  onChange(listener: (change: Change) => void): () => void;
  /** Whether to be told what Python holds whenever that changes. Costs nothing while nobody wishes it. */
  watchVariables(on: boolean): void;
  detach(): Promise<void>;
};

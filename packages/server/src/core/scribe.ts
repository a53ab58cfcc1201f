import type { Actor, BlockText, Recorded, SessionEvent, SessionView } from "@daimon/protocol";

/** What work (a turn, a cell) may do to its session. Once the work is stale, every write of it throws `Stale`. */
export interface Scribe {
  readonly view: SessionView;
  /** Throws when the work is stale. */
  check(): void;
  record(by: Actor, events: SessionEvent[]): Recorded[];
  /** Everything recorded so far is durable. Throws when it never will be. */
  durable(): Promise<void>;
  delta(block: number, text: string): void;
  text(block: number): BlockText;
}

/** The work's session went on without it: interrupted, cut off, or owned by somebody else. Nobody is told. */
export class Stale extends Error {
  override readonly name = "Stale";
}

export const seqOf = ([first]: Recorded[]): number => {
  if (!first) throw new Error("nothing was recorded");
  return first.seq;
};

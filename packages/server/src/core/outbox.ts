import type { Delta, Recorded, SessionView } from "@daimon/protocol";

export type Outgoing =
  | { is: "event"; recorded: Recorded; view: SessionView }
  | { is: "delta"; delta: Delta }
  /** Replies, refusals and work to start. `drop` is told when what it waited for may never become durable. */
  | { is: "act"; act(): void; drop(): void };

/**
 * One session's way out. Whatever is caused goes in, in order, and leaves when everything recorded before it is
 * durable; so nobody hears of a thing, and nothing acts on it, before it is written.
 */
export class Outbox {
  readonly #release: (outgoing: Outgoing) => void;
  #waiting: { after: number; outgoing: Outgoing }[] = [];
  #durable: number;
  #releasing = false;

  constructor(durable: number, release: (outgoing: Outgoing) => void) {
    this.#durable = durable;
    this.#release = release;
  }

  get durable(): number {
    return this.#durable;
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  push(after: number, outgoing: Outgoing): void {
    this.#waiting.push({ after, outgoing });
    this.#drain();
  }

  /** Everything up to this seq is written. */
  written(upTo: number): void {
    this.#durable = Math.max(this.#durable, upTo);
    this.#drain();
  }

  /** What waits will not become durable: events and deltas are gone, actions are told. */
  drop(durable: number): void {
    const dropped = this.#waiting;
    this.#waiting = [];
    this.#durable = durable;
    for (const { outgoing } of dropped) if (outgoing.is === "act") outgoing.drop();
  }

  #drain(): void {
    // What is released may push more; it comes after what already waits.
    if (this.#releasing) return;
    this.#releasing = true;
    try {
      let first = this.#waiting[0];
      while (first && first.after <= this.#durable) {
        this.#waiting.shift();
        this.#release(first.outgoing);
        first = this.#waiting[0];
      }
    } finally {
      this.#releasing = false;
    }
  }
}

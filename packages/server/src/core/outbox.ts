import type { Delta, Recorded, SessionView } from "@daimon/protocol";

export type Outgoing =
  | { is: "event"; recorded: Recorded; view: SessionView }
  | { is: "delta"; delta: Delta }
  /** Replies, refusals and work to start. `drop` is told when what it waited for may never become durable. */
  | { is: "act"; act(): void; drop(): void };

/**
 * One session's way out. Whatever is caused goes in, in order, each with the place up to which the journal must have
 * written for it to leave; so nobody hears of a thing, and nothing acts on it, before it is durable.
 */
export class Outbox {
  readonly #release: (outgoing: Outgoing) => void;
  #waiting: { after: number; outgoing: Outgoing }[] = [];
  #written = 0;
  #releasing = false;

  constructor(release: (outgoing: Outgoing) => void) {
    this.#release = release;
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  push(after: number, outgoing: Outgoing): void {
    this.#waiting.push({ after, outgoing });
    this.#drain();
  }

  /** Everything up to this place is durable. */
  written(place: number): void {
    this.#written = Math.max(this.#written, place);
    this.#drain();
  }

  /** What waits will not become durable: events and deltas are gone, actions are told. */
  drop(place: number): void {
    const dropped = this.#waiting;
    this.#waiting = [];
    this.#written = place;
    for (const { outgoing } of dropped) if (outgoing.is === "act") outgoing.drop();
  }

  #drain(): void {
    // What is released may push more; it comes after what already waits.
    if (this.#releasing) return;
    this.#releasing = true;
    try {
      let first = this.#waiting[0];
      while (first && first.after <= this.#written) {
        this.#waiting.shift();
        this.#release(first.outgoing);
        first = this.#waiting[0];
      }
    } finally {
      this.#releasing = false;
    }
  }
}

import type { Ask } from "@daimon/protocol";
import type { Clock } from "./ports.ts";
import type { Given } from "./rules.ts";

/** Approvals that count as no when nobody gave them in time. A question without an end waits as long as it must. */
export class Deadlines {
  readonly #session: string;
  readonly #clock: Clock;
  readonly #late: (answer: Given<"session/answer">) => void;
  readonly #waiting = new Map<number, () => void>();

  constructor(session: string, clock: Clock, late: (answer: Given<"session/answer">) => void) {
    this.#session = session;
    this.#clock = clock;
    this.#late = late;
  }

  /** Told of what is asked now. */
  look(asks: readonly Ask[]): void {
    for (const [ask, forget] of this.#waiting)
      if (!asks.some(({ id }) => id === ask)) {
        forget();
        this.#waiting.delete(ask);
      }
    for (const { id, kind, expires } of asks)
      if (kind === "approval" && expires !== undefined && !this.#waiting.has(id))
        this.#waiting.set(
          id,
          this.#clock.after(Math.max(0, expires - this.#clock.now()), () => this.#sayNo(id)),
        );
  }

  #sayNo(askId: number): void {
    const reason = "nobody answered in time, and that counts as no";
    this.#late({ sessionId: this.#session, askId, allow: false, reason });
  }
}

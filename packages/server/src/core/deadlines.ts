import type { Ask } from "@daimon/protocol";
import type { Clock } from "./ports.ts";

/** Approvals that count as no when nobody gave them in time. A question without an end waits as long as it must. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #late: (ask: number, reason: string) => void;
  readonly #waiting = new Map<number, () => void>();

  constructor(clock: Clock, late: (ask: number, reason: string) => void) {
    this.#clock = clock;
    this.#late = late;
  }

  /** Told of what is open now. */
  look(asks: readonly Ask[]): void {
    for (const [ask, forget] of this.#waiting)
      if (!asks.some(({ id }) => id === ask)) {
        forget();
        this.#waiting.delete(ask);
      }
    for (const { id, kind, expires } of asks) {
      if (kind !== "approval" || expires === undefined || this.#waiting.has(id)) continue;
      const left = Math.max(0, expires - this.#clock.now());
      this.#waiting.set(
        id,
        this.#clock.after(left, () => this.#late(id, "nobody answered in time, and that counts as no")),
      );
    }
  }

  close(): void {
    this.look([]);
  }
}

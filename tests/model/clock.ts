import type { Clock } from "../../packages/server/src/core/ports.ts";

type Timer = { due: number; call: () => void };

/** Time that stands still until the model moves it. */
export class ManualClock implements Clock {
  #now = 1_700_000_000_000;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  /** How many timers still wait. */
  get waiting(): number {
    return this.#timers.length;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { due: this.#now + ms, call };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  /** Whatever is due meanwhile happens in order, each with a while for what it causes. */
  async advance(ms: number, between: () => Promise<void>): Promise<void> {
    const until = this.#now + ms;
    for (let timer = this.#next(until); timer; timer = this.#next(until)) {
      this.#now = Math.max(this.#now, timer.due);
      timer.call();
      await between();
    }
    this.#now = until;
  }

  #next(until: number): Timer | undefined {
    const first = this.#timers.filter(({ due }) => due <= until).toSorted((a, b) => a.due - b.due)[0];
    if (first) this.#timers = this.#timers.filter((other) => other !== first);
    return first;
  }
}

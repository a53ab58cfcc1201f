import type { Recorded } from "@daimon/protocol";
import { Stale } from "./scribe.ts";

type Waiter = { passes(recorded: Recorded): boolean; resolve(recorded: Recorded): void; reject(error: Error): void };

/** Those who wait for a durable fact. */
export class Releases {
  readonly #waiters = new Set<Waiter>();

  next(passes: (recorded: Recorded) => boolean): Promise<Recorded> {
    return new Promise((resolve, reject) => this.#waiters.add({ passes, resolve, reject }));
  }

  released(recorded: Recorded): void {
    for (const waiter of this.#waiters) {
      if (!waiter.passes(recorded)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(recorded);
    }
  }

  /** What they wait for will not come in this life of the session. */
  stale(): void {
    for (const waiter of this.#waiters) waiter.reject(new Stale());
    this.#waiters.clear();
  }
}

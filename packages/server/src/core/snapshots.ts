import { reducerVersion } from "@daimon/protocol";
import type { Ledger } from "./ledger.ts";
import type { Log, Store } from "./ports.ts";

const every = 2000;

/** Views that are saved now and then, so that a long session is read quickly. The log alone is the truth: losing one loses nothing. */
export class Snapshots {
  readonly #world: { store: Store; log: Log };
  readonly #ledger: Ledger;
  readonly #contextFrom: () => number;
  #savedAt: number;

  constructor(world: { store: Store; log: Log }, ledger: Ledger, savedAt: number, contextFrom: () => number) {
    this.#world = world;
    this.#ledger = ledger;
    this.#savedAt = savedAt;
    this.#contextFrom = contextFrom;
  }

  after(seq: number): void {
    if (seq - this.#savedAt >= every) this.save();
  }

  save(): void {
    const { durable: view, epoch, moves } = this.#ledger;
    if (this.#savedAt === view.seq) return;
    this.#savedAt = view.seq;
    const { store, log } = this.#world;
    store
      .saveSnapshot(view.id, epoch, { seq: view.seq, reducerVersion, view, contextFrom: this.#contextFrom(), moves })
      .catch((error: unknown) =>
        log("warn", "a snapshot could not be saved", { session: view.id, error: String(error) }),
      );
  }
}

import { setImmediate as tick } from "node:timers/promises";
import { DaimonError } from "../../packages/protocol/src/index.ts";
import type { Batch, Blobs, Store } from "../../packages/server/src/core/ports.ts";
import { type Fault, faultyStore } from "../faulty-store.ts";
import { instead, type Truth } from "./truth.ts";

/** The way to the store: which commits go wrong, which one is still on its way, how long reading takes. */
export class Disk {
  readonly store: Store;
  /** What becomes of the next batches that carry something of each session. */
  readonly faults = new Map<string, Fault[]>();
  /** Commits stop before they are written, or after that and before anybody is told. */
  hold: "no" | "before" | "after" = "no";
  /** No session can be taken. */
  full = false;
  /** Ticks that everything but a commit takes. */
  lag = 0;
  #waiting: (() => void)[] = [];

  constructor(store: Store, truth: Truth) {
    const faulty = faultyStore(
      truth.watching(store),
      ({ session }: Batch) => this.faults.get(session)?.shift() ?? "ok",
    );
    this.store = instead(faulty, {
      append: async (batches) => {
        await this.#pass("before");
        const answers = await faulty.append(batches);
        await this.#pass("after");
        return answers;
      },
      receipt: async (principal, opId) => this.#late(() => faulty.receipt(principal, opId)),
      acquire: async (session, holder) => {
        if (this.full) throw new DaimonError("store_unavailable", "injected");
        return this.#late(() => faulty.acquire(session, holder));
      },
      // Whoever loads a session knows of its open blocks what was saved, and not all that was shown.
      partials: async (session) => {
        truth.shown.delete(session);
        return faulty.partials(session);
      },
      summary: async (session) => this.#late(() => faulty.summary(session)),
      read: async (session, range) => this.#late(() => faulty.read(session, range)),
    });
  }

  release(): void {
    this.hold = "no";
    for (const go of this.#waiting.splice(0)) go();
  }

  async #pass(where: "before" | "after"): Promise<void> {
    if (this.hold === where) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** As long on the way there as on the way back. */
  async #late<T>(act: () => Promise<T>): Promise<T> {
    const ticks = this.lag;
    for (let left = ticks; left > 0; left--) await tick();
    const answer = await act();
    for (let left = ticks; left > 0; left--) await tick();
    return answer;
  }
}

/** Real blobs are real files: whoever lets things settle must know that some are on their way. `full`: none is taken. */
export function countedBlobs(blobs: Blobs): Blobs & { readonly underWay: number; full: boolean } {
  let underWay = 0;
  const counted = async <T>(work: Promise<T>): Promise<T> => {
    underWay++;
    try {
      return await work;
    } finally {
      underWay--;
    }
  };
  return {
    get underWay() {
      return underWay;
    },
    full: false,
    put(bytes, type, name) {
      return this.full ? Promise.reject(new Error("no space left on device")) : counted(blobs.put(bytes, type, name));
    },
    get: (sha256, range) => counted(blobs.get(sha256, range)),
    keep: (session, sha256s) => counted(blobs.keep(session, sha256s)),
    release: (session) => counted(blobs.release(session)),
    sweep: (before) => counted(blobs.sweep(before)),
  };
}

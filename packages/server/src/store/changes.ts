import type { Summary } from "@daimon/protocol";
import { Bell } from "./bell.ts";

export type Changes = { changed: Summary[]; removed: string[] };

/**
 * Tells any number of readers which summaries changed. Each keeps one entry per session, the newest, so a reader
 * that comes seldom holds no more than the list itself.
 */
export class ChangeFeed {
  readonly #bell = new Bell();
  readonly #readers = new Set<Map<string, Summary | undefined>>();

  /** A summary changed, or the session is gone. */
  tell(session: string, summary: Summary | undefined): void {
    for (const pending of this.#readers) pending.set(session, summary);
    this.#bell.ring("");
  }

  /** Counts from this call, not from the first read. */
  read(signal: AbortSignal): AsyncIterable<Changes> {
    const pending = new Map<string, Summary | undefined>();
    this.#readers.add(pending);
    signal.addEventListener("abort", () => this.#readers.delete(pending), { once: true });
    return this.#follow(pending, signal);
  }

  async *#follow(pending: Map<string, Summary | undefined>, signal: AbortSignal): AsyncGenerator<Changes> {
    try {
      while (!signal.aborted) {
        const news = this.#bell.next("", signal);
        if (pending.size === 0) {
          await news;
          continue;
        }
        const changed = [...pending.values()].filter((summary) => summary !== undefined);
        const removed = [...pending].filter(([, summary]) => summary === undefined).map(([session]) => session);
        pending.clear();
        yield { changed, removed };
      }
    } finally {
      this.#readers.delete(pending);
    }
  }
}

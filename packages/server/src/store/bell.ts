/** Wakes whoever waits for news of a key. Ask for the wait before looking, or news in between are missed. */
export class Bell {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Settles at the next ring of this key or when the signal aborts. */
  next(key: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting);
      const wake = () => {
        waiting.delete(wake);
        if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }

  ring(key: string): void {
    for (const wake of this.#waiting.get(key) ?? []) wake();
  }
}

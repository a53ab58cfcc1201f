import type { Caller } from "./ports.ts";

/** What one caller asks of one session is decided as it came, though one command waits for a blob and the next does not. */
export class Order {
  readonly #last = new WeakMap<Caller, Map<string, Promise<void>>>();

  after(caller: Caller, session: string, decide: () => Promise<void>): Promise<void> {
    let lines = this.#last.get(caller);
    if (!lines) this.#last.set(caller, (lines = new Map()));
    const before = lines.get(session);
    const decided = before ? before.then(decide) : decide();
    // A refusal is told to its own asker; whoever comes next only waits for it.
    const over = decided.then(
      () => {},
      () => {},
    );
    lines.set(session, over);
    void over.then(() => {
      if (lines.get(session) === over) lines.delete(session);
    });
    return decided;
  }
}

import type { Progress } from "../../core/ports.ts";

/** People see what a program says as it says it: so often at most, and so much at a time. */
const every = 100;
const atOnce = 32 * 1024;

/** What is to be told of a program that may say more than anybody can read. */
export class Telling {
  #text = "";
  #omitted = 0;
  #said = Promise.withResolvers<void>();

  add(text: string): void {
    const room = Math.max(0, atOnce - this.#text.length);
    this.#text += text.slice(0, room);
    this.#omitted += Math.max(0, text.length - room);
    this.#said.resolve();
  }

  /** Piece by piece, until it has ended and the last is told. */
  async *until(ended: Promise<unknown>): AsyncGenerator<Progress, void> {
    let over = false;
    const end = ended.then(
      () => (over = true),
      () => (over = true),
    );
    while (!over) {
      await Promise.race([this.#said.promise, end]);
      yield* this.#take();
      let later: NodeJS.Timeout | undefined;
      if (!over) await Promise.race([end, new Promise((resolve) => (later = setTimeout(resolve, every)))]);
      clearTimeout(later);
    }
    yield* this.#take();
  }

  *#take(): Generator<Progress, void> {
    const text =
      this.#omitted > 0 ? `${this.#text}\n[... ${this.#omitted} characters are not shown here ...]\n` : this.#text;
    this.#text = "";
    this.#omitted = 0;
    this.#said = Promise.withResolvers();
    if (text !== "") yield { text: text.toWellFormed() };
  }
}

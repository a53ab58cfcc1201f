import { createInterface, type Interface } from "node:readline";

/** Lines of a stream that is no terminal of ours, one when somebody asks for one; undefined at its end. */
export class Lines {
  #waiting: string[] = [];
  #ended = false;
  #wake = () => {};
  readonly #reader: Interface;

  constructor(input: NodeJS.ReadableStream) {
    this.#reader = createInterface({ input, terminal: false });
    this.#reader.on("line", (line) => {
      this.#waiting.push(line);
      this.#wake();
    });
    this.#reader.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  async next(signal?: AbortSignal): Promise<string | undefined> {
    while (this.#waiting.length === 0 && !this.#ended && !signal?.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal?.addEventListener("abort", () => resolve(), { once: true });
      await promise;
    }
    return signal?.aborted ? undefined : this.#waiting.shift();
  }

  close(): void {
    this.#reader.close();
  }
}

import { Sanitiser } from "@daimon/protocol/sanitise";

/**
 * What a program says, as text that does nothing: its bytes read as UTF-8, what is none of it replaced, control sequences gone. What
 * it would write over with a carriage return is a line like any other, so that nothing of it hides behind something else.
 */
export class Plain {
  readonly #decoder = new TextDecoder();
  readonly #sanitiser = new Sanitiser();
  /** A carriage return at the end of a piece: a line feed may follow, and the two are one end of a line. */
  #returned = false;

  push(bytes: Uint8Array): string {
    return this.#lines(this.#sanitiser.push(this.#decoder.decode(bytes, { stream: true })));
  }

  /** What is left when no more comes. */
  end(): string {
    const text = this.#lines(this.#sanitiser.push(this.#decoder.decode()));
    return this.#returned ? `${text}\n` : text;
  }

  #lines(piece: string): string {
    const text = this.#returned ? `\r${piece}` : piece;
    this.#returned = text.endsWith("\r");
    const whole = this.#returned ? text.slice(0, -1) : text;
    return whole.includes("\r") ? whole.replace(/\r\n?/g, "\n") : whole;
  }
}

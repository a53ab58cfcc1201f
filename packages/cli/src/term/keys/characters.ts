/** UTF-8 byte by byte. What is none becomes U+FFFD, as often as every decoder of the Web says it. */

export type Character = { text: string; alt: boolean };
const wrong = "\ufffd";

export class Characters {
  #code = 0;
  #missing = 0;
  /** Within what the next byte must be, so that nothing is written in more bytes than it needs. */
  #low = 0x80;
  #high = 0xbf;
  #alt = false;

  get waits(): boolean {
    return this.#missing > 0;
  }

  push(byte: number, alt: boolean): Character[] {
    if (this.#missing === 0) return this.#first(byte, alt);
    if (byte < this.#low || byte > this.#high) {
      const before = this.end();
      return [...(before ? [before] : []), ...this.#first(byte, alt)];
    }
    [this.#low, this.#high] = [0x80, 0xbf];
    this.#code = (this.#code << 6) | (byte & 0x3f);
    return --this.#missing === 0 ? [this.#as(String.fromCodePoint(this.#code))] : [];
  }

  /** What began is not going to be whole any more. */
  end(): Character | undefined {
    if (this.#missing === 0) return undefined;
    this.#missing = 0;
    return this.#as(wrong);
  }

  #as = (text: string): Character => ({ text, alt: this.#alt });

  #first(byte: number, alt: boolean): Character[] {
    this.#alt = alt;
    if (byte < 0x80) return [this.#as(String.fromCharCode(byte))];
    if (byte < 0xc2 || byte > 0xf4) return [this.#as(wrong)];
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.#code = byte & (0x3f >> this.#missing);
    this.#low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    this.#high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    return [];
  }
}

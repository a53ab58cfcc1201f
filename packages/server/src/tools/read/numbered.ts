import { weightAtMost } from "../limits.ts";

/**
 * Lines behind their numbers, made of a file's bytes as they come: those before the wanted ones and those behind are only counted.
 * One pass over bytes, because making a string of each line would take longer than reading the file.
 */
export class Numbered {
  readonly #first: number;
  readonly #end: number;
  readonly #out = Buffer.allocUnsafe(weightAtMost + 64);
  #length = 0;
  #weight = 0;
  /** How much of `out` is whole lines, and how many. */
  #whole = 0;
  /** Line ends so far, and whether something came behind the last one. */
  #ended = 0;
  #open = false;
  /** Nothing more is shown. */
  #full = false;
  #crlf = 0;
  shown = 0;
  /** The one line that is shown is longer. */
  begun = false;

  /** From the line `first` (0 is the first) to before `end`. */
  constructor(first: number, end: number) {
    this.#first = first;
    this.#end = end;
  }

  get lines(): number {
    return this.#ended + (this.#open ? 1 : 0);
  }

  /** All that is to be shown is there. */
  get done(): boolean {
    return this.#full || this.#ended >= this.#end;
  }

  get crlf(): boolean {
    return this.#crlf > 0;
  }

  feed(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) at = this.#wanted ? this.#set(chunk, at) : this.#pass(chunk, at);
  }

  /** What is shown, once all was fed: a line that the file ends in is whole. */
  end(): Buffer {
    if (this.#open && this.#wanted) this.#close();
    if (!this.begun) return this.#out.subarray(0, Math.max(0, this.#whole - 1));
    return this.#out.subarray(0, this.#length);
  }

  get #wanted(): boolean {
    return this.#ended >= this.#first && !this.done;
  }

  #pass(chunk: Uint8Array, at: number): number {
    const next = chunk.indexOf(newline, at);
    this.#open = next < 0;
    if (next < 0) return chunk.length;
    this.#ended++;
    return next + 1;
  }

  #set(chunk: Uint8Array, start: number): number {
    const out = this.#out;
    if (!this.#open && !this.#number()) return start;
    let length = this.#length;
    let weight = this.#weight;
    let at = start;
    // No byte weighs less than one.
    const stop = Math.min(chunk.length, start + weightAtMost - weight + 1);
    for (; at < stop; at++) {
      const byte = chunk[at] as number;
      if (byte === newline) break;
      weight += weights[byte] as number;
      out[length++] = byte;
    }
    this.#open = true;
    if (weight > weightAtMost) return this.#overflow(at, length, weight);
    this.#length = length;
    this.#weight = weight;
    if (at === chunk.length) return at;
    if (out[length - 1] === carriageReturn) {
      this.#crlf++;
      this.#length--;
    }
    this.#close();
    this.#ended++;
    this.#open = false;
    return at + 1;
  }

  /** The line does not fit: it is left out, or shown as far as it does where it is the only one. */
  #overflow(at: number, end: number, heavy: number): number {
    this.#full = true;
    this.begun = this.shown === 0;
    if (!this.begun) return at;
    this.shown = 1;
    let length = end;
    for (let weight = heavy; weight > weightAtMost;) weight -= weights[this.#out[--length] as number] as number;
    this.#length = length;
    return at;
  }

  #close(): void {
    this.#out[this.#length++] = newline;
    this.#whole = this.#length;
    this.shown++;
  }

  /** False where there is no room for one more line. */
  #number(): boolean {
    this.#weight += numberWeight;
    this.#full = this.#weight > weightAtMost;
    if (this.#full) return false;
    const digits = String(this.#ended + 1);
    for (let at = 0; at < digits.length; at++) this.#out[this.#length++] = digits.charCodeAt(at);
    this.#out[this.#length++] = tab;
    return true;
  }
}

/** Of a number of up to eight digits, its tab and the end of the line. */
const numberWeight = 12;
const tab = 9;
const newline = 10;
const carriageReturn = 13;

/** What a byte of UTF-8 adds to the weight of its text. */
const weights = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x20) return byte >= 8 && byte <= 13 && byte !== 11 ? 2 : 6;
  // Four bytes are a pair of surrogates.
  return byte === 0x22 || byte === 0x5c ? 2 : byte >= 0xf0 ? 9 : 1;
});

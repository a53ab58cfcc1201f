import type { PasteHeard } from "./heard.ts";

/** Past this nobody reads what was pasted, and it only fills the memory. */
export const longestPaste = 16 * 1024 * 1024;
const marker = Buffer.from("\x1b[201~");

/** What is pasted, until the terminal says that it ended: its mark may be cut anywhere. */
export class Pasting {
  #pieces: Uint8Array[] = [];
  #length = 0;
  #cut = false;
  /** How much of the mark has been seen at the end of what came. */
  #seen = 0;

  /** Takes bytes up to the end of the paste, or all of them. */
  push(bytes: Uint8Array, from: number): { next: number; ended: boolean } {
    let at = from;
    while (at < bytes.length) {
      if (this.#seen === 0) {
        const found = bytes.indexOf(marker[0]!, at);
        const until = found < 0 ? bytes.length : found;
        this.#keep(bytes.subarray(at, until));
        at = until;
        if (found < 0) break;
      }
      if (bytes[at] === marker[this.#seen]) {
        at++;
        if (++this.#seen === marker.length) return { next: at, ended: true };
      } else {
        this.#keep(marker.subarray(0, this.#seen));
        this.#seen = 0;
      }
    }
    return { next: at, ended: false };
  }

  take(): PasteHeard {
    const text = Buffer.concat(this.#pieces).toString().replace(/\r\n?/g, "\n");
    const cut = this.#cut;
    this.#pieces = [];
    this.#length = 0;
    this.#cut = false;
    this.#seen = 0;
    return { is: "paste", text, ...(cut ? { cut } : {}) };
  }

  #keep(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, longestPaste - this.#length);
    if (kept.length < bytes.length) this.#cut = true;
    if (kept.length === 0) return;
    // A copy: Node uses the memory of what it read again.
    this.#pieces.push(kept.slice());
    this.#length += kept.length;
  }
}

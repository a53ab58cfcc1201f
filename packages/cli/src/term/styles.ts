/** What we write to the terminal ourselves and takes no room: colours and links. Text from outside has none of it. */

// oxlint-disable-next-line no-control-regex -- sequences begin with one
export const styles = /\x1b\[[\d;:]*m|\x1b\]8;[^\x07\x1b]*\x1b\\/g;
export const reset = "\x1b[0m";
const linkEnd = "\x1b]8;;\x1b\\";

export const withoutStyles = (text: string): string => (text.includes("\x1b") ? text.replace(styles, "") : text);

/** Goes to where it says; without an address, just the text. */
export const linked = (address: string, text: string): string => `\x1b]8;;${address}\x1b\\${text}${linkEnd}`;

/** The styles that hold at a place in a text, with what begins them elsewhere and what ends them. */
export class Open {
  #style = "";
  #link = "";

  take(sequence: string): void {
    if (sequence.startsWith("\x1b]")) this.#link = sequence === linkEnd ? "" : sequence;
    else this.#style = sequence === reset || sequence === "\x1b[m" ? "" : this.#style + sequence;
  }

  get begin(): string {
    return this.#link + this.#style;
  }

  get end(): string {
    return (this.#style && reset) + (this.#link && linkEnd);
  }
}

/** What is open behind a text. */
export function openBehind(text: string): Open {
  const open = new Open();
  if (text.includes("\x1b")) for (const [sequence] of text.matchAll(styles)) open.take(sequence);
  return open;
}

import { widthOf } from "./width.ts";

/** What stands below all output while somebody may type: a label, the line so far and where its cursor is. */
export type Prompt = { label: string; line: string; cursor: number };

export type ScreenOptions = {
  write(bytes: string): void;
  columns(): number;
  /** Runs a paint soon: what comes in one breath is painted once. */
  soon(paint: () => void): void;
};

/**
 * Output above, one prompt below. Output is appended and never touched again, except for its last unfinished
 * line: that one is taken up again where it was left, however often the prompt had to be painted under it.
 */
export class Screen {
  readonly #options: ScreenOptions;
  /** The unfinished last line, as it stands on the terminal. */
  #tail = "";
  /** The prompt on the terminal: under the tail, or without one where the output ended. */
  #painted: Prompt | undefined;
  #printed = "";
  #wanted: Prompt | undefined;
  #due = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /** Whether the next text begins a line. */
  get atLineStart(): boolean {
    const all = this.#tail + this.#printed;
    return all === "" || all.endsWith("\n");
  }

  print(text: string): void {
    this.#printed += text;
    this.#later();
  }

  prompt(prompt: Prompt | undefined): void {
    this.#wanted = prompt;
    this.#later();
  }

  /** The prompt was painted before this screen was there. */
  adopt(prompt: Prompt): void {
    this.#wanted = prompt;
    this.#painted = prompt;
  }

  /** The terminal has another size: what is painted is painted anew. */
  resized(): void {
    const had = this.#painted;
    if (!had) return;
    const columns = Math.max(1, this.#options.columns());
    this.#options.write(erase(had, columns) + paint(had, columns));
  }

  /** An empty terminal: the screen was cleared, or somebody else wrote on it. */
  renewed(): void {
    this.#painted = undefined;
    this.#tail = "";
    this.#later();
  }

  flush(): void {
    this.#due = false;
    const bytes = this.#paint(Math.max(1, this.#options.columns()));
    if (bytes !== "") this.#options.write(bytes);
  }

  #later(): void {
    if (this.#due) return;
    this.#due = true;
    this.#options.soon(() => {
      if (this.#due) this.flush();
    });
  }

  #paint(columns: number): string {
    const had = this.#painted;
    const wanted = this.#wanted;
    const printed = this.#printed;
    this.#painted = wanted;
    this.#printed = "";
    if (had && wanted && printed === "") {
      const typed = typedAtEnd(had, wanted, columns);
      return typed ?? erase(had, columns) + paint(wanted, columns);
    }
    let bytes = "";
    if (had) bytes += erase(had, columns) + this.#resume(columns);
    if (printed !== "") bytes += this.#append(printed, columns);
    if (wanted) bytes += (this.#tail === "" ? "" : "\n") + paint(wanted, columns);
    return bytes;
  }

  /** Back from under the prompt to the end of the unfinished line. */
  #resume(columns: number): string {
    if (this.#tail === "") return "";
    const width = widthOf(this.#tail);
    // Terminals disagree about the width of most of Unicode, so a column is only ever computed in plain text.
    if (width < columns && isPlain(this.#tail)) return `\x1b[A\x1b[${width + 1}G`;
    return `\x1b[${rowsOf(this.#tail, columns)}A\r\x1b[J${this.#tail}`;
  }

  /** From the end of the unfinished line on. */
  #append(text: string, columns: number): string {
    const tail = this.#tail;
    const [first = "", ...rest] = (tail + text).split("\n").map(overwritten);
    this.#tail = rest.at(-1) ?? first;
    const after = rest.map((line) => `\n${line}`).join("");
    if (first.startsWith(tail)) return first.slice(tail.length) + after;
    const up = rowsOf(tail, columns) - 1;
    return `${up > 0 ? `\x1b[${up}A` : ""}\r\x1b[J${first}${after}`;
  }
}

/** A line that a progress bar drew over itself: what is seen in the end. A return at its end waits for more. */
function overwritten(line: string): string {
  const at = line.lastIndexOf("\r", line.length - 2);
  return at < 0 ? line : line.slice(at + 1);
}

// oxlint-disable-next-line no-control-regex -- printable ASCII and our own colours
const isPlain = (text: string) => /^(?:[\x20-\x7e]|\x1b\[\d+m)*$/.test(text);
const rowsOf = (line: string, columns: number) => Math.max(1, Math.ceil(widthOf(line.replace(/\r$/, "")) / columns));

/** Row and column of a place in the line, counted from where the prompt begins. */
function place({ label, line }: Prompt, at: number, columns: number) {
  const width = widthOf(label + line.slice(0, at));
  return { row: Math.floor(width / columns), column: width % columns };
}

/** Plain typing at the end of a line, which is what most keys are: just the new characters. */
function typedAtEnd(had: Prompt, wanted: Prompt, columns: number): string | undefined {
  if (had.label !== wanted.label || !wanted.line.startsWith(had.line)) return undefined;
  if (had.line === wanted.line) return had.cursor === wanted.cursor ? "" : undefined;
  if (had.cursor !== had.line.length || wanted.cursor !== wanted.line.length) return undefined;
  const typed = wanted.line.slice(had.line.length);
  const stays = place(wanted, wanted.cursor, columns).row === place(had, had.cursor, columns).row;
  return stays && isPlain(typed) ? typed : undefined;
}

function erase(prompt: Prompt, columns: number): string {
  const { row } = place(prompt, prompt.cursor, columns);
  return `${row > 0 ? `\x1b[${row}A` : ""}\r\x1b[J`;
}

function paint(prompt: Prompt, columns: number): string {
  const end = place(prompt, prompt.line.length, columns);
  const at = place(prompt, prompt.cursor, columns);
  // A full last row leaves the cursor hanging behind it: one more character makes the terminal decide.
  const hanging = end.column === 0 && end.row > 0;
  const bytes = prompt.label + prompt.line + (hanging ? " " : "");
  if (prompt.cursor === prompt.line.length && !hanging) return bytes;
  return `${bytes}${end.row > at.row ? `\x1b[${end.row - at.row}A` : ""}\x1b[${at.column + 1}G`;
}

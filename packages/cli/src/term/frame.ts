import { openBehind, withoutStyles } from "./styles.ts";
import { isPlain, widthOf } from "./width.ts";

const go = (way: "A" | "B" | "G", by: number) => (by === 0 ? "" : `\x1b[${by === 1 ? "" : by}${way}`);

/** Terminals disagree about the width of much of Unicode: columns are only counted where all of them count alike. */
const isSure = (text: string) => isPlain(withoutStyles(text));

/** The bytes of one paint. Rows are counted from the first that is live. */
export class Frame {
  readonly #screen: number;
  #had: readonly string[];
  #bytes = "";
  #row: number;
  #unsure = false;

  constructor(screen: number, had: readonly string[], row: number) {
    this.#screen = screen;
    this.#had = had;
    this.#row = row;
  }

  get row(): number {
    return this.#row;
  }
  get hasMoved(): boolean {
    return this.#bytes !== "";
  }
  get bytes(): string {
    // A line that the terminal thinks is wider than we do must not wrap by itself.
    return this.#unsure ? `\x1b[?7l${this.#bytes}\x1b[?7h` : this.#bytes;
  }

  /** All from so many rows above the cursor on. */
  erase(above: number): void {
    this.#bytes += `\r${go("A", above)}\x1b[J`;
  }

  /** Makes of the rows that stand there those that are wanted: what begins and what ends alike stays as it is. */
  paint(wanted: readonly string[]): void {
    const had = this.#had;
    const shorter = Math.min(had.length, wanted.length);
    let first = 0;
    while (first < shorter && had[first] === wanted[first]) first++;
    let same = 0;
    while (same < shorter - first && had.at(-1 - same) === wanted.at(-1 - same)) same++;
    const grows = wanted.length - had.length;
    // What is moved must be on the screen all the time.
    const stays = same > 0 && wanted.length - first <= this.#screen;
    if (stays && grows !== 0) this.#shift(same, grows);
    const until = stays ? wanted.length - same : wanted.length;
    for (let at = first; at < until; at++) this.#line(at, wanted[at]!);
    if (this.#had.length > wanted.length) {
      this.#to(wanted.length);
      this.#bytes += "\r\x1b[J";
    }
  }

  cursor(row: number, before: string): void {
    this.#to(row);
    if (isSure(before)) this.#bytes += go("G", widthOf(before) + 1).replace("\x1b[G", "\r");
    else {
      // Only the terminal knows which column that is.
      this.#unsure = true;
      this.#bytes += `\r${before}${openBehind(before).end}`;
    }
  }

  /** Moves the last rows down to make room above them, or up to close it. */
  #shift(last: number, by: number): void {
    const had = this.#had;
    const place = had.length - last;
    if (by > 0) {
      this.#to(had.length - 1);
      this.#bytes += `\r${"\n".repeat(by)}`;
      this.#row += by;
      this.#to(place);
      this.#bytes += `\x1b[${by === 1 ? "" : by}L`;
      this.#had = [...had.slice(0, place), ...Array.from({ length: by }, () => ""), ...had.slice(place)];
    } else {
      this.#to(place + by);
      this.#bytes += `\x1b[${by === -1 ? "" : -by}M`;
      this.#had = [...had.slice(0, place + by), ...had.slice(place)];
    }
  }

  #line(at: number, line: string): void {
    const old = this.#had[at];
    if (old === line) return;
    this.#to(at);
    this.#bytes += this.#change(old ?? "", line);
  }

  #change(old: string, line: string): string {
    if (!isSure(line) || !isSure(old)) {
      this.#unsure = true;
      // Before and not after it: behind a full line the cursor still stands on its last character.
      return `\r${old === "" ? "" : "\x1b[K"}${line}`;
    }
    const at = sharedStart(old, line);
    const start = line.slice(0, at);
    const shorter = widthOf(line) < widthOf(old);
    const column = widthOf(start);
    return `${column === 0 ? "\r" : go("G", column + 1)}${openBehind(start).begin}${line.slice(at)}${shorter ? "\x1b[K" : ""}`;
  }

  /** To a row that is there, or that comes to be below the last. */
  #to(row: number): void {
    const bottom = Math.min(row, Math.max(this.#had.length - 1, this.#row));
    this.#bytes += bottom < this.#row ? go("A", this.#row - bottom) : go("B", bottom - this.#row);
    if (row > bottom) this.#bytes += `\r${"\n".repeat(row - bottom)}`;
    this.#row = row;
  }
}

/** How much of two lines is alike from the front, and ends in no sequence. */
function sharedStart(one: string, other: string): number {
  let at = 0;
  let safe = 0;
  while (at < one.length && one[at] === other[at]) {
    const char = one[at++];
    if (char === "\x1b") {
      const end = sequenceEnd(one, at);
      if (one.slice(at, end) !== other.slice(at, end)) return safe;
      at = end;
    }
    safe = at;
  }
  return safe;
}

const sequenceEnd = (text: string, at: number): number =>
  text[at] === "[" ? text.indexOf("m", at) + 1 : text.indexOf("\x1b\\", at) + 2;

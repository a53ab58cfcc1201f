import { Open } from "./styles.ts";
import { clusterEnd, clusterWidth, isPlain, widthOf } from "./width.ts";

/** Lines that fit: text with our own styles in it, cut where a person would, each line of it whole in itself. */

export type WrapOptions = {
  /** Stands before every line but the first. */
  indent?: string;
  /** Cut anywhere and drop no blank: for code. */
  anywhere?: boolean;
};

// oxlint-disable-next-line no-control-regex -- our own sequences
const pieces = /(\x1b\[[\d;:]*m|\x1b\]8;[^\x07\x1b]*\x1b\\)|( +)|([^\x1b ]+|\x1b)/g;
const everywhere = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\u{20000}-\u{3fffd}]/u;

export function wrap(text: string, columns: number, { indent = "", anywhere = false }: WrapOptions = {}): string[] {
  const room = Math.max(2, columns);
  return text.split("\n").flatMap((line) => {
    const expanded = expandTabs(line);
    if (widthOf(expanded) <= room && !expanded.includes("\x1b")) return [expanded];
    return wrapLine(expanded, room, indent, anywhere);
  });
}

function wrapLine(text: string, columns: number, indent: string, anywhere: boolean): string[] {
  const lines = new Lines(columns, indent);
  let word: { text: string; isStyle: boolean }[] = [];
  const endWord = () => {
    lines.word(word);
    word = [];
  };
  for (const [all, style, blanks] of text.matchAll(pieces)) {
    if (anywhere && style !== undefined) lines.style(all);
    else if (anywhere) lines.fill(all);
    else if (blanks !== undefined) {
      endWord();
      lines.blanks(blanks);
    } else word.push({ text: all, isStyle: style !== undefined });
  }
  endWord();
  return lines.end();
}

/** Lines as they grow. A style or a link that is open at a line's end is closed there, and opened again below. */
class Lines {
  readonly #columns: number;
  readonly #indent: string;
  readonly #room: number;
  #done: string[] = [];
  #line = "";
  #width = 0;
  /** Blanks that are only written when a word follows them in the same line. */
  #blanks = "";
  readonly #open = new Open();

  constructor(columns: number, indent: string) {
    this.#columns = columns;
    // An indent that leaves no room for words is none.
    this.#indent = widthOf(indent) <= columns - 2 ? indent : "";
    this.#room = columns - widthOf(this.#indent);
  }

  blanks(blanks: string): void {
    this.#blanks += blanks;
  }

  style(sequence: string): void {
    this.#line += sequence;
    this.#open.take(sequence);
  }

  word(parts: readonly { text: string; isStyle: boolean }[]): void {
    if (parts.length === 0) return;
    const texts = parts.filter(({ isStyle }) => !isStyle).map((part) => part.text);
    const width = texts.reduce((sum, one) => sum + widthOf(one), 0);
    const isFirst = this.#done.length === 0 && this.#width === 0;
    const fits = this.#width + this.#blanks.length + width <= this.#columns;
    const breaksInside = width > this.#room || texts.some((one) => everywhere.test(one));
    if (fits || isFirst || (breaksInside && this.#width + this.#blanks.length + 2 <= this.#columns))
      this.fill(this.#blanks);
    else this.#break();
    this.#blanks = "";
    for (const part of parts) {
      if (part.isStyle) this.style(part.text);
      else this.fill(part.text);
    }
  }

  /** Up to the last column, and on in the next line. */
  fill(text: string): void {
    if (isPlain(text)) {
      for (let rest = text; rest !== "";) {
        if (this.#width >= this.#columns) this.#break();
        const now = rest.slice(0, this.#columns - this.#width);
        this.#line += now;
        this.#width += now.length;
        rest = rest.slice(now.length);
      }
      return;
    }
    for (let at = 0; at < text.length;) {
      const end = clusterEnd(text, at);
      const width = clusterWidth(text, at, end);
      if (this.#width + width > this.#columns) this.#break();
      this.#line += text.slice(at, end);
      this.#width += width;
      at = end;
    }
  }

  end(): string[] {
    this.#finish();
    return this.#done;
  }

  #break(): void {
    this.#finish();
    this.#line = this.#indent + this.#open.begin;
    this.#width = this.#columns - this.#room;
  }

  #finish(): void {
    this.#done.push(this.#line + this.#open.end);
  }
}

/** With blanks in place of tabs, as far as the next column of that many. */
export function expandTabs(text: string, size = 8): string {
  if (!text.includes("\t")) return text;
  let column = 0;
  return text.replace(/([^\t\n]*)([\t\n])/g, (_, before: string, end: string) => {
    column += widthOf(before);
    const blanks = end === "\n" ? "\n" : " ".repeat(size - (column % size));
    column = end === "\n" ? 0 : column + blanks.length;
    return before + blanks;
  });
}

/** At most so many columns, with a mark in place of what was left out. */
export function truncate(text: string, columns: number, mark = "…"): string {
  if (widthOf(text) <= columns) return text;
  const room = Math.max(0, columns - widthOf(mark));
  let shown = "";
  let width = 0;
  const open = new Open();
  for (const [all, style] of text.matchAll(pieces)) {
    if (style !== undefined) open.take(style);
    const part: { text: string; full: boolean } =
      style === undefined ? beginning(all, room - width) : { text: all, full: false };
    shown += part.text;
    width += style === undefined ? widthOf(part.text) : 0;
    if (part.full) break;
  }
  return shown + (columns > 0 ? mark : "") + open.end;
}

/** As much of a text as fits. */
function beginning(text: string, columns: number): { text: string; full: boolean } {
  let width = 0;
  for (let at = 0; at < text.length;) {
    const end = clusterEnd(text, at);
    width += clusterWidth(text, at, end);
    if (width > columns) return { text: text.slice(0, at), full: true };
    at = end;
  }
  return { text, full: false };
}

/** With blanks up to so many columns. */
export function pad(text: string, columns: number, side: "left" | "right" | "center" = "left"): string {
  const missing = Math.max(0, columns - widthOf(text));
  const before = side === "left" ? 0 : side === "right" ? missing : Math.floor(missing / 2);
  return " ".repeat(before) + text + " ".repeat(missing - before);
}

import type { Ink, Tint } from "../theme.ts";
import type { Language } from "./languages.ts";

/** What opened in a line above and has not ended; empty: nothing. */
export type Carry = string;

/** Longer ones are data, and nobody reads them for their colours. */
const longest = 2_000;

/** One line in colours, and what goes on in the next one. */
export function highlight(line: string, language: Language, carry: Carry, ink: Ink): { text: string; carry: Carry } {
  if (line.length > longest) return { text: line, carry };
  const whole = language.line?.(line);
  if (whole) return { text: ink(line, whole), carry };
  let text = "";
  const state = read(line, language, carry, (part, tint) => (text += tint ? ink(part, tint) : part));
  return { text, carry: state };
}

/** What goes on behind a line, without its colours. */
export const carriedOver = (line: string, language: Language, carry: Carry): Carry =>
  line.length > longest ? carry : read(line, language, carry, () => {});

function read(line: string, language: Language, carry: Carry, take: (part: string, tint?: Tint) => void): Carry {
  let at = 0;
  const through = (from: number, kind: Carry): Carry => {
    const { end, tint } = language.spans[kind]!;
    const stop = endOf(line, from, end);
    take(line.slice(at, stop ?? line.length), tint);
    at = stop ?? line.length;
    return stop === undefined ? kind : "";
  };
  let open = carry === "" ? "" : through(0, carry);
  while (at < line.length) {
    language.pieces.lastIndex = at;
    const found = language.pieces.exec(line);
    if (!found || found[0] === "") break;
    if (found.index > at) take(line.slice(at, found.index));
    at = found.index;
    const tint = Object.entries(found.groups ?? {}).find(([, part]) => part !== undefined)![0];
    if (tint === "open") open = through(at + found[0].length, kindOf(found[0], language));
    else {
      take(found[0], tint as Tint);
      at += found[0].length;
    }
  }
  if (at < line.length) take(line.slice(at));
  return open;
}

/** What opens may have letters before it, as Python's strings do. */
const kindOf = (opener: string, { spans }: Language): Carry =>
  Object.keys(spans).find((kind) => opener.endsWith(kind))!;

function endOf(line: string, from: number, end: string): number | undefined {
  for (let at = from; at < line.length; at++) {
    if (line[at] === "\\" && end !== "*/") at++;
    else if (line.startsWith(end, at)) return at + end.length;
  }
  return undefined;
}

/** A text in which somebody writes: after a key only what it changed is read again. */
export class Highlighted {
  readonly #language: Language;
  #lines: readonly string[] = [];
  /** What each line begins in. */
  #carries: Carry[] = [""];

  constructor(language: Language) {
    this.#language = language;
  }

  /** How many lines had to be read. */
  update(lines: readonly string[]): number {
    const old = this.#lines;
    const shorter = Math.min(old.length, lines.length);
    let same = 0;
    while (same < shorter && old[same] === lines[same]) same++;
    let alike = 0;
    while (alike < shorter - same && old.at(-1 - alike) === lines.at(-1 - alike)) alike++;
    const tail = this.#carries.slice(old.length - alike);
    this.#carries.length = Math.min(this.#carries.length, same + 1);
    this.#lines = lines;
    for (let at = same; at < lines.length; at++) {
      const carry = carriedOver(lines[at]!, this.#language, this.#carries[at]!);
      // Below a change all is as it was once it begins as it did.
      const behind = at + 1 - (lines.length - alike);
      if (behind >= 0 && tail[behind] === carry) {
        for (let more = behind; more < tail.length; more++) this.#carries.push(tail[more]!);
        return at + 1 - same;
      }
      this.#carries.push(carry);
    }
    return lines.length - same;
  }

  line(at: number, ink: Ink): string {
    return highlight(this.#lines[at] ?? "", this.#language, this.#carries[at] ?? "", ink).text;
  }
}

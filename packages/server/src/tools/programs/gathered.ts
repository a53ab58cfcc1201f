import { suffixWithin } from "@daimon/protocol";
import { linesAtMost, weightAtMost } from "../limits.ts";

/** Room for what is said about a text behind it. */
export const noteWeight = 1024;

/** `whole` is what is kept of it, where the text is not that. */
export type Shown = { text: string; whole?: string };

/** What a program said, however much that is: its first and last part, of bounded size, and how much there was. */
export class Gathered {
  readonly #part: number;
  readonly #first: string[] = [];
  #last: string[] = [];
  #firstLength = 0;
  #lastLength = 0;
  #dropped = 0;
  #lines = 0;
  #ended = true;

  constructor(most: number) {
    this.#part = most / 2;
  }

  add(text: string): void {
    if (text === "") return;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lines++;
    this.#ended = text.endsWith("\n");
    const room = this.#part - this.#firstLength;
    if (room > 0) this.#first.push(text.slice(0, room));
    this.#firstLength += Math.min(text.length, room);
    const rest = room > 0 ? text.slice(room) : text;
    if (rest === "") return;
    this.#last.push(rest);
    this.#lastLength += rest.length;
    while (this.#lastLength - (this.#last[0]?.length ?? 0) >= this.#part) this.#drop();
  }

  #drop(): void {
    const { length } = this.#last.shift() ?? "";
    this.#lastLength -= length;
    this.#dropped += length;
  }

  get isEmpty(): boolean {
    return this.#firstLength === 0;
  }

  /** As much of it as is kept. */
  whole(): string {
    const gap = this.#dropped > 0 ? `\n[... ${this.#dropped} characters were not kept ...]\n` : "";
    return (this.#first.join("") + gap + this.#last.join("")).toWellFormed();
  }

  /** Its end, as much as a result holds: errors stand there. What is left out before it is said. */
  tail(): Shown {
    const whole = this.whole().replace(/\n$/, "");
    const lines = lastLines(whole, linesAtMost);
    const end = suffixWithin(lines, weightAtMost - noteWeight);
    // A line is shown whole, but for one that alone is too long.
    const begins = end.length < lines.length ? end.indexOf("\n") + 1 : 0;
    const text = end.slice(begins);
    if (text.length === whole.length && this.#dropped === 0) return { text };
    const all = this.#lines + (this.#ended ? 0 : 1);
    const before = all - text.split("\n").length;
    const note =
      begins === 0 && end.length < lines.length
        ? `${before === 0 ? "" : `${before} lines and `}the beginning of this one ${before === 0 ? "is" : "are"} left out`
        : `${before} of ${all} lines are left out`;
    return { text: `[... ${note} ...]\n${text}`, whole };
  }
}

function lastLines(text: string, count: number): string {
  let start = text.length;
  for (let line = 0; line < count && start > 0; line++) {
    const end = text.lastIndexOf("\n", start - 1);
    if (end < 0) return text;
    start = end;
  }
  return text.slice(start + 1);
}

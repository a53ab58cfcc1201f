import { fit } from "@daimon/protocol";

/** How the guide words values and names: short ones in the sentence, long ones below it. */

const inlineLength = 100;
const blockWeight = 4000;

export const code = (text: string): string => `\`${text}\``;

/** Somebody's words inside ours: one line, no control characters, not too long. */
export function quote(text: string, length = 80): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, " ").trim();
  const letters = Array.from(line);
  return letters.length > length ? `${letters.slice(0, length).join("")}…` : line;
}

export const isShort = (text: string): boolean => text.length <= inlineLength && !text.includes("\n");

/** Capabilities say in words that there is nothing to show: "no variables". */
export const isNothing = (text: string): boolean => /^\s*(?:no \w|$)/i.test(text);

/** A block of text that is not ours, fenced so that it cannot be taken for our words. */
export function block(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${fit(text.trimEnd(), blockWeight).text}\n${fence}`;
}

/** A sentence that ends in a value: "`x` is `42`.", or "`x` is:" and the value below. */
export const ending = (sentence: string, value: string): string =>
  isShort(value) ? `${sentence} ${code(value)}.` : `${sentence}:\n\n${block(value)}\n`;

export const list = (items: readonly string[], word: "and" | "or"): string =>
  items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} ${word} ${items.at(-1)}`;

/** Made for the first answer: it loads what Node knows of languages, which is no small part of a daemon's start. */
let sentences: Intl.Segmenter | undefined;
const pieceLength = 400;

/** An answer in the pieces in which it is streamed: sentences, long ones in parts, never half a character. */
export function* pieces(text: string): Generator<string> {
  sentences ??= new Intl.Segmenter("en", { granularity: "sentence" });
  for (const { segment } of sentences.segment(text)) {
    let piece = "";
    for (const letter of segment) {
      piece += letter;
      if (piece.length < pieceLength) continue;
      yield piece;
      piece = "";
    }
    if (piece !== "") yield piece;
  }
}

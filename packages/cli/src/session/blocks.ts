import { type BlockText, cutAt, sizes } from "@daimon/protocol";

/** What of a text has not been shown yet, when `shown` UTF-16 code units of it have. */

/** Of one that still grows: what is left out in its middle is said where it is. */
export function unshown({ text, omitted }: BlockText, shown: number): string {
  if (omitted === 0) return text.slice(shown);
  const head = cutAt(text, sizes.halfBlock);
  const tailAt = head + omitted;
  if (shown >= tailAt) return text.slice(shown - omitted);
  return `${text.slice(shown, head)}${leftOut(tailAt - Math.max(shown, head))}${text.slice(head)}`;
}

/** Of one that has closed: there the sentence about what is left out is part of the text. */
export function unshownAtEnd(text: string, omitted: number, shown: number): string {
  if (shown === 0 || omitted === 0) return text.slice(shown);
  const sentence = leftOut(omitted);
  const at = text.indexOf(sentence);
  if (at < 0) return "";
  const tail = text.slice(at + sentence.length);
  const missing = at + omitted + tail.length - shown;
  if (missing <= 0) return "";
  return missing <= tail.length ? tail.slice(-missing) : leftOut(missing - tail.length) + tail;
}

const leftOut = (count: number) => `\n[... ${count} characters left out ...]\n`;

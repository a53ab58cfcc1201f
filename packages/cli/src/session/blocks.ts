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
  const said = /\n\[\.\.\. (\d+) characters left out \.\.\.\]\n/.exec(text);
  if (!said) return "";
  const tail = text.slice(said.index + said[0].length);
  // A flood was bounded twice, while it grew and when it closed: then the first sentence is among what was left out.
  const before = omitted - Number(said[1]);
  const whole = said.index + omitted - (before > 0 ? leftOut(before).length : 0) + tail.length;
  const missing = whole - shown;
  if (missing <= 0) return "";
  return missing <= tail.length ? tail.slice(-missing) : leftOut(missing - tail.length) + tail;
}

const leftOut = (count: number) => `\n[... ${count} characters left out ...]\n`;

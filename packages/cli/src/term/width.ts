import { withoutStyles } from "./styles.ts";

/**
 * How many columns a text takes on a terminal, and what in it is one character to a person. Terminals disagree about much of it, so whoever
 * draws never counts on a column of a line that is not plain. By rules of our own: the first use of Intl.Segmenter costs as much
 * as the whole client's start.
 */

/** What a person sees as one character. No more marks on one than a person would put there. */
const cluster =
  /\r\n|(?:\p{RI}\p{RI}|\p{ExtPict}(?:[\p{Gr_Ext}\p{EMod}]{0,8}\u200d\p{ExtPict}){0,12}|[\u1100-\u115f\ua960-\ua97c]{1,8}(?:[\u1160-\u11a7\ud7b0-\ud7c6\uac00-\ud7a3][\u1160-\u11ff\ud7b0-\ud7fb]{0,8})?|[\u1160-\u11a7\ud7b0-\ud7c6\uac00-\ud7a3][\u1160-\u11ff\ud7b0-\ud7fb]{0,8}|[^\p{Cc}])[\p{Gr_Ext}\p{EMod}\p{Mc}\u200d]{0,32}|[^]/uy;

/** East Asian characters that take two columns; emoji that do have a property of their own. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];
const emoji = /^\p{Emoji_Presentation}/u;
const takesNone = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7fb\u2028\u2029]/u;
const softHyphen = 0xad;

const tab = 8;
// oxlint-disable-next-line no-control-regex -- all characters but the plain ones
const notPlain = /[^\x20-\x7e]/;

/** Printable ASCII: one column each, and every terminal agrees. */
export const isPlain = (text: string): boolean => !notPlain.test(text);

export function widthOf(styled: string): number {
  const text = withoutStyles(styled);
  if (isPlain(text)) return text.length;
  let columns = 0;
  for (let at = 0; at < text.length;) {
    const end = clusterEnd(text, at);
    columns += text[at] === "\t" ? tab - (columns % tab) : clusterWidth(text, at, end);
    at = end;
  }
  return columns;
}

/** Where the character that begins at a place ends. */
export function clusterEnd(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
  const standsAlone = code < 0x300 ? code !== 0x0d : isIdeograph(code);
  if (standsAlone && (next < 0x300 || isIdeograph(next))) return at + 1;
  cluster.lastIndex = at;
  return at + (cluster.exec(text)?.[0].length ?? 1);
}

/** Where the character that ends at a place begins. */
export function clusterStart(text: string, end: number): number {
  // Nothing joins over a line's end, and few characters are longer than this.
  let at = Math.max(text.lastIndexOf("\n", end - 2) + 1, 0);
  if (isPlain(text.slice(Math.max(at, end - 2), end))) return Math.max(0, end - 1);
  for (let next = clusterEnd(text, at); next < end; next = clusterEnd(text, at)) at = next;
  return Math.min(at, end - 1);
}

/** Kana and Chinese characters, which nothing but marks of other ranges joins. */
const isIdeograph = (code: number) => (code >= 0x30a1 && code <= 0x9fff) || (code >= 0x3041 && code <= 0x3096);

/** The columns of one character. */
export function clusterWidth(text: string, at: number, end: number): number {
  const code = text.codePointAt(at)!;
  if (code < 0x300 && end === at + 1) return code < 0x20 || (code >= 0x7f && code < 0xa0) ? 0 : 1;
  if (isIdeograph(code)) return 2;
  const whole = text.slice(at, end);
  const known = widths.get(whole);
  if (known !== undefined) return known;
  const width = measured(whole, code);
  if (widths.size > 4096) widths.clear();
  widths.set(whole, width);
  return width;
}
const widths = new Map<string, number>();

function measured(whole: string, code: number): number {
  if (code >= 0x1f1e6 && code <= 0x1f1ff) return whole.length > 2 ? 2 : 1;
  if (whole.includes("\ufe0f")) return 2;
  if (whole.includes("\ufe0e")) return 1;
  if (code !== softHyphen && takesNone.test(whole)) return 0;
  if (emoji.test(whole)) return 2;
  return wide.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

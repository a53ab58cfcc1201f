/**
 * How many columns a text takes on a terminal. Without Intl.Segmenter and property escapes, whose first use costs
 * more than the whole client's start; terminals disagree about joined emoji anyway.
 */

const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];
const none: readonly (readonly [number, number])[] = [
  [0x0300, 0x036f],
  [0x0483, 0x0489],
  [0x0591, 0x05bd],
  [0x064b, 0x065f],
  [0x0e34, 0x0e3a],
  [0x1ab0, 0x1aff],
  [0x200b, 0x200f],
  [0x20d0, 0x20ff],
  [0xfe00, 0xfe0f],
  [0xfe20, 0xfe2f],
  [0xfeff, 0xfeff],
  [0xe0100, 0xe01ef],
];
const within = (ranges: readonly (readonly [number, number])[], at: number) =>
  ranges.some(([from, to]) => at >= from && at <= to);

const tab = 8;
/** Our colours take no room. */
// oxlint-disable-next-line no-control-regex -- it is the sequence that term/colour writes
const style = /\x1b\[\d+m/g;

export function widthOf(text: string): number {
  let columns = 0;
  for (const char of text.includes("\x1b") ? text.replace(style, "") : text) {
    const at = char.codePointAt(0)!;
    if (char === "\t") columns += tab - (columns % tab);
    else if (at < 0x300) columns += 1;
    else columns += within(none, at) ? 0 : within(wide, at) ? 2 : 1;
  }
  return columns;
}

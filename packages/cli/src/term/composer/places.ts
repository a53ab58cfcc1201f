import { clusterEnd, clusterStart, clusterWidth } from "../width.ts";
import { markEnding, markStarting } from "./pastes.ts";

/** Where a cursor goes from where it is. A folded paste is one character to it. */

const word = /[\p{L}\p{N}\p{M}_]+/gu;

export function left(text: string, at: number): number {
  if (at === 0) return 0;
  const mark = markEnding(text, at);
  return mark === undefined ? clusterStart(text, at) : at - mark.length;
}

export function right(text: string, at: number): number {
  if (at === text.length) return at;
  return at + (markStarting(text, at)?.length ?? clusterEnd(text, at) - at);
}

/** The beginning of the word before; marks between words are passed. */
export function wordLeft(text: string, at: number): number {
  const mark = markEnding(text, at);
  if (mark !== undefined) return at - mark.length;
  const near = Math.max(0, at - 2_000);
  return near + ([...text.slice(near, at).matchAll(word)].at(-1)?.index ?? 0);
}

export function wordRight(text: string, at: number): number {
  const mark = markStarting(text, at);
  if (mark !== undefined) return at + mark.length;
  word.lastIndex = at;
  const found = word.exec(text);
  return found ? found.index + found[0].length : text.length;
}

/** Back over blanks and all that is no blank: what Ctrl-W takes. */
export const blankLeft = (text: string, at: number): number => {
  const near = Math.max(0, at - 2_000);
  return near + text.slice(near, at).search(/\S*\s*$/);
};

export const lineStart = (text: string, at: number): number => (at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1);
export const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
};

/** Where each row of a line begins when it is wrapped at so many columns. */
export function rowsOf(line: string, columns: number): number[] {
  const rows = [0];
  let width = 0;
  for (let at = 0; at < line.length;) {
    const end = clusterEnd(line, at);
    const takes = line[at] === "\t" ? 8 - (width % 8) : clusterWidth(line, at, end);
    if (width + takes > columns && width > 0) {
      rows.push(at);
      width = 0;
    }
    width += takes;
    at = end;
  }
  // The cursor behind a full row stands in the next one.
  if (width >= columns) rows.push(line.length);
  return rows;
}

/** One row up or down, as people see rows; undefined where there is none. `aim`: the column to come back to. */
export function vertical(
  text: string,
  at: number,
  way: -1 | 1,
  columns: number,
  aim?: number,
): { at: number; aim: number } | undefined {
  const start = lineStart(text, at);
  const line = text.slice(start, lineEnd(text, at));
  const rows = rowsOf(line, columns);
  const row = rows.findLastIndex((from) => from <= at - start);
  const wanted = aim ?? columnAt(line, rows[row]!, at - start);
  const next = row + way;
  if (next >= 0 && next < rows.length) return { at: start + placeAt(line, rows, next, wanted), aim: wanted };
  const other = way < 0 ? start - 1 : start + line.length + 1;
  if (other < 0 || other > text.length) return undefined;
  const from = lineStart(text, other);
  const target = text.slice(from, lineEnd(text, other));
  const targetRows = rowsOf(target, columns);
  return { at: from + placeAt(target, targetRows, way < 0 ? targetRows.length - 1 : 0, wanted), aim: wanted };
}

function columnAt(line: string, from: number, to: number): number {
  let width = 0;
  for (let at = from; at < to;) {
    const end = clusterEnd(line, at);
    width += line[at] === "\t" ? 8 - (width % 8) : clusterWidth(line, at, end);
    at = end;
  }
  return width;
}

function placeAt(line: string, rows: readonly number[], row: number, column: number): number {
  const last = rows[row + 1] === undefined ? line.length : clusterStart(line, rows[row + 1]!);
  let at = rows[row]!;
  while (at < last && columnAt(line, rows[row]!, clusterEnd(line, at)) <= column) at = clusterEnd(line, at);
  return at;
}

import type { StructuredPatchHunk } from "diff";
import { linesAtMost } from "./limits.ts";

/** What a change does to a text, for people and models to read. */
export type Patch = {
  /** As `patch` and `git apply` read it. */
  text: string;
  /** Each line behind its sign and its number: the new one, for what is taken out the old one. More than a result holds are not made. */
  rows: string[];
  /** The number of the first line that is another. */
  first: number;
  /** Set where too much is different for a comparison: it stands as taken out and put in again. */
  coarse?: true;
};

export const tooCoarse = "Too much is different for a fine comparison: all of it stands as taken out and put in.";

const contextLines = 3;
/** Comparing takes time with the square of this: a few dozen milliseconds, and the same result every time. */
const changesAtMost = 500;
const comparedAtMost = 4 * 1024 * 1024;

/** Undefined stands for no file. */
export async function patchBetween(
  path: string,
  before: string | undefined,
  after: string | undefined,
): Promise<Patch> {
  // Most sessions begin with looking: only who changes something pays for loading it.
  const { FILE_HEADERS_ONLY, formatPatch, structuredPatch } = await import("diff");
  const parts = differentParts(before ?? "", after ?? "");
  const { old, now } = parts;
  const small = old.length + now.length <= comparedAtMost;
  const options = { context: contextLines, maxEditLength: changesAtMost };
  const compared = small ? structuredPatch("", "", old, now, "", "", options) : undefined;
  const hunks = compared?.hunks ?? [replacing(old, now)];
  for (const hunk of hunks) {
    hunk.oldStart += parts.linesBefore;
    hunk.newStart += parts.linesBefore;
  }
  const nameOf = (text: string | undefined, side: string) => (text === undefined ? "/dev/null" : `${side}/${path}`);
  const names = { oldFileName: nameOf(before, "a"), newFileName: nameOf(after, "b") };
  const patch = { ...names, oldHeader: "", newHeader: "", hunks };
  return {
    text: formatPatch(patch, FILE_HEADERS_ONLY),
    ...numbered(hunks),
    ...(compared ? {} : { coarse: true as const }),
  };
}

/** What two texts do not begin and end with alike, and some lines around it: of a large file that is usually little. */
function differentParts(before: string, after: string): { old: string; now: string; linesBefore: number } {
  const shorter = Math.min(before.length, after.length);
  let same = 0;
  while (same < shorter && before.charCodeAt(same) === after.charCodeAt(same)) same++;
  const head = lineStart(before, same);
  let tail = 0;
  const room = shorter - head;
  while (tail < room && before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail))
    tail++;
  const whole = beginsLine(before, before.length - tail) && beginsLine(after, after.length - tail);
  const rest = whole ? tail : tail - toNextLine(before, before.length - tail);
  let begin = head;
  let end = before.length - rest;
  for (let line = 0; line < contextLines && begin > 0; line++) begin = lineStart(before, begin - 1);
  for (let line = 0; line < contextLines && end < before.length; line++) end += toNextLine(before, end);
  return {
    old: before.slice(begin, end),
    now: after.slice(begin, after.length - (before.length - end)),
    linesBefore: countLines(before, begin),
  };
}

const lineStart = (text: string, at: number): number => (at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1);
const beginsLine = (text: string, at: number): boolean => at === 0 || text[at - 1] === "\n";
const toNextLine = (text: string, at: number): number => {
  const end = text.indexOf("\n", at);
  return (end < 0 ? text.length : end + 1) - at;
};

function countLines(text: string, end: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** All of the one taken out, all of the other put in. */
function replacing(old: string, now: string): StructuredPatchHunk {
  const [out, put] = [linesOf(old), linesOf(now)];
  return {
    oldStart: 1,
    oldLines: out.length,
    newStart: 1,
    newLines: put.length,
    lines: [...signed("-", out, old), ...signed("+", put, now)],
  };
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

const signed = (sign: string, lines: readonly string[], text: string): string[] => [
  ...lines.map((line) => sign + line),
  ...(lines.length > 0 && !text.endsWith("\n") ? ["\\ No newline at end of file"] : []),
];

function numbered(hunks: readonly StructuredPatchHunk[]): { rows: string[]; first: number } {
  const rows: string[] = [];
  let first: number | undefined;
  for (const { lines, oldStart, newStart } of hunks) {
    if (rows.length > 0) rows.push("...");
    let [old, now] = [oldStart, newStart];
    for (const line of lines) {
      if (rows.length > linesAtMost) break;
      const [sign, text] = [line[0], line.slice(1).replace(/\r$/, "")];
      if (sign === "\\") continue;
      if (sign !== " ") first ??= now;
      rows.push(`${sign}${sign === "-" ? old : now}\t${text}`);
      if (sign !== "+") old++;
      if (sign !== "-") now++;
    }
  }
  return { rows, first: first ?? 1 };
}

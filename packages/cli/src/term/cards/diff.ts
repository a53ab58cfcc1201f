import { highlight } from "../highlight/highlight.ts";
import { languageOf } from "../highlight/languages.ts";
import type { Page } from "../markdown/markdown.ts";
import { wrap } from "../wrap.ts";

/** Whether a text is a change of a file as `diff -u` writes it. */
export const isDiff = (text: string): boolean =>
  /^(?:diff --git |--- \S.*\n\+\+\+ \S|@@ -\d)/m.test(text.slice(0, 4_000));

/** A change of a file: lines with their numbers, added ones and removed ones by colour and by sign. */
export function diffLines(text: string, { columns, ink }: Page): string[] {
  const language = languageOf("diff")!;
  const rows = numbered(text.replace(/\n$/, "").split("\n"));
  const digits = Math.max(1, ...rows.map(({ number }) => String(number ?? "").length));
  return rows.flatMap(({ line, number }) => {
    const margin = ink(String(number ?? "").padStart(digits), "faint");
    const room = Math.max(2, columns - digits - 1);
    const { text: painted } = highlight(line.replaceAll("\t", "    "), language, "", ink);
    return wrap(painted, room, { anywhere: true }).map((one, at) => `${at === 0 ? margin : " ".repeat(digits)} ${one}`);
  });
}

/** Lines with the number they have in the new file, removed ones with that in the old. */
function numbered(lines: readonly string[]): { line: string; number?: number }[] {
  let old = 0;
  let now = 0;
  return lines.map((line) => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line);
    if (hunk) [old, now] = [Number(hunk[1]), Number(hunk[2])];
    const isHead = hunk !== null || now === 0 || /^(?:diff |index |--- |\+\+\+ |\\)/.test(line);
    if (isHead) return { line };
    return { line, number: line.startsWith("-") ? old++ : line.startsWith("+") ? now++ : (old++, now++) };
  });
}

import type { Page } from "../markdown/markdown.ts";
import { widthOf } from "../width.ts";
import { truncate, wrap } from "../wrap.ts";

const columnsIn = (line: string) => line.trim().split(/ {2,}|(?<=\d) (?=\d)/).length;

/** Whether a text is a table as libraries print it: a head that begins with blanks, and rows as wide below it. */
export function isFrame(text: string): boolean {
  const [head = "", ...rows] = text.split("\n").filter((line) => line.trim() !== "");
  const body = rows.filter((line) => !/^\[\d+ rows x \d+ columns\]$/.test(line));
  return (
    /^\s{2,}\S/.test(head) &&
    body.length > 0 &&
    body.every((line) => /^\S/.test(line) && columnsIn(line) >= 2 && widthOf(line) <= widthOf(head) + 2)
  );
}

/** A result of Python as it is; a table's rows stay rows, cut where the window ends. */
export function resultLines(text: string, { columns, ink }: Page): string[] {
  const lines = text.split("\n");
  if (!isFrame(text)) return lines.flatMap((line) => wrap(line, columns, { anywhere: true }));
  return lines.map((line, at) => ink(truncate(line, columns), ...(at === 0 ? (["strong"] as const) : [])));
}

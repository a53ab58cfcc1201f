import { hide } from "@daimon/protocol/sanitise";
import type { Highlighted } from "../highlight/highlight.ts";
import type { Live } from "../tail.ts";
import type { Ink } from "../theme.ts";
import { expandTabs, wrap } from "../wrap.ts";
import { type Composer, draftIn } from "./composer.ts";
import { lineStart, rowsOf } from "./places.ts";

export type ComposerPage = { columns: number; rows: number; ink: Ink; ghost?: string; python: Highlighted };

/** As wide as both labels. */
export const labelWidth = 4;

/** The draft as rows, at most so many and always those around the cursor, with what may come next behind it. */
export function composerLines(composer: Composer, { columns, rows, ink, ghost = "", python }: ComposerPage): Live {
  const { mode, search } = composer;
  const { text, cursor } = draftIn(composer);
  const lines = text.split("\n").map(hide);
  const room = Math.max(2, columns - labelWidth);
  const at = text.slice(0, cursor).split("\n").length - 1;
  const inLine = cursor - lineStart(text, cursor);
  if (mode === "py") python.update(lines);
  const painted = (line: number) => (mode === "py" ? python.line(line, ink) : lines[line]!);
  const shown = (line: number): string[] => {
    const label = line > 0 ? "... " : search ? "?>  " : `${mode}> `;
    const own = wrap(painted(line), room, { anywhere: true });
    // The cursor behind a full row stands in one of its own.
    if (rowsOf(lines[line]!, room).length > own.length) own.push("");
    return own.map(
      (row, first) => (first === 0 ? ink(label, line > 0 ? "faint" : mode) : " ".repeat(labelWidth)) + row,
    );
  };
  const starts = rowsOf(lines[at]!, room);
  const row = starts.findLastIndex((from) => from <= inLine);
  const here = shown(at);
  const before = " ".repeat(labelWidth) + expandTabs(lines[at]!.slice(starts[row], inLine));
  if (ghost !== "" && cursor === text.length)
    here[row] += ink(ghost.split("\n")[0]!.slice(0, Math.max(0, columns - before.length - 1)), "faint");

  const above: string[] = [];
  for (let line = at - 1; line >= 0 && above.length < rows; line--) above.unshift(...shown(line));
  const below: string[] = [];
  for (let line = at + 1; line < lines.length && below.length < rows; line++) below.push(...shown(line));
  const all = [...above, ...here, ...below];
  const middle = above.length + row;
  const from = Math.max(0, Math.min(middle - Math.floor(rows / 2), all.length - rows));
  return { lines: all.slice(from, from + rows), cursor: { row: middle - from, before } };
}

import { widthOf } from "../width.ts";
import { pad, wrap } from "../wrap.ts";
import type { Align } from "./blocks.ts";

/** Cells in columns, as wide as what is in them; where that is too wide, wrapped, and where that is too narrow, one below the other. */
export type Table = {
  head: readonly string[];
  rows: readonly (readonly string[])[];
  aligns: readonly Align[];
  faint(text: string): string;
};

const narrowest = 8;
const gap = 3;

export function tableLines({ head, rows, aligns, faint }: Table, columns: number, showHead = true): string[] {
  const count = head.length;
  const cellAt = (row: readonly string[], at: number) => row[at] ?? "";
  const natural = head.map((cell, at) =>
    Math.max(1, ...[head, ...rows].map((row) => widthOf(cellAt(row, at))), widthOf(cell)),
  );
  const room = columns - gap * (count - 1);
  const widths = fitted(natural, room);
  if (!widths) return stacked(head, rows, columns);
  const bar = faint(" │ ");
  const line = (row: readonly string[]): string[] => {
    const cells = widths.map((width, at) => wrap(cellAt(row, at), width));
    const height = Math.max(...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, i) =>
      cells
        .map((cell, at) => pad(cell[i] ?? "", widths[at]!, aligns[at]))
        .join(bar)
        .trimEnd(),
    );
  };
  const under = faint(widths.map((width) => "─".repeat(width)).join("─┼─"));
  return [...(showHead ? [...line(head), under] : []), ...rows.flatMap(line)];
}

/** Widths that fit: the widest give way first. Undefined: some would be too narrow to be read. */
function fitted(natural: readonly number[], room: number): number[] | undefined {
  const widths = [...natural];
  let sum = widths.reduce((all, one) => all + one, 0);
  while (sum > room) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) return undefined;
    const at = widths.indexOf(widest);
    const second = Math.max(narrowest, ...widths.filter((width) => width < widest));
    const less = Math.max(1, Math.min(widest - second, sum - room));
    widths[at] = widest - less;
    sum -= less;
  }
  return widths;
}

function stacked(head: readonly string[], rows: readonly (readonly string[])[], columns: number): string[] {
  return rows.flatMap((row, index) => [
    ...(index > 0 ? [""] : []),
    ...head.flatMap((name, at) => wrap(`${name}: ${row[at] ?? ""}`, columns, { indent: "  " })),
  ]);
}

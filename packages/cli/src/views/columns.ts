/** Rows of words, each column as wide as its widest word; the last is as long as it is. No word begins a row of its own. */
export function columns(words: readonly (readonly string[])[]): string {
  const rows = words.map((row) => row.map((word) => word.replace(/\s*[\r\n\u0085\u2028\u2029]\s*/g, " ")));
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}

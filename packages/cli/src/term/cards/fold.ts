import type { Ink } from "../theme.ts";

/** At most so many lines of a long text: its beginning, its end, and how many are between them. */
export function folded(lines: readonly string[], most: number, ink: Ink): string[] {
  if (lines.length <= most) return [...lines];
  const end = Math.floor((most - 1) / 3);
  const start = most - 1 - end;
  const left = lines.length - start - end;
  const between = ink(`… ${left} more lines`, "faint");
  return [...lines.slice(0, start), between, ...lines.slice(lines.length - end)];
}

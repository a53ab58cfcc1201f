/** The line of a TOML text, from 1, where `path` is set; the nearest place around it when it is written in one piece. */
export function lineOf(text: string, path: readonly string[]): number | undefined {
  let table: string[] = [];
  let found: { line: number; depth: number } | undefined;
  text.split("\n").forEach((line, index) => {
    const header = /^\s*\[\[?([^\]]+)\]/.exec(line)?.[1];
    const key = /^\s*([\w."'-][\w."' -]*?)\s*=/.exec(line)?.[1];
    if (header !== undefined) table = partsOf(header);
    else if (key === undefined) return;
    const here = header === undefined && key !== undefined ? [...table, ...partsOf(key)] : table;
    // A table around it, it itself, or something within it.
    const depth = Math.min(here.length, path.length);
    const leadsThere = here.slice(0, depth).every((part, step) => part === path[step]);
    if (leadsThere && depth > (found?.depth ?? 0)) found = { line: index + 1, depth };
  });
  return found?.line;
}

const partsOf = (dotted: string): string[] => dotted.split(".").map((part) => part.trim().replace(/^["']|["']$/g, ""));

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
    const leadsThere = here.every((part, depth) => part === path[depth]);
    if (leadsThere && here.length > (found?.depth ?? 0)) found = { line: index + 1, depth: here.length };
  });
  return found?.line;
}

const partsOf = (dotted: string): string[] => dotted.split(".").map((part) => part.trim().replace(/^["']|["']$/g, ""));

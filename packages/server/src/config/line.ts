const part = String.raw`(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)`;
const dotted = String.raw`${part}(?:\s*\.\s*${part})*`;
const header = new RegExp(String.raw`^\s*\[\[?\s*(${dotted})\s*\]`);
const setting = new RegExp(String.raw`^\s*(${dotted})\s*=`);

/** The line of a TOML text, from 1, where `path` is set; the nearest place around it when it is written in one piece. */
export function lineOf(text: string, path: readonly string[]): number {
  let table: string[] = [];
  let found = { line: 1, depth: 0 };
  text.split("\n").forEach((line, index) => {
    const opened = header.exec(line)?.[1];
    const key = setting.exec(line)?.[1];
    if (opened !== undefined) table = partsOf(opened);
    else if (key === undefined) return;
    const here = opened === undefined && key !== undefined ? [...table, ...partsOf(key)] : table;
    // A table around it, it itself, or something within it.
    const depth = Math.min(here.length, path.length);
    const leadsThere = here.slice(0, depth).every((step, at) => step === path[at]);
    if (leadsThere && depth > found.depth) found = { line: index + 1, depth };
  });
  return found.line;
}

const partsOf = (key: string): string[] => (key.match(new RegExp(part, "g")) ?? []).map(plain);

function plain(written: string): string {
  if (written.startsWith("'")) return written.slice(1, -1);
  if (!written.startsWith('"')) return written;
  try {
    return JSON.parse(written) as string;
  } catch {
    return written.slice(1, -1); // an escape that only TOML knows
  }
}

/** What stands at the end of a path of keys. */
export const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce(
    (inner, step) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, step) ? Reflect.get(inner, step) : undefined,
    value,
  );

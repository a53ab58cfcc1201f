/** A text whose lines end as they do: looked at with \n alone, and written back with what each line has. */
export type Lines = {
  bom: boolean;
  /** With \n at the end of every line. */
  body: string;
  /** How each line ends; the last one, with nothing behind it, does not. */
  ends: string[];
};

const bom = "\ufeff";

export function linesOf(text: string): Lines {
  const hasBom = text.startsWith(bom);
  const rest = hasBom ? text.slice(1) : text;
  const ends: string[] = [];
  for (let at = rest.indexOf("\n"); at >= 0; at = rest.indexOf("\n", at + 1))
    ends.push(rest[at - 1] === "\r" ? "\r\n" : "\n");
  return { bom: hasBom, body: withPlainEnds(rest), ends };
}

/** What a model sends: its line ends are as the file has them, so it need not know. */
export const withPlainEnds = (text: string): string => (text.includes("\r\n") ? text.replaceAll("\r\n", "\n") : text);

/** A piece of the body, and what is to be in its place. `old` is what the model took it for, with as many lines. */
export type Change = { start: number; end: number; old: string; now: string };

/** The text with these changes, in the order of their places, none within another. All else is as it was, to the byte. */
export function changed({ bom: hasBom, body, ends }: Lines, changes: readonly Change[]): string {
  const parts: string[] = hasBom ? [bom] : [];
  let at = 0;
  let line = 0;
  const copy = (to: number) => {
    for (let end = body.indexOf("\n", at); end >= 0 && end < to; end = body.indexOf("\n", at)) {
      parts.push(body.slice(at, end), ends[line++] ?? "\n");
      at = end + 1;
    }
    parts.push(body.slice(at, to));
    at = to;
  };
  for (const { start, end, old, now } of changes) {
    copy(start);
    const was = body.slice(start, end).split("\n");
    const itsEnds = ends.slice(line, line + was.length - 1);
    // A line that is put in where none ended ends as those around it.
    const usual = itsEnds.at(-1) ?? ends[line] ?? ends[line - 1] ?? "\n";
    parts.push(replaced(was, old.split("\n"), now.split("\n"), itsEnds, usual));
    line += was.length - 1;
    at = end;
  }
  copy(body.length);
  return parts.join("");
}

/** Lines that the model left as they were stay so, though it may have written them a little differently. */
function replaced(was: string[], old: string[], now: string[], ends: string[], usual: string): string {
  const most = Math.min(old.length, now.length);
  let head = 0;
  while (head < most && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const shift = was.length - now.length;
  const lineAt = (index: number): string | undefined => {
    if (index < head) return was[index];
    return index >= now.length - tail ? was[index + shift] : now[index];
  };
  const endAt = (index: number): string => {
    if (index >= now.length - 1) return "";
    // The end before the first of the last lines is theirs.
    const own = index >= now.length - 1 - tail && index >= head ? ends[index + shift] : ends[index];
    return own ?? usual;
  };
  return now.map((_, index) => `${lineAt(index) ?? ""}${endAt(index)}`).join("");
}

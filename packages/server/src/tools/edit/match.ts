import { fold, foldLines, unfold } from "./fold.ts";

/** Where something stands in a text. */
export type Found = { start: number; end: number };
export type Matches = { is: "exact" | "alike"; at: Found[] };

/** More are counted no further. */
const countedAtMost = 100;
/** In a longer text only what is there exactly is found: everybody else waits meanwhile. */
const alikeAtMost = 2 * 1024 * 1024;

/** Finds texts in one text: first as they are, and only where that finds nothing as they read. */
export class Matcher {
  readonly #body: string;
  #folded: Folded | undefined;

  constructor(body: string) {
    this.#body = body;
  }

  find(wanted: string): Matches {
    const exact = placesOf(wanted, this.#body).map((start) => ({ start, end: start + wanted.length }));
    if (exact.length > 0) return { is: "exact", at: exact };
    if (this.#body.length > alikeAtMost) return { is: "alike", at: [] };
    this.#folded ??= foldText(this.#body);
    return { is: "alike", at: findAlike(wanted, this.#folded) };
  }
}

function placesOf(wanted: string, text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(wanted); at >= 0 && places.length < countedAtMost; at = text.indexOf(wanted, at + 1))
    places.push(at);
  return places;
}

/** A text with its lines folded, and where each line begins in both. */
type Folded = { text: string; lines: readonly string[]; starts: number[]; foldedStarts: number[] };

function foldText(body: string): Folded {
  const lines = body.split("\n");
  const folded = foldLines(body);
  return { text: folded.join("\n"), lines, starts: startsOf(lines), foldedStarts: startsOf(folded) };
}

function startsOf(lines: readonly string[]): number[] {
  let at = 0;
  return lines.map((line) => {
    const start = at;
    at += line.length + 1;
    return start;
  });
}

function findAlike(wanted: string, folded: Folded): Found[] {
  const lines = wanted.split("\n");
  const last = lines.pop() ?? "";
  const needle = [...lines.map((line) => fold(line).trimEnd()), fold(last)].join("\n");
  if (needle.trim() === "") return [];
  const trimmed = needle.trimEnd();
  // A first line of spaces alone is a line, and not the end of one.
  const blank = lines.length > 0 && lines[0] !== "" && lines[0]?.trim() === "";
  const begins = (at: number) => !blank || at === 0 || folded.text[at - 1] === "\n";
  const ends = (at: number) => at === folded.text.length || folded.text[at] === "\n";
  const open = placesOf(needle, folded.text).map((at) => [
    placeIn(folded, at),
    placeIn(folded, at + needle.length),
    at,
  ]);
  // Spaces at its end may be some that are not there: then nothing else may be either, or it would mean another place.
  const whole =
    last.trim() === "" || last === last.trimEnd()
      ? []
      : placesOf(trimmed, folded.text)
          .filter((at) => ends(at + trimmed.length))
          .map((at) => [placeIn(folded, at), lineEndAt(folded, at + trimmed.length), at]);
  return [...open, ...whole].flatMap(([start, end, at]) =>
    start === undefined || end === undefined || !begins(at ?? 0) ? [] : [{ start, end }],
  );
}

/** Where in the text a place of the folded text is. */
function placeIn(folded: Folded, at: number): number | undefined {
  const line = lineOf(folded, at);
  const column = unfold(folded.lines[line] ?? "", at - (folded.foldedStarts[line] ?? 0));
  return column === undefined ? undefined : (folded.starts[line] ?? 0) + column;
}

function lineEndAt(folded: Folded, at: number): number {
  const line = lineOf(folded, at);
  return (folded.starts[line] ?? 0) + (folded.lines[line] ?? "").length;
}

function lineOf({ foldedStarts }: Folded, at: number): number {
  let low = 0;
  let high = foldedStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((foldedStarts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

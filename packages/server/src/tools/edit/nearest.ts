import { fold } from "./fold.ts";

/** What somebody may have meant who gives a text that is not there. */
export type Near = { line: number; lines: string[] };

const linesShown = 12;
const linesCompared = 200;
const placesOfOne = 50;
const searched = 20_000;
const lettersCompared = 500_000;
const longest = 300;

/** The lines of which most are as those that were wanted, but for how far they are indented; else the one that is most like one of them. */
export function nearestTo(wanted: string, body: string): Near | undefined {
  const asked = wanted.split("\n").slice(0, linesCompared).map(essence);
  const lines = body.split("\n", searched);
  const best = mostAlike(asked, lines) ?? mostSimilar(asked, lines);
  if (best === undefined) return undefined;
  const from = Math.max(0, best);
  return { line: from + 1, lines: lines.slice(from, best + Math.min(asked.length, linesShown)).map(cut) };
}

const essence = (line: string): string => fold(line.slice(0, longest)).trim().replace(/ +/g, " ");
const cut = (line: string): string => (line.length > longest ? `${line.slice(0, longest)}…` : line);

/** Where the wanted text would begin. */
function mostAlike(asked: readonly string[], lines: readonly string[]): number | undefined {
  const places = new Map<string, number[]>(asked.filter((line) => line.length > 1).map((line) => [line, []]));
  for (const [index, line] of lines.entries()) {
    const at = places.get(essence(line));
    if (at && at.length < placesOfOne) at.push(index);
  }
  const scores = new Map<number, number>();
  for (const [index, line] of asked.entries())
    for (const at of places.get(line) ?? []) scores.set(at - index, (scores.get(at - index) ?? 0) + 1);
  return [...scores].toSorted(([a, some], [b, others]) => others - some || a - b)[0]?.[0];
}

/** A line of which most pairs of letters stand in the longest of the wanted lines too, and the other way round. */
function mostSimilar(asked: readonly string[], lines: readonly string[]): number | undefined {
  const index = asked.reduce((best, line, at) => (line.length > (asked[best] ?? "").length ? at : best), 0);
  const pairs = pairsOf(asked[index] ?? "");
  let best: number | undefined;
  let score = 0.6;
  let left = lettersCompared;
  for (const [at, line] of lines.entries()) {
    const others = pairsOf(essence(line));
    if ((left -= line.length) < 0) break;
    const common = [...others].filter((pair) => pairs.has(pair)).length;
    const now = (2 * common) / Math.max(1, pairs.size + others.size);
    if (now > score) [best, score] = [at - index, now];
  }
  return best;
}

const pairsOf = (line: string): Set<string> =>
  new Set(Array.from({ length: Math.max(0, line.length - 1) }, (_, at) => line.slice(at, at + 2)));

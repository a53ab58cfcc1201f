import type { Where } from "../../core/ports.ts";
import { type Spot, spotOf } from "../places.ts";
import type { Word } from "../words.ts";

/** What cannot be taken back, and what would do instead. */
export type Harm = { why: string; safer?: string };

/** One program and what it is given, wherever it stands in a line. */
export type Use = {
  program: string;
  args: readonly string[];
  words: readonly Word[];
  place: Where;
  /** More words come from a pipe. */
  more: boolean;
};
/** By program: what it would do that is asked about in every mode. */
export type Harms = Record<string, (use: Use) => Harm | undefined>;

export const all = (programs: string, find: (use: Use) => Harm | undefined): Harms =>
  Object.fromEntries(programs.split(" ").map((program) => [program, find]));

/** The first of its operands that lies in such a place. */
export function reaches({ words, place }: Use, ...spots: readonly Spot[]): string | undefined {
  return words.find((word) => !/^-./.test(word.text) && spots.includes(spotOf(word, place)))?.text;
}

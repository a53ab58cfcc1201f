import { dirname, join, relative, sep } from "node:path";
import type { Place } from "../paths/place.ts";
import { textOf } from "./walk.ts";
import { existsSync } from "node:fs";

export type Above = { text: string; way: string };

/**
 * What the .gitignore files above a folder say of it: as far up as its repository begins, where that is inside the root. Without
 * a repository there, nobody knows how far they reach, and only those in the folder and below it count.
 */
export function ignoresAbove({ real, root }: Place): Above[] {
  const above: Above[] = [];
  for (let at = real; ; at = dirname(at)) {
    if (at !== real) above.unshift({ text: textOf(join(at, ".gitignore")), way: wayTo(at, real) });
    if (existsSync(join(at, ".git"))) return above;
    if (at === root || dirname(at) === at) return [];
  }
}

const wayTo = (from: string, to: string): string => `${relative(from, to).split(sep).join("/")}/`;

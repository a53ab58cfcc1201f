import { relative } from "node:path";
import type { Fence } from "./paths/place.ts";
import { isWithin } from "./paths/words.ts";

/** As people call it who work in a folder: from there, where it lies in it. */
export const namedFrom = ({ cwd }: Pick<Fence, "cwd">, real: string): string =>
  isWithin(cwd, real) && real !== cwd ? relative(cwd, real) : real;

/** Models write the names of other tools' inputs: each of these is taken as the first. */
export function renamed(input: unknown, names: Readonly<Record<string, readonly string[]>>): unknown {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return input;
  const meant = new Map(Object.entries(names).flatMap(([name, others]) => others.map((other) => [other, name])));
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [meant.get(name) ?? name, value] as const));
}

export const pathNames = ["file_path", "filePath", "file", "filename"] as const;

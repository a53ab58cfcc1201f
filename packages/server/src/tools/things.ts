import type { BigIntStats } from "node:fs";
import { DaimonError } from "@daimon/protocol";
import type { ToolContext } from "../core/ports.ts";
import { sized } from "./limits.ts";
import { refuseHolding, refuseOwned } from "./paths/closed.ts";
import { holdFolderOf, type Spot } from "./paths/hold.ts";
import { entryOf, type Place } from "./paths/place.ts";
import { type Thing, thingOf, weigh } from "./paths/tree.ts";
import { quoted } from "./paths/words.ts";

/** What is moved or deleted whole: a file, a folder or a link. */
export type Whole = Place & { stats: BigIntStats; thing: Thing };

export async function wholeAt(path: string, context: ToolContext): Promise<Whole> {
  const place = await entryOf(context, path);
  await refuseHolding(context, place, path);
  refuseOwned(place, path);
  const { stats } = place;
  if (!stats) throw new DaimonError("not_found", `There is no ${quoted(path)}: look with ls.`);
  return { ...place, stats, thing: thingOf(stats, path) };
}

/** Its folder, which is there. */
export const holdOf = (whole: Whole, path: string): Promise<Spot> => holdFolderOf(whole, path);

/** So that people see what it is about, and that it is still the same when they have said yes. */
export async function described(whole: Whole, path: string, signal: AbortSignal): Promise<string> {
  const { thing, stats } = whole;
  const changed = `last changed ${stats.mtime.toISOString()}`;
  if (thing !== "folder") return `a ${thing} of ${sized(Number(stats.size))}, ${changed}`;
  using spot = await holdOf(whole, path);
  const { files, bytes, more } = await weigh(spot, signal);
  return `a folder with ${more ? "more than " : ""}${files} ${files === 1 ? "file" : "files"} (${sized(bytes)}), ${changed}`;
}

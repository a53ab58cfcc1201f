import { DaimonError } from "@daimon/protocol";
import { type BigIntStats, lstatSync } from "node:fs";
import { lstat, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { ToolContext } from "../../core/ports.ts";
import { isHidden } from "./hidden.ts";
import { isWithin, misleading, quoted, refusal, troubleWith } from "./words.ts";

/** Where a tool may reach. */
export type Fence = Pick<ToolContext, "cwd" | "roots" | "hidden">;
/** A path that may be used: `real` has no link in it, nor has the root it lies in. Without stats there is nothing yet. */
export type Place = { real: string; root: string; stats: BigIntStats | undefined };

/**
 * The place that a path means, where that is inside the session's folders: links and `..` are followed first and what they lead
 * to is looked at, never the spelling. Nothing is made of letters that only look alike.
 */
export const placeOf = async (fence: Fence, given: string): Promise<Place> =>
  placeAt(fence, await realOf(absolute(fence, given), given), given);

/** The name itself, which may be that of a link: only the folder that it is in is followed. */
export async function entryOf(fence: Fence, given: string): Promise<Place> {
  const path = absolute(fence, given);
  return placeAt(fence, join(await realOf(dirname(path), given), basename(path)), given);
}

async function placeAt(fence: Fence, real: string, given: string): Promise<Place> {
  const root = await rootOf(fence, real);
  if (root === undefined)
    throw refusal(
      `${quoted(given)} lies outside of what may be reached here: only ${fence.roots.map(quoted).join(", ")}.`,
    );
  if (isSystem(real))
    throw refusal(`${quoted(given)} is no file but a part of the running system: it is closed to tools.`);
  const stats = statsOf(real, given);
  if (!stats && !statsOf(root, root)) throw gone(root);
  if (isHidden(fence.hidden, real, stats))
    throw refusal(`${quoted(given)} belongs to daimon itself: its own folders are closed to tools.`);
  return { real, stats, root };
}

const gone = (root: string) =>
  refusal(`The folder of this session, ${quoted(root)}, is not there any more: people must choose another.`);

function absolute({ cwd }: Fence, given: string): string {
  if (misleading.test(given))
    throw new DaimonError(
      "invalid",
      `The path ${quoted(given)} has control characters in it; give it without them, as ls shows it.`,
    );
  return resolve(cwd, given.replace(/^~(?=\/|$)/, homedir()));
}

/** The root that this real path lies in, by its real path; undefined where there is none. */
async function rootOf({ roots }: Fence, real: string): Promise<string | undefined> {
  const spelt = roots.map((root) => resolve(root));
  // No link is in a real path, nor in what it begins with.
  return spelt.find((root) => isWithin(root, real)) ?? (await linkedRoots(spelt)).find((root) => isWithin(root, real));
}

/**
 * Where roots lead that are links. One that lies in another root leads nowhere: who may write in that one could make it lead
 * anywhere.
 */
async function linkedRoots(spelt: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    spelt.map(async (root) => ({ root, real: await realpath(root).catch(() => undefined) })),
  );
  if (found.every(({ real }) => real === undefined)) throw gone(spelt[0] ?? "");
  const holds = (other: (typeof found)[number], root: string) =>
    other.root !== root && (isWithin(other.root, root) || (other.real !== undefined && isWithin(other.real, root)));
  return found.filter(({ root }) => !found.some((other) => holds(other, root))).flatMap(({ real }) => real ?? []);
}

/** Without a link; where the end of the path is not there yet, below what is. */
async function realOf(path: string, given: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw troubleWith(given, error);
    // It is there, so it is a link, and its end is not: who made a file here would make it elsewhere.
    if (await lstat(path).catch(() => undefined))
      throw new DaimonError("not_found", `${quoted(given)} is a link that leads to nothing.`, { cause: error });
    if (dirname(path) === path) throw troubleWith(given, error);
    return join(await realOf(dirname(path), given), basename(path));
  }
}

/** The system has just walked this way: it knows without asking anybody. */
function statsOf(real: string, given: string): BigIntStats | undefined {
  try {
    return lstatSync(real, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    throw troubleWith(given, error);
  }
}

/** What the kernel shows as files, of the daemon too: its environment and what it holds open. */
const isSystem = (real: string): boolean =>
  ["/proc", "/sys", "/dev"].some((folder) => isWithin(folder, real)) && !isWithin("/dev/shm", real);

import { realpath } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import type { Fence, Place } from "./place.ts";
import { isWithin, quoted, refusal } from "./words.ts";

/** What is inside the session's folders and still nothing that a writer touches. */

/** Folders whose content is run by somebody, or says what may be: only who they belong to writes there. */
const owned: Record<string, string> = {
  ".git": "a part of git: change it with git",
  ".daimon": "where people say what daimon may do here: only they change it",
};

/** As file systems compare names that tell no case apart, and see nothing in marks that nobody sees. */
const folded = (name: string): string =>
  name
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .toLowerCase();

export function refuseOwned({ real, root }: Place, given: string): void {
  for (const name of relative(root, real).split(sep)) {
    const whose = owned[folded(name)];
    if (whose !== undefined) throw refusal(`${quoted(given)} is ${whose}.`);
  }
}

/** Whoever moves or deletes a folder does it to all that is in it. */
export async function refuseHolding({ roots, hidden }: Fence, { real }: Place, given: string): Promise<void> {
  if (await holdsAny(real, roots))
    throw refusal(`${quoted(given)} is a folder of this session, or holds one: it stays where it is.`);
  if (await holdsAny(real, hidden))
    throw refusal(`${quoted(given)} holds folders of daimon itself: they are closed to tools.`);
}

async function holdsAny(real: string, folders: readonly string[]): Promise<boolean> {
  const places = await Promise.all(folders.map((folder) => realpath(folder).catch(() => resolve(folder))));
  return [...places, ...folders.map((folder) => resolve(folder))].some((folder) => isWithin(real, folder));
}

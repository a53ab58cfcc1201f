import { lstat, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

/** A project, by real paths: where its git repository begins; without one it is the folder alone. */
export type Project = { root: string; folder: string };

export async function projectOf(cwd: string): Promise<Project> {
  // A folder that is gone, or cannot be reached, has nothing in it to read or to trust.
  const folder = await realpath(cwd).catch(() => resolve(cwd));
  for (let at = folder; dirname(at) !== at && !isHome(at); at = dirname(at))
    if (await isThere(join(at, ".git"))) return { root: at, folder };
  return { root: folder, folder };
}

/** Some keep their home in git: what lies below it are still projects of their own. */
const isHome = (folder: string): boolean => folder === homedir();

export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The root, and every folder from there to the project's folder. */
export function waysDown({ root, folder }: Project): string[] {
  const steps = relative(root, folder).split(sep).filter(Boolean);
  return [root, ...steps.map((_, index) => join(root, ...steps.slice(0, index + 1)))];
}

/** A link that leads nowhere is there too. */
export const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

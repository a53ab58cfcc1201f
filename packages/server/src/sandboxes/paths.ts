import { lstatSync, realpathSync, type Stats } from "node:fs";
import { dirname, isAbsolute, sep } from "node:path";

/** What drivers must know of a path before they trust it. */

export const isInside = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === sep ? sep : folder + sep);

export const lookAt = (path: string): Stats | undefined => {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // a file where a folder should be, or a folder that may not be entered: nothing is there for us
  }
};

/** Where it really is; undefined where there is nothing. */
export function realOf(path: string): string | undefined {
  try {
    return isAbsolute(path) ? realpathSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** The folders between the two, the outermost first. */
export function between(outer: string, inner: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(inner); folder !== outer && isInside(folder, outer); folder = dirname(folder))
    folders.unshift(folder);
  return folders;
}

/** As people write it. */
export const shortly = (path: string, home: string | undefined): string =>
  home !== undefined && home !== sep && isInside(path, home) ? `~${path.slice(home.length)}` : path;

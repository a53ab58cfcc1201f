import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { carefully, readable } from "../paths/flags.ts";
import { idOf } from "../paths/hidden.ts";
import { type Ignore, ignoreOf } from "./ignore.ts";

/**
 * Everything below a folder, in the order of paths, without what .gitignore names and without .git. No link is followed, so
 * there is no circle and no way out. A folder is held open while it is walked: what is put in its place meanwhile is not walked.
 * Synchronous, for a thread of its own.
 */

export type Found = { path: string; isFolder: boolean; at: string };
export type Walk = {
  /** Where the entries of the folder are found. */
  top: string;
  /** .gitignore files of the folders above, nearest last: their text, and the way from there to here, with a slash. */
  above: readonly { text: string; way: string }[];
  /** Identities of folders that are not walked. */
  hidden: ReadonlySet<string>;
  /** Takes a file whatever .gitignore says. */
  named?: ((path: string) => boolean) | undefined;
  /** Leaves out a file, or a folder with all in it. */
  skipped?: ((path: string) => boolean) | undefined;
};
export type Trouble = { unreadable: string[] };

type Level = { ignore: Ignore; way: string };
const ignoreBytes = 1024 * 1024;

export function* walk(wanted: Walk, trouble: Trouble): Generator<Found> {
  const above = wanted.above.map(({ text, way }) => ({ ignore: ignoreOf(text), way }));
  yield* inside(wanted, trouble, wanted.top, "", above);
}

function* inside(wanted: Walk, trouble: Trouble, at: string, path: string, above: readonly Level[]): Generator<Found> {
  let fd: number;
  let entries: Dirent[];
  try {
    // The top is a descriptor's name, and so a link.
    fd = openSync(at, path === "" ? constants.O_RDONLY : carefully | constants.O_DIRECTORY);
  } catch {
    trouble.unreadable.push(path);
    return;
  }
  try {
    if (wanted.hidden.has(idOf(fstatSync(fd, { bigint: true })))) return;
    const here = readable(fd, at);
    try {
      entries = readdirSync(here, { withFileTypes: true });
    } catch {
      trouble.unreadable.push(path);
      return;
    }
    const has = (name: string) => entries.some((entry) => entry.name === name);
    // Another repository: what is outside of it says nothing of it.
    const kept = path !== "" && has(".git") ? [] : above;
    const text = has(".gitignore") ? textOf(`${here}/.gitignore`) : "";
    const levels = text === "" ? kept : [...kept, { ignore: ignoreOf(text), way: "" }];
    for (const { name, isFolder } of sorted(entries)) {
      const whole = path + name;
      if (wanted.skipped?.(whole)) continue;
      if (!(!isFolder && wanted.named?.(whole)) && isIgnored(levels, name, isFolder)) continue;
      yield { path: whole, isFolder, at: `${here}/${name}` };
      if (!isFolder) continue;
      const below = levels.map(({ ignore, way }) => ({ ignore, way: `${way}${name}/` }));
      yield* inside(wanted, trouble, `${here}/${name}`, `${whole}/`, below);
    }
  } finally {
    closeSync(fd);
  }
}

/** The nearest that says anything counts. */
function isIgnored(levels: readonly Level[], name: string, isFolder: boolean): boolean {
  for (let index = levels.length - 1; index >= 0; index--) {
    const { ignore, way } = levels[index] as Level;
    const says = ignore(way + name, isFolder);
    if (says !== undefined) return says;
  }
  return false;
}

/** In the order that their whole paths have. */
function sorted(entries: readonly Dirent[]): { name: string; isFolder: boolean }[] {
  return entries
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && entry.name !== ".git")
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
    .toSorted((a, b) => (a.name + (a.isFolder ? "/" : "") < b.name + (b.isFolder ? "/" : "") ? -1 : 1));
}

export function textOf(path: string): string {
  try {
    const fd = openSync(path, carefully);
    try {
      if (!fstatSync(fd).isFile()) return "";
      const buffer = Buffer.allocUnsafe(ignoreBytes);
      return buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return ""; // a .gitignore that cannot be read ignores nothing
  }
}

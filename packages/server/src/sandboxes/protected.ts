import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isInside, lookAt, realOf } from "./paths.ts";
import type { Mount } from "./bwrap/mounts.ts";

/**
 * What would run by itself outside, once somebody uses git there or opens the folder with daimon: it can be read, and not be
 * changed. All else of `.git` can be: a commit writes objects, refs, logs and the index.
 */
export type Protected = { mounts: Mount[]; guarded: string[] };

/**
 * In a git folder. config, config.worktree: programs that git starts. hooks: such programs. commondir: where these are looked for
 * instead. modules, worktrees: the same again of others. Attributes only choose among programs that the settings name, and may
 * stand in any folder.
 */
const inGit = ["config", "config.worktree", "hooks", "commondir", "modules", "worktrees"];
/** In the part of it that a worktree has for itself. `gitdir` says where that worktree is. */
const inWorktree = ["config.worktree", "hooks", "commondir", "gitdir"];

export function protectedIn(root: string, unseen: readonly string[]): Protected {
  const parts = [kept(join(root, ".daimon")), gitOf(root, unseen)];
  return { mounts: parts.flatMap(({ mounts }) => mounts), guarded: parts.flatMap(({ guarded }) => guarded) };
}

function gitOf(root: string, unseen: readonly string[]): Protected {
  const path = join(root, ".git");
  const there = lookAt(path);
  if (isRepository(root)) return folderOf(root, inGit);
  if (there?.isDirectory()) return folderOf(path, inGit);
  const file = kept(path);
  // Git takes a folder itself for a repository, where these are in it.
  if (there === undefined) file.guarded.push(join(root, "HEAD"));
  const own = there?.isFile() ? worktreeOf(path) : undefined;
  if (own === undefined || unseen.some((folder) => isInside(own.main, folder) || isInside(folder, own.main)))
    return file;
  const main = folderOf(own.main, inGit);
  const mine = folderOf(own.folder, inWorktree);
  return {
    mounts: [...file.mounts, ...main.mounts, ...mine.mounts],
    guarded: [...file.guarded, ...main.guarded, ...mine.guarded],
  };
}

/** It needs no name for it. */
export const isRepository = (folder: string): boolean =>
  lookAt(join(folder, "HEAD"))?.isFile() === true &&
  ["objects", "refs"].every((name) => lookAt(join(folder, name))?.isDirectory() === true);

/** It stays where it is, and what is named in it as it is. */
function folderOf(folder: string, names: readonly string[]): Protected {
  const parts = names.map((name) => kept(join(folder, name)));
  return {
    mounts: [{ at: folder, is: "write" }, ...parts.flatMap(({ mounts }) => mounts)],
    guarded: parts.flatMap(({ guarded }) => guarded),
  };
}

/** Read only where a mount can see to it: a link leads elsewhere, and what is not there would have to be made. */
function kept(path: string): Protected {
  const there = lookAt(path);
  return there?.isDirectory() || there?.isFile()
    ? { mounts: [{ at: path, is: "read" }], guarded: [] }
    : { mounts: [], guarded: [path] };
}

/**
 * The git folder of a worktree that lies elsewhere. What `.git` says is a project's word: it is believed only where the other
 * side, which the project cannot write, names this worktree too.
 */
function worktreeOf(file: string): { folder: string; main: string } | undefined {
  const named = /^gitdir: (.+)$/m.exec(lineIn(file) ?? "")?.[1];
  const folder = named === undefined ? undefined : realOf(resolve(dirname(file), named));
  if (folder === undefined || basename(dirname(folder)) !== "worktrees") return undefined;
  const main = dirname(dirname(folder));
  const back = lineIn(join(folder, "gitdir"));
  const common = lineIn(join(folder, "commondir"));
  const belongs = back !== undefined && realOf(resolve(folder, back)) === file;
  return belongs && common !== undefined && realOf(resolve(folder, common)) === main ? { folder, main } : undefined;
}

/** The first line of a small file that is one: a pipe would keep us waiting. */
function lineIn(path: string): string | undefined {
  if (!lookAt(path)?.isFile()) return undefined;
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) return undefined;
    const bytes = Buffer.alloc(4096);
    const text = bytes.toString("utf8", 0, readSync(fd, bytes, 0, bytes.length, 0));
    return text.split("\n")[0]?.trim();
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

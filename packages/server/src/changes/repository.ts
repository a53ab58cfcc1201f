import { lstatSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/** A git directory of ours for one folder: it remembers how files were, and borrows what the repository there has already. */

export type Top = { folder: string; prefix: string };

/** The folder in which .gitignore files begin to count: the nearest one above that has a repository. */
export function topOf(root: string): Top {
  for (let folder = root; ; folder = dirname(folder)) {
    if (isThere(join(folder, ".git"))) return { folder, prefix: relative(folder, root) };
    if (dirname(folder) === folder) return { folder: root, prefix: "" };
  }
}

const statsOf = (path: string) => lstatSync(path, { throwIfNoEntry: false });
const isThere = (path: string) => statsOf(path) !== undefined;

/** The highest attributes there are: whatever a repository wishes to be done to its files on the way is not done. */
const attributes = "* -text !eol !filter !ident !working-tree-encoding !diff !merge\n";

const settings = [
  "[core]",
  "repositoryformatversion = 0",
  "bare = false",
  "hooksPath = /dev/null",
  "attributesFile = /dev/null",
  "fsmonitor = false",
  "autocrlf = false",
  "symlinks = true",
  "ignoreCase = false",
  "precomposeUnicode = false",
  "fileMode = true",
  "trustctime = true",
  "checkStat = default",
  "quotePath = false",
  // What is lost with the machine is begun anew: nothing here outlives a daemon.
  "fsync = none",
  "looseCompression = 1",
];

export async function makeRepository(folder: string, { folder: top }: Top, hidden: readonly string[]): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const part of ["objects/info", "refs", "info"])
    await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
  const own = join(top, ".git");
  const excludes = join(own, "info/exclude");
  const ignored = statsOf(excludes)?.isFile() ? [`excludesFile = "${excludes.replace(/["\\]/g, "\\$&")}"`] : [];
  const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 });
  await write("HEAD", "ref: refs/heads/none\n");
  await write("config", `${[...settings, ...(/\n/.test(excludes) ? [] : ignored)].join("\n")}\n`);
  await write("info/attributes", attributes);
  await write("info/exclude", hidden.flatMap((path) => patternFor(top, path)).join(""));
  if (lends(own)) await write("objects/info/alternates", `${join(own, "objects")}\n`);
}

/** Whether its objects are such as ours, and are its own. What it lends has to be what its name says: that is looked at. */
function lends(own: string): boolean {
  const objects = join(own, "objects");
  if (!statsOf(own)?.isDirectory() || !statsOf(objects)?.isDirectory() || /[\n"#]/.test(objects)) return false;
  const config = join(own, "config");
  return statsOf(config)?.isFile() === true && !/objectformat\s*=\s*sha256/i.test(readFileSync(config, "utf8"));
}

/** The daemon's own folders are nobody's business. */
function patternFor(top: string, path: string): string[] {
  const way = relative(top, path);
  if (way === "" || way.startsWith("..") || /[\r\n]/.test(way)) return [];
  return [
    `/${way
      .split(sep)
      .join("/")
      .replace(/[\\*?[\] !#]/g, "\\$&")}\n`,
  ];
}

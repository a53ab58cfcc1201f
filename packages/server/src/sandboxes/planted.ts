import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { lookAt } from "./paths.ts";
import { isRepository } from "./protected.ts";

/**
 * What no mount could protect is compared with what it was before: from time to time while the command runs, as a kernel may run
 * for days, and at its end. What it planted there is moved aside, under a name by which nothing finds it, and told: it waits for
 * somebody to read it, and move it back.
 */
export function guard(paths: readonly string[], tell: (note: string) => void): () => Promise<void> {
  const before = new Map(paths.map((path) => [path, tellTale(path)]));
  const look = async () => {
    for (const [path, was] of before) if (tellTale(path) !== was && !harmless(path)) tell(await moveAside(path));
  };
  let looking = Promise.resolve();
  const lookNext = () => (looking = looking.then(look));
  const timer = setInterval(() => void lookNext(), every).unref();
  return () => {
    clearInterval(timer);
    return lookNext();
  };
}
const every = 1000;

/** Differs when it is another thing, not when it is used. */
function tellTale(path: string): string {
  const there = lookAt(path);
  if (there === undefined) return "nothing";
  return there.isSymbolicLink() ? `link ${readlinkSync(path)}` : `${there.mode >> 12} ${there.ino}`;
}

function harmless(path: string): boolean {
  const there = lookAt(path);
  if (there === undefined) return true;
  switch (basename(path)) {
    case ".git":
      return there.isDirectory() && isFresh(path);
    case "HEAD":
      return !isRepository(dirname(path));
    default:
      return false;
  }
}

/** A repository as `git init` makes one, with all that a commit adds: nothing in it starts a program. */
function isFresh(folder: string): boolean {
  if (["config.worktree", "commondir", "modules", "worktrees"].some((name) => lookAt(join(folder, name)))) return false;
  const hooks = namesIn(join(folder, "hooks"));
  const config = join(folder, "config");
  return (
    (hooks?.every((name) => name.endsWith(".sample")) ?? false) &&
    (lookAt(config) === undefined || isPlain(textIn(config)))
  );
}

/** Settings that name neither a program nor a file. */
const plain =
  /^\s*(?:[#;].*|\[(?:core|user|init|branch "[^"\\]*"|color)\]|(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|name|email|defaultbranch|ui)\s*=[^\\]*|)\s*$/i;
const isPlain = (config: string | undefined): boolean => config?.split("\n").every((line) => plain.test(line)) === true;

/** Empty where there is no such folder; undefined where it is something else. */
function namesIn(folder: string): string[] | undefined {
  const there = lookAt(folder);
  if (there === undefined) return [];
  return there.isDirectory() ? readdirSync(folder) : undefined;
}

function textIn(path: string): string | undefined {
  if (!lookAt(path)?.isFile()) return undefined;
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(fd);
    return size > 65_536 ? undefined : readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}

async function moveAside(path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const aside = `${path}.untrusted-${number}`;
    if (lookAt(aside)) continue;
    try {
      await rename(path, aside);
      return `${path} appeared, and would run by itself outside of the sandbox: it is ${aside} now; read it before you move it back`;
    } catch (error) {
      return `${path} appeared, and would run by itself outside of the sandbox; it could not be moved aside (${(error as Error).message}): remove it`;
    }
  }
}

import { DaimonError } from "@daimon/protocol";
import { existsSync } from "node:fs";
import { lstat, readFile, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { ToolContext } from "../../core/ports.ts";
import { isWithin, quoted, refusal } from "../paths/words.ts";

/** The work tree that a session works in, and where git keeps what belongs to it. `common` is shared with other work trees. */
export type Repository = { top: string; folder: string; common: string };

/**
 * Found by ourselves, since git believes what a repository says of where its parts lie: one that says they are somebody else's
 * would show theirs.
 */
export async function repositoryOf({ cwd }: Pick<ToolContext, "cwd">): Promise<Repository> {
  const start = await realpath(cwd).catch((cause: unknown) => {
    throw new DaimonError("not_found", `The folder ${quoted(cwd)} is not there any more: people must choose another.`, {
      cause,
    });
  });
  for (let top = start; ; top = dirname(top)) {
    const stats = await lstat(join(top, ".git")).catch(() => undefined);
    if (stats?.isDirectory()) return ofFolder(top);
    if (stats?.isFile()) return ofFile(top);
    if (stats) throw elsewhere(top);
    if (top === dirname(top)) throw new DaimonError("not_found", `${quoted(start)} lies in no git repository.`);
  }
}

async function ofFolder(top: string): Promise<Repository> {
  const folder = join(top, ".git");
  if (await line(join(folder, "commondir"))) throw elsewhere(top);
  return { top, folder, common: folder };
}

/** A work tree beside the first one, which knows it; or a submodule, whose folder lies in that of the repository around it. */
async function ofFile(top: string): Promise<Repository> {
  const [, named] = /^gitdir: (.+)$/.exec((await line(join(top, ".git"))) ?? "") ?? [];
  const folder = named === undefined ? undefined : await realpath(resolve(top, named)).catch(() => undefined);
  if (folder === undefined) throw elsewhere(top);
  const common = await line(join(folder, "commondir"));
  if (common === undefined) {
    for (let above = dirname(top); ; above = dirname(above)) {
      if (isWithin(join(above, ".git", "modules"), folder)) return { top, folder, common: folder };
      if (above === dirname(above)) throw elsewhere(top);
    }
  }
  const back = await line(join(folder, "gitdir"));
  const shared = dirname(dirname(folder));
  const known =
    basename(dirname(folder)) === "worktrees" &&
    (await realpath(resolve(folder, common)).catch(() => undefined)) === shared &&
    back !== undefined &&
    (await realpath(resolve(folder, back)).catch(() => undefined)) === join(top, ".git");
  if (!known) throw elsewhere(top);
  return { top, folder, common: shared };
}

const elsewhere = (top: string) =>
  refusal(`${quoted(join(top, ".git"))} names a repository elsewhere that does not know of it: it is not opened.`);

const line = async (path: string): Promise<string | undefined> => {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats?.isFile() || stats.size > 16 * 1024) return undefined;
  return (await readFile(path, "utf8").catch(() => undefined))?.split("\n")[0]?.trim();
};

/** Whether there may be one: nothing of it is read. */
export const liesInRepository = (folder: string): boolean =>
  existsSync(join(folder, ".git")) || (dirname(folder) !== folder && liesInRepository(dirname(folder)));

import { type BigIntStats, constants } from "node:fs";
import { access, lstat, rename } from "node:fs/promises";
import type { Held } from "./hold.ts";
import { changedMeanwhile, isUnchanged, mustBeFree, takeName } from "./put.ts";
import { copyTree, removeCopied, removeTree } from "./tree.ts";
import { quoted, refusal, troubleChanging, whyNot } from "./words.ts";

/** A name in a folder that is held. */
export type Name = { folder: Held; name: string };
export type Leaving = {
  from: Name;
  /** Where nothing is yet. */
  to: Name;
  /** What was found there. */
  stats: BigIntStats;
  announce(): Promise<void>;
  signal: AbortSignal;
};

/** Gives a file, a folder or a link another place. To another disk it is copied, and removed when all of it is there. */
export async function relocate(leaving: Leaving, given: string): Promise<void> {
  const { from, to, stats, announce } = leaving;
  try {
    const beyond = (await lstat(to.folder.at("."), { bigint: true })).dev !== stats.dev;
    // What cannot be removed in the end is not even copied.
    await access(from.folder.at("."), constants.W_OK);
    if (beyond) await copy(leaving);
    await announce();
    if (!isUnchanged(await lstat(from.folder.at(from.name), { bigint: true }), stats)) throw changedMeanwhile(given);
    // Folders of one disk that are mounted apart are as far from each other as two disks.
    const copied = beyond || (!(await renamed(leaving)) && (await copy(leaving)));
    if (copied) await removed(leaving, given);
    await Promise.all([from.folder.sync(), to.folder.sync()]);
  } catch (error) {
    throw troubleChanging(given, error);
  }
}

async function renamed({ from, to, stats }: Leaving): Promise<boolean> {
  const [old, now] = [from.folder.at(from.name), to.folder.at(to.name)];
  try {
    if (stats.isFile()) await takeName(old, now);
    else {
      await mustBeFree(now);
      await rename(old, now);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EXDEV") return false;
    throw error;
  }
}

async function copy({ from, to, signal }: Leaving): Promise<true> {
  try {
    await mustBeFree(to.folder.at(to.name));
    await copyTree(from, to, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") await removeTree(to);
    throw error;
  }
}

async function removed({ from, to }: Leaving, given: string): Promise<void> {
  await removeCopied(from, to).catch((error: unknown) => {
    throw refusal(
      `${quoted(given)} was copied to another disk, but not all of it could be removed (${whyNot(error)}): it is in both places now.`,
    );
  });
}

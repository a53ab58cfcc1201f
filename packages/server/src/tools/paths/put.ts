import { type BigIntStats, lstatSync } from "node:fs";
import { link, lstat, open, rename, rm, unlink } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import type { Held, Spot } from "./hold.ts";
import { isSame } from "./open.ts";
import { quoted, refusal, troubleChanging } from "./words.ts";

/** What a file is to be, and what it is now: that alone is replaced. */
export type Put = {
  bytes: Uint8Array;
  /** The file that was looked at; undefined where there was none. */
  found: BigIntStats | undefined;
  /** Its permissions, where they are not to be those of what was found. */
  mode?: number;
  /** Awaited when all is ready and nothing has happened. */
  announce(): Promise<void>;
};

/**
 * All of it or nothing: it is written beside, and takes the name when it is on the disk. Who has the file open, or knows it by
 * another name, keeps what was there.
 */
export async function putFile({ folder, name }: Spot, { bytes, found, mode, announce }: Put, given: string) {
  const beside = folder.at(`.daimon-${randomBytes(8).toString("hex")}`);
  try {
    const kept = await writeNew(beside, bytes, found, mode);
    await announce();
    if (found) await replace(folder, name, beside, found, given);
    else await takeName(beside, folder.at(name));
    await folder.sync();
    return { stats: await lstat(folder.at(name), { bigint: true }), ...kept };
  } catch (error) {
    await rm(beside, { force: true });
    throw troubleChanging(given, error);
  }
}

/** With the permissions of what it replaces, but for those that let others run it as its owner. */
async function writeNew(
  path: string,
  bytes: Uint8Array,
  like: BigIntStats | undefined,
  mode = like && Number(like.mode & 0o777n),
): Promise<{ owned: boolean }> {
  const file = await open(path, "wx", mode === undefined ? 0o666 : 0o600);
  try {
    await file.writeFile(bytes);
    let owned = true;
    if (like) {
      const { uid, gid } = await file.stat({ bigint: true });
      if (uid !== like.uid || gid !== like.gid)
        owned = await file.chown(Number(like.uid), Number(like.gid)).then(
          () => true,
          () => false,
        );
    }
    if (mode !== undefined) await file.chmod(mode & 0o777);
    await file.sync();
    return { owned };
  } finally {
    await file.close();
  }
}

async function replace(folder: Held, name: string, beside: string, found: BigIntStats, given: string): Promise<void> {
  const now = await lstat(folder.at(name), { bigint: true }).catch(() => undefined);
  if (!now || !isUnchanged(now, found)) throw changedMeanwhile(given);
  await rename(beside, folder.at(name));
}

export const isUnchanged = (now: BigIntStats, then: BigIntStats): boolean =>
  isSame(now, then) && now.size === then.size && now.mtimeNs === then.mtimeNs && now.ctimeNs === then.ctimeNs;

export const changedMeanwhile = (given: string) =>
  refusal(`${quoted(given)} was changed by somebody just now: nothing was done. Read it again.`);

/** Gives what has one name another, where nothing has it. Where a file can have but one name, somebody else may come in between. */
export async function takeName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS"].includes(code ?? "")) throw error;
    await mustBeFree(to);
    await rename(from, to);
    return;
  }
  await unlink(from);
}

export async function mustBeFree(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })) throw Object.assign(new Error("it is there"), { code: "EEXIST" });
}

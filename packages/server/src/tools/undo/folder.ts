import { closeSync, fstatSync } from "node:fs";
import { type FileHandle, lstat, mkdir, open } from "node:fs/promises";
import { constants } from "node:fs";
import { createHash, randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { Fence } from "../../core/ports.ts";
import { carefully, readable } from "../paths/flags.ts";
import { openPlace } from "../paths/open.ts";
import { placeOf } from "../paths/place.ts";
import { quoted, refusal } from "../paths/words.ts";

/**
 * The open folder that a file lies in: what is done by a name in it is done in just that folder, whatever its path leads to by
 * then.
 */
export type Folder = Disposable & {
  /** The path of something in it. */
  name(name: string): string;
  /** A name in it that nobody has. */
  unused(): string;
};

export async function folderOf(fence: Fence, path: string): Promise<Folder> {
  const place = await placeOf(fence, dirname(path));
  if (place.real !== dirname(path)) throw elsewhere(path);
  if (!place.stats?.isDirectory()) throw refusal(`The folder of ${quoted(path)} is not there.`);
  // What may not be reached in an open folder that may be: the daemon's own.
  if ((await placeOf(fence, path)).real !== path) throw elsewhere(path);
  const { fd } = await openPlace(place, dirname(path));
  const at = readable(fd, place.real);
  return {
    name: (name) => join(at, name),
    unused: () => join(at, `.daimon-${randomBytes(8).toString("hex")}`),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

export const elsewhere = (path: string) =>
  refusal(`${quoted(path)} leads elsewhere by now: a link lies on the way, so it is left alone.`);

/** Makes the folders above a file that are not there. */
export async function makeFolders(fence: Fence, folder: string): Promise<void> {
  const { stats, real } = await placeOf(fence, folder);
  if (real !== folder) throw elsewhere(folder);
  if (stats) return;
  await makeFolders(fence, dirname(folder));
  using above = await folderOf(fence, folder);
  await mkdir(above.name(basename(folder))).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

const chunkBytes = 1024 * 1024;

/** The SHA-256 of the file itself, and not of what a link leads to. */
export async function digestIn(path: string): Promise<string | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, carefully);
    if (!fstatSync(file.fd).isFile()) return undefined;
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, null);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, bytesRead));
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ELOOP") return undefined;
    throw error;
  } finally {
    await file?.close();
  }
}

export const isThere = async (path: string): Promise<boolean> =>
  (await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  })) !== undefined;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** A new file with all of it, on disk. */
export async function writeNew(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(bytes);
    await file.chmod(mode & 0o777);
    await file.sync();
  } finally {
    await file.close();
  }
}

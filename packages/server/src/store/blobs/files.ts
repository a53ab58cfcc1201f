import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";

/** A few milliseconds of hashing; then others have their turn. */
const portion = 2 * 1024 * 1024;

export async function digestOf(bytes: Uint8Array): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes.byteLength; at += portion) {
    if (at > 0) await nextTurn();
    hash.update(bytes.subarray(at, at + portion));
  }
  return hash.digest("hex");
}

/** One file for each content, named by its sha256, two hex digits to a folder. */
export function openFiles(folder: string) {
  const unfinished = join(folder, "unfinished");
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const place = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);

  return {
    /** Under another name until it is whole on the disk: whoever finds the file finds all of it. */
    async write(sha256: string, bytes: Uint8Array): Promise<void> {
      const passing = join(unfinished, randomUUID());
      try {
        await writeWhole(passing, bytes);
        await mkdir(dirname(place(sha256)), { recursive: true, mode: 0o700 });
        await rename(passing, place(sha256));
      } finally {
        await rm(passing, { force: true });
      }
    },

    /** A file that is whole on the disk is found there only once its folders are on the disk too. */
    async settle(sha256: string): Promise<void> {
      await syncFolder(dirname(place(sha256)));
      await syncFolder(folder);
    },

    async read(sha256: string): Promise<Uint8Array | undefined> {
      return unlessMissing(readFile(place(sha256)));
    },

    /** What lies between the two places; less at the end of the file. */
    async readRange(sha256: string, start: number, end: number): Promise<Uint8Array | undefined> {
      const file = await unlessMissing(open(place(sha256), "r"));
      if (!file) return undefined;
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },

    removeNow(sha256: string): void {
      rmSync(place(sha256), { force: true });
    },
  };
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function unlessMissing<T>(opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

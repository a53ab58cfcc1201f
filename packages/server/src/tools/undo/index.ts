import { DaimonError } from "@daimon/protocol";
import { createHash } from "node:crypto";
import { link, readdir, rename, rmdir, unlink } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Content, Fence, Files, Found } from "../../core/ports.ts";
import { openFile, openPlace } from "../paths/open.ts";
import { placeOf } from "../paths/place.ts";
import { quoted, troubleWith } from "../paths/words.ts";
import { diffOf } from "./diff.ts";
import { digestIn, elsewhere, folderOf, isThere, makeFolders, writeNew } from "./folder.ts";

/** The files of a session, for taking back what was done to them: in its folders, by the same way as every tool. */
export const sessionFiles: Files = {
  look: (fence, path) => trouble(path, () => look(fence, path)),
  read: (fence, path, atMost) => trouble(path, () => read(fence, path, atMost)),
  put: (fence, path, content, found) => trouble(path, () => put(fence, path, content, found)),
  remove: (fence, path, found) => trouble(path, () => remove(fence, path, found)),
  move: (fence, from, to) => trouble(from, () => move(fence, from, to)),
  diff: diffOf,
};

/** What the system said becomes a sentence. */
async function trouble<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw troubleWith(path, error);
  }
}

async function look(fence: Fence, path: string): Promise<Found> {
  const { real, stats } = await placeOf(fence, path);
  if (real !== path) return { is: "other", what: "a link" };
  if (!stats) return { is: "nothing" };
  if (stats.isDirectory()) return { is: "folder", empty: (await readdir(path)).length === 0 };
  if (!stats.isFile()) return { is: "other", what: "no file" };
  using file = await openFile(fence, path);
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  let bytes = 0;
  for (;;) {
    const chunk = await file.read(buffer, bytes);
    hash.update(chunk);
    bytes += chunk.length;
    if (chunk.length < buffer.length) break;
  }
  return { is: "file", sha256: hash.digest("hex"), mode: Number(file.stats.mode) & 0o777, bytes };
}

async function read(fence: Fence, path: string, atMost: number): Promise<Uint8Array | undefined> {
  const place = await placeOf(fence, path);
  if (place.real !== path || !place.stats?.isFile() || place.stats.size > atMost) return undefined;
  using file = await openPlace(place, path);
  const bytes = await file.read(Buffer.allocUnsafe(atMost + 1), 0);
  return bytes.length > atMost ? undefined : bytes;
}

async function put(fence: Fence, path: string, { bytes, mode }: Content, found: string | undefined): Promise<void> {
  await makeFolders(fence, dirname(path));
  using folder = await folderOf(fence, path);
  const there = folder.name(basename(path));
  const made = folder.unused();
  try {
    await writeNew(made, bytes, mode);
    if (found === undefined) return await takeName(made, there, path);
    if ((await digestIn(there)) !== found) throw changedSince(path);
    await rename(made, there);
  } finally {
    await unlink(made).catch(goneAlready);
  }
}

/** Gives a file the name that nobody has, or fails: what somebody else made there meanwhile stays. */
async function takeName(made: string, name: string, path: string): Promise<void> {
  try {
    await link(made, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw changedSince(path);
    if (code !== "EPERM" && code !== "ENOTSUP") throw error;
    // A file system without hard links: whoever comes in this very moment is too late.
    if (await isThere(name)) throw changedSince(path);
    await rename(made, name);
  }
}

async function remove(fence: Fence, path: string, found: string | undefined): Promise<void> {
  using folder = await folderOf(fence, path);
  const there = folder.name(basename(path));
  if (found === undefined) return await rmdir(there);
  // Put aside first: what is looked at then is what is removed, whoever writes at its name.
  const aside = folder.unused();
  await rename(there, aside);
  if ((await digestIn(aside)) === found) return await unlink(aside);
  await takeName(aside, there, path);
  await unlink(aside).catch(goneAlready);
  throw changedSince(path);
}

async function move(fence: Fence, from: string, to: string): Promise<void> {
  await makeFolders(fence, dirname(to));
  using source = await folderOf(fence, from);
  using target = await folderOf(fence, to);
  const there = target.name(basename(to));
  if (await isThere(there)) throw changedSince(to);
  if ((await placeOf(fence, from)).real !== from) throw elsewhere(from);
  await rename(source.name(basename(from)), there);
}

const changedSince = (path: string) =>
  new DaimonError(
    "conflict",
    `${quoted(path)} was changed by somebody in this very moment; look at it, and try again.`,
  );

function goneAlready(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

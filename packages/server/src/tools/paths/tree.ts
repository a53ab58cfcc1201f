import { DaimonError } from "@daimon/protocol";
import type { BigIntStats } from "node:fs";
import { chmod, lstat, mkdir, open, readdir, readlink, rmdir, symlink, unlink, utimes } from "node:fs/promises";
import { carefully } from "./flags.ts";
import { type Held, holdIn } from "./hold.ts";
import { isSame, kindOf } from "./open.ts";
import { quoted, refusal } from "./words.ts";

/** Files and folders with all that is in them. Each folder on the way is held, so nobody can lead this elsewhere. */

type Name = { folder: Held; name: string };
const pathOf = ({ folder, name }: Name): string => folder.at(name);

/** What is moved and deleted: a file, a folder, or a link, which is nothing but its name. */
export type Thing = "file" | "folder" | "link";

export function thingOf(stats: BigIntStats, given: string): Thing {
  if (stats.isSymbolicLink()) return "link";
  const kind = kindOf(stats);
  if (kind === "file" || kind === "folder") return kind;
  throw new DaimonError(
    "invalid",
    `${quoted(given)} is a ${kind}: only files, folders and links are moved and deleted.`,
  );
}

async function* namesIn(at: Name): AsyncGenerator<Name, void> {
  using folder = await holdIn(at.folder, at.name);
  for (const name of await readdir(folder.at("."))) yield { folder, name };
}

export type Weight = { files: number; bytes: number; more: boolean };
const countedAtMost = 10_000;

export async function weigh(top: Name, signal: AbortSignal): Promise<Weight> {
  const weight: Weight = { files: 0, bytes: 0, more: false };
  await add(top);
  return weight;

  async function add(at: Name): Promise<void> {
    signal.throwIfAborted();
    const stats = await lstat(pathOf(at));
    if (stats.isDirectory()) {
      for await (const inner of namesIn(at)) {
        if (weight.files >= countedAtMost) weight.more = true;
        if (weight.more) return;
        await add(inner);
      }
    } else {
      weight.files++;
      weight.bytes += stats.size;
    }
  }
}

/** To another disk, where nothing is yet. What cannot be copied is an error before anything is removed. */
export async function copyTree(from: Name, to: Name, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const stats = await lstat(pathOf(from), { bigint: true });
  const thing = thingOf(stats, from.name);
  if (thing === "link") return symlink(await readlink(pathOf(from)), pathOf(to));
  if (thing === "file") await copyFile(from, stats, pathOf(to), signal);
  else {
    await mkdir(pathOf(to), { mode: 0o700 });
    using target = await holdIn(to.folder, to.name);
    for await (const inner of namesIn(from)) {
      const { dev } = await lstat(pathOf(inner), { bigint: true });
      if (dev !== stats.dev)
        throw new DaimonError("invalid", `A disk is mounted at ${quoted(inner.name)}: it stays there.`);
      await copyTree(inner, { folder: target, name: inner.name }, signal);
    }
  }
  await chmod(pathOf(to), Number(stats.mode & 0o777n));
  await utimes(pathOf(to), Number(stats.atimeMs) / 1000, Number(stats.mtimeMs) / 1000);
}

const atOnce = 1024 * 1024;

async function copyFile(from: Name, stats: BigIntStats, to: string, signal: AbortSignal): Promise<void> {
  await using source = await open(pathOf(from), carefully);
  if (!isSame(await source.stat({ bigint: true }), stats))
    throw refusal(`${quoted(from.name)} was replaced while it was copied; try again.`);
  await using target = await open(to, "wx", 0o600);
  const buffer = Buffer.allocUnsafe(atOnce);
  for (let count = -1; count !== 0;) {
    signal.throwIfAborted();
    count = (await source.read(buffer, 0, atOnce, null)).bytesRead;
    await target.writeFile(buffer.subarray(0, count));
  }
  await target.sync();
}

export async function removeTree(at: Name): Promise<void> {
  const path = pathOf(at);
  if (!(await lstat(path)).isDirectory()) return unlink(path);
  for await (const inner of namesIn(at)) await removeTree(inner);
  await rmdir(path);
}

/** What came or changed after it was copied stays, and so do the folders that it is in. */
export async function removeCopied(from: Name, copy: Name): Promise<void> {
  const [there, here] = await Promise.all([lstat(pathOf(copy)), lstat(pathOf(from))]);
  if (here.isDirectory()) {
    using folder = await holdIn(copy.folder, copy.name);
    for await (const inner of namesIn(from)) await removeCopied(inner, { folder, name: inner.name });
    await rmdir(pathOf(from));
    return;
  }
  const isCopy = here.isSymbolicLink() || (here.size === there.size && Math.abs(here.mtimeMs - there.mtimeMs) < 2);
  if (!isCopy) throw refusal(`${quoted(from.name)} was changed meanwhile`);
  await unlink(pathOf(from));
}

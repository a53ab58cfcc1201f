import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { readdir, rmdir, unlink } from "node:fs/promises";
import type { Content, Diff, Fence, Files, Found } from "../../core/ports.ts";
import { outOfTrash } from "../delete/trash.ts";
import { textOf } from "../known.ts";
import { patchBetween } from "../patch.ts";
import { holdFolderOf, type Spot } from "../paths/hold.ts";
import { openPlace } from "../paths/open.ts";
import { entryOf, type Place } from "../paths/place.ts";
import { changedMeanwhile, isUnchanged, putFile } from "../paths/put.ts";
import { relocate } from "../paths/relocate.ts";
import { quoted, refusal, troubleChanging, troubleWith } from "../paths/words.ts";

/** The files of a session, for taking back what was done to them: in its folders, and by the same ways as every tool. */
export const sessionFiles: Files = {
  look: (fence, path) => look(fence, path).catch(asSentence(path, troubleWith)),
  read: (fence, path, atMost) => read(fence, path, atMost).catch(asSentence(path, troubleWith)),
  put: (fence, path, content, found) => put(fence, path, content, found).catch(asSentence(path)),
  remove: (fence, path, found) => remove(fence, path, found).catch(asSentence(path)),
  move: (fence, from, to) => move(fence, from, to).catch(asSentence(from)),
  restore: (fence, from, to) => restore(fence, from, to).catch(asSentence(to)),
  diff,
};

const asSentence =
  (path: string, said = troubleChanging) =>
  (error: unknown): never => {
    throw said(path, error);
  };

/** The very name: whatever leads elsewhere by now is left alone. */
async function placeAt(fence: Fence, path: string): Promise<Place> {
  const place = await entryOf(fence, path);
  if (place.real !== path) throw refusal(`${quoted(path)} leads elsewhere by now, for there is a link on its way.`);
  return place;
}

async function look(fence: Fence, path: string): Promise<Found> {
  const place = await placeAt(fence, path);
  const { stats } = place;
  if (!stats) return { is: "nothing" };
  if (stats.isSymbolicLink()) return { is: "link" };
  if (stats.isDirectory()) return { is: "folder", empty: (await readdir(path)).length === 0 };
  if (!stats.isFile()) return { is: "other", why: "there is neither a file nor a folder now" };
  return { is: "file", sha256: await digestAt(place), mode: Number(stats.mode & 0o777n), bytes: Number(stats.size) };
}

const chunkBytes = 1024 * 1024;

async function digestAt(place: Place): Promise<string> {
  using file = await openPlace(place, place.real);
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let at = 0; ; at += chunkBytes) {
    const chunk = await file.read(buffer, at);
    hash.update(chunk);
    if (chunk.length < chunkBytes) return hash.digest("hex");
  }
}

async function read(fence: Fence, path: string, atMost: number): Promise<Uint8Array | undefined> {
  const place = await placeAt(fence, path);
  if (!place.stats?.isFile() || place.stats.size > atMost) return undefined;
  using file = await openPlace(place, path);
  const bytes = await file.read(Buffer.allocUnsafe(Number(place.stats.size) + 1), 0);
  return bytes.length > atMost ? undefined : bytes;
}

const quietly = () => Promise.resolve();
const holdAt = (place: Place): Promise<Spot> => holdFolderOf(place, place.real, quietly);

/** What is there has that SHA-256, or there is nothing where it has none. */
async function mustHold(place: Place, sha256: string | undefined): Promise<void> {
  const is = place.stats?.isFile() ? await digestAt(place) : undefined;
  if (is !== sha256 || (sha256 === undefined && place.stats)) throw changedMeanwhile(place.real);
}

async function put(fence: Fence, path: string, { bytes, mode }: Content, found: string | undefined): Promise<void> {
  const place = await placeAt(fence, path);
  await mustHold(place, found);
  using spot = await holdAt(place);
  await putFile(spot, { bytes, found: place.stats, mode, announce: quietly }, path);
}

async function remove(fence: Fence, path: string, found: string | undefined): Promise<void> {
  const place = await placeAt(fence, path);
  using spot = await holdAt(place);
  const there = spot.folder.at(spot.name);
  if (found === undefined) return await rmdir(there);
  await mustHold(place, found);
  const now = lstatSync(there, { bigint: true, throwIfNoEntry: false });
  if (!now || !place.stats || !isUnchanged(now, place.stats)) throw changedMeanwhile(path);
  await unlink(there);
}

async function move(fence: Fence, from: string, to: string): Promise<void> {
  const place = await placeAt(fence, from);
  const { stats } = place;
  if (!stats) throw refusal(`${quoted(from)} is not there any more.`);
  using source = await holdAt(place);
  using target = await holdAt(await placeAt(fence, to));
  await relocate({ from: source, to: target, stats, announce: quietly, signal: never }, to);
}

/** Half a move back is worse than a long one. */
const never = new AbortController().signal;

async function restore(fence: Fence, from: string, to: string): Promise<boolean> {
  using kept = await outOfTrash(fence.trash, from);
  if (!kept) return false;
  using target = await holdAt(await placeAt(fence, to));
  await relocate({ from: kept, to: target, stats: kept.stats, announce: quietly, signal: never }, to);
  await kept.unnote();
  return true;
}

async function diff(
  path: string,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): Promise<Diff | undefined> {
  const [old, now] = [before, after].map((bytes) => bytes && textOf(Buffer.from(bytes)));
  if ((before && old === undefined) || (after && now === undefined)) return undefined;
  const { text } = await patchBetween(path, old, now);
  const lines = text.split("\n");
  const count = (sign: string) =>
    lines.filter((line) => line.startsWith(sign) && !line.startsWith(sign.repeat(3))).length;
  return { text, added: count("+"), removed: count("-") };
}

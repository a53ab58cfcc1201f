import { DaimonError, nearest } from "@daimon/protocol";
import { type BigIntStats, closeSync, fstatSync, open, readlinkSync, read, realpathSync, statfsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { carefully } from "./flags.ts";
import { type Fence, type Place, placeOf } from "./place.ts";
import { quoted, refusal, troubleWith } from "./words.ts";

/** What waits for a disk or a server of files is asynchronous here; what is asked of an open descriptor waits for nobody. */

export type Opened = Disposable & {
  place: Place;
  fd: number;
  stats: BigIntStats;
  /** Fills the buffer from here on; fewer bytes than it takes are the file's last. */
  read(buffer: Buffer, position: number): Promise<Buffer>;
};
/** What a path names: what may be opened, and what is only named. */
type Kind = "file" | "folder" | "pipe" | "socket" | "device";

/** Opens a file of the session's folders for reading. Whatever else the path names is refused without being opened. */
export async function openFile(fence: Fence, given: string): Promise<Opened> {
  return openFileAt(await placeOf(fence, given), given);
}

export async function openFileAt(place: Place, given: string): Promise<Opened> {
  if ((await readableKind(place, given)) === "folder")
    throw new DaimonError("invalid", `${quoted(given)} is a folder; list it with ls.`);
  return openPlace(place, given);
}

export async function openFolder(fence: Fence, given: string): Promise<Opened> {
  const { place, kind } = await found(fence, given);
  if (kind === "file")
    throw new DaimonError("invalid", `${quoted(given)} is a file and no folder; look into it with read.`);
  return openPlace(place, given);
}

/** A file or a folder, for those who can do with both. */
export async function openEither(fence: Fence, given: string): Promise<Opened & { kind: "file" | "folder" }> {
  const { place, kind } = await found(fence, given);
  return { ...(await openPlace(place, given)), kind };
}

async function found(fence: Fence, given: string): Promise<{ place: Place; kind: "file" | "folder" }> {
  const place = await placeOf(fence, given);
  return { place, kind: await readableKind(place, given) };
}

async function readableKind(place: Place, given: string): Promise<"file" | "folder"> {
  if (!place.stats) throw new DaimonError("not_found", `There is no ${quoted(given)}.${await meant(place.real)}`);
  const kind = kindOf(place.stats);
  if (kind !== "file" && kind !== "folder") throw notRead(given, kind);
  return kind;
}

export function kindOf(stats: BigIntStats): Kind {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  return stats.isFIFO() ? "pipe" : stats.isSocket() ? "socket" : "device";
}

const notRead = (given: string, kind: Kind) =>
  new DaimonError("invalid", `${quoted(given)} is a ${kind}: reading it may never end, so it is not opened.`);

/** The name that was probably meant, of those beside it. */
async function meant(real: string): Promise<string> {
  const names = await readdir(dirname(real)).catch(() => undefined);
  if (!names) return ` The folder ${quoted(basename(dirname(real)))} is not there either.`;
  const near = nearest(basename(real), names.slice(0, 5000));
  return near === undefined ? "" : ` Did you mean ${quoted(near)}?`;
}

const openAt = promisify(open);
/**
 * Opens what was looked at, or nothing: between looking and opening a folder may become a link to elsewhere. What the system
 * says of the open file counts, which nobody can change any more.
 */
export async function openPlace(place: Place, given: string): Promise<Opened> {
  const { real } = place;
  let fd: number | undefined;
  try {
    const opened = (fd = await openAt(real, carefully));
    const stats = fstatSync(opened, { bigint: true });
    if (!place.stats || !isSame(stats, place.stats) || pathOf(opened, real) !== real)
      throw refusal(`${quoted(given)} was moved or replaced while it was opened; try again.`);
    if (stats.size === 0n && isOfKernel(opened))
      throw refusal(`${quoted(given)} is no file but a part of the running system: it is closed to tools.`);
    return { place, fd, stats, read: reader(opened, given), [Symbol.dispose]: () => closeSync(opened) };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw troubleWith(given, error);
  }
}

/** The number of a file that is gone is soon another's, of another kind. */
export const isSame = (a: BigIntStats, b: BigIntStats): boolean =>
  a.ino === b.ino && a.dev === b.dev && kindOf(a) === kindOf(b);

/** Where the open file lies: by its descriptor, where the system tells. */
const pathOf = (fd: number, real: string): string =>
  process.platform === "linux" ? readlinkSync(`/proc/self/fd/${fd}`) : realpathSync.native(real);

const procMagic = 0x9fa0;

/** Of a /proc that somebody mounted elsewhere: its files have no size, and are never empty. */
const isOfKernel = (fd: number): boolean =>
  process.platform === "linux" && statfsSync(`/proc/self/fd/${fd}`).type === procMagic;

const reader = (fd: number, given: string) => (buffer: Buffer, position: number) =>
  new Promise<Buffer>((resolve, reject) => {
    const more = (have: number) =>
      read(fd, buffer, have, buffer.length - have, position + have, (error, bytes) => {
        if (error) return reject(troubleWith(given, error));
        // The system may give less than there is.
        if (bytes === 0 || have + bytes === buffer.length) return resolve(buffer.subarray(0, have + bytes));
        more(have + bytes);
      });
    more(0);
  });

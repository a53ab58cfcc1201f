import { DaimonError } from "@daimon/protocol";
import { hash } from "node:crypto";
import { type BigIntStats, constants } from "node:fs";
import { access } from "node:fs/promises";
import type { FileChange } from "../core/ports.ts";
import { sized } from "./limits.ts";
import { refuseOwned } from "./paths/closed.ts";
import { readable } from "./paths/flags.ts";
import { openFileAt } from "./paths/open.ts";
import type { Place } from "./paths/place.ts";
import { quoted, refusal, troubleChanging } from "./paths/words.ts";
import { isAsSeen, seenIn } from "./seen.ts";

/** A file that is going to be changed, as it is now. */
export type Known = {
  stats: BigIntStats;
  /** Undefined where there is more than is kept of what was. */
  bytes: Buffer | undefined;
  sha256: string | undefined;
};

/** What a file held before a change is kept up to this. */
const keptAtMost = 64 * 1024 * 1024;

export async function knownFile(place: Place, given: string): Promise<Known> {
  refuseOwned(place, given);
  using file = await openFileAt(place, given);
  const { stats } = file;
  // Another file takes its name in the end: that it may not be written must be asked.
  await access(readable(file.fd, place.real), constants.W_OK).catch((error: unknown) => {
    throw troubleChanging(given, error);
  });
  if (stats.size > keptAtMost) return { stats, bytes: undefined, sha256: undefined };
  const bytes = await file.read(Buffer.allocUnsafe(Number(stats.size)), 0);
  return { stats, bytes, sha256: hash("sha256", bytes) };
}

/** Whether the assistant knows what it changes. Undefined: it never looked, or so long ago that it is forgotten. */
export function isKnown(session: string, real: string, { stats, sha256 }: Known): boolean | undefined {
  const seen = seenIn(session, real);
  return seen && isAsSeen(seen, stats, () => sha256 ?? "");
}

export const changedSince = (given: string): DaimonError =>
  refusal(
    `${quoted(given)} was changed since you read it: read it again, so that what somebody did there is not lost.`,
  );

/** What a file holds, where it may be read and is not too much to be kept. */
export async function contentOf(place: Place, given: string): Promise<Buffer | undefined> {
  if (!place.stats?.isFile() || place.stats.size > keptAtMost) return undefined;
  try {
    using file = await openFileAt(place, given);
    return await file.read(Buffer.allocUnsafe(Number(file.stats.size)), 0);
  } catch {
    return undefined;
  }
}

/** What is written down of it before it is replaced. */
export const beforeOf = ({ stats, bytes }: Known): Pick<FileChange, "before" | "lost"> =>
  bytes
    ? { before: { bytes, mode: Number(stats.mode & 0o777n) } }
    : { lost: `it held ${sized(Number(stats.size))}, and no more than ${sized(keptAtMost)} is kept` };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Its text, with its BOM; undefined where it is none, or in no encoding that could be written again. */
export function textOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** `what`: which text of the model's it is. */
export function toBytes(text: string, what: string): Buffer {
  if (!text.isWellFormed())
    throw new DaimonError("invalid", `${what} holds half of a character (a lone surrogate): no file can hold that.`);
  return Buffer.from(text);
}

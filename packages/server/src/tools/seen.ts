import type { BigIntStats } from "node:fs";
import { isWithin } from "./paths/words.ts";

/**
 * What the assistant read of files, by session: who writes one later asks whether it is still what was read. It lives as long as
 * the daemon. After a restart nothing was read, so a writer must have it read again: that costs a look, and never an edit of
 * somebody else.
 */
export type Seen = { mtimeNs: bigint; ctimeNs: bigint; size: bigint; ino: bigint; sha256?: string };

const sessionsAtMost = 200;
const filesAtMost = 2000;
const ledger = new Map<string, Map<string, Seen>>();

export const seenOf = ({ mtimeNs, ctimeNs, size, ino }: BigIntStats, sha256?: string): Seen => ({
  mtimeNs,
  ctimeNs,
  size,
  ino,
  ...(sha256 === undefined ? {} : { sha256 }),
});

/** `real` without links, as `placeOf` gives it. */
export function remember(session: string, real: string, seen: Seen): void {
  const files = ledger.get(session) ?? new Map<string, Seen>();
  newest(ledger, session, files, sessionsAtMost);
  newest(files, real, seen, filesAtMost);
}

export const seenIn = (session: string, real: string): Seen | undefined => ledger.get(session)?.get(real);

/** What moved is still what was seen, and so is what is in it. */
export function carry(session: string, from: string, to: string): void {
  const files = ledger.get(session);
  for (const [real, seen] of files ? [...files] : []) {
    if (!isWithin(from, real)) continue;
    files?.delete(real);
    remember(session, to + real.slice(from.length), seen);
  }
}

/**
 * Whether this is still the file that was seen: by its content where that is known, for two changes in one tick of the clock look
 * alike; else by its times.
 */
export const isAsSeen = (seen: Seen, now: BigIntStats, sha256: () => string): boolean =>
  seen.size === now.size &&
  (seen.sha256 === undefined
    ? seen.mtimeNs === now.mtimeNs && seen.ctimeNs === now.ctimeNs && seen.ino === now.ino
    : seen.sha256 === sha256());

/** Put at the end, and the oldest forgotten. */
function newest<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const [oldest] of map) if (map.size > most) map.delete(oldest);
}

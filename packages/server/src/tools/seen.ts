import type { BigIntStats } from "node:fs";

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

/** Whether this is still the file that was seen. A changed time with the same content is no change, where that is known. */
export const isAsSeen = (seen: Seen, now: BigIntStats, sha256: () => string): boolean =>
  (seen.mtimeNs === now.mtimeNs && seen.ctimeNs === now.ctimeNs && seen.size === now.size && seen.ino === now.ino) ||
  (seen.size === now.size && seen.sha256 !== undefined && seen.sha256 === sha256());

/** Put at the end, and the oldest forgotten. */
function newest<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const [oldest] of map) if (map.size > most) map.delete(oldest);
}

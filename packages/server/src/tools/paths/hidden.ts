import { type BigIntStats, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * The daemon's own folders, known by what they are and not by how they are called: another spelling, a bind mount, a link into
 * them or a hard link to a file of theirs is them too. They are local and small, like the database that lies in one.
 */

export const idOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;
const statsOf = (path: string) => statSync(path, { bigint: true, throwIfNoEntry: false });

/** Whether this real path, with these stats where it exists, is one of those folders or lies in one. */
export function isHidden(hidden: readonly string[], real: string, stats: BigIntStats | undefined): boolean {
  const owns = hidden.flatMap((folder) => ownOf(folder) ?? []);
  const isOwn = (there: BigIntStats) => owns.some(({ stats: own }) => own.ino === there.ino && own.dev === there.dev);
  for (let at = real; ; at = dirname(at)) {
    const there = at === real ? stats : statsOf(at);
    if (there?.isDirectory() && isOwn(there)) return true;
    if (dirname(at) === at) break;
  }
  return stats?.isFile() === true && owns.some(({ files }) => files.has(idOf(stats)));
}

export const hiddenIds = (hidden: readonly string[]): Set<string> =>
  new Set(hidden.map(statsOf).flatMap((own) => (own ? [idOf(own)] : [])));

/** A folder, and the files directly in it: there is what is secret. */
type Own = { stats: BigIntStats; links: boolean; files: ReadonlySet<string> };
const known = new Map<string, Own>();

function ownOf(folder: string): Own | undefined {
  const stats = statsOf(folder);
  if (!stats) return undefined;
  const before = known.get(folder);
  // A new file is news to its folder; one that a link leads to is not.
  if (before && !before.links && before.stats.ino === stats.ino && before.stats.mtimeNs === stats.mtimeNs)
    return before;
  const entries = readdirSync(folder, { withFileTypes: true });
  const files = entries.flatMap(({ name }) => statsOf(join(folder, name)) ?? []).filter((file) => file.isFile());
  const own = { stats, links: entries.some((entry) => entry.isSymbolicLink()), files: new Set(files.map(idOf)) };
  known.set(folder, own);
  return own;
}

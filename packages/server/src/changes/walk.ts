import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Difference } from "../core/ports.ts";

/** Without git: which files are other files than before. What they held nobody knows. */

const entriesAtMost = 20_000;
export const skipped: readonly string[] = [".git", "node_modules"];

type Was = { size: number; mtimeMs: number; ctimeMs: number; ino: number; mode: number };
export type Walked = { files: Map<string, Was>; whole: boolean };

export async function walk(top: string, hidden: readonly string[], until: number): Promise<Walked> {
  const files = new Map<string, Was>();
  const folders = [top];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (files.size >= entriesAtMost || Date.now() > until) return { files, whole: false };
      const path = join(folder, entry.name);
      if (hidden.includes(path) || skipped.includes(entry.name)) continue;
      if (entry.isDirectory()) folders.push(path);
      if (!entry.isFile()) continue;
      const stats = await lstat(path).catch(() => undefined);
      if (!stats) continue;
      const { size, mtimeMs, ctimeMs, ino, mode } = stats;
      files.set(path, { size, mtimeMs, ctimeMs, ino, mode });
    }
  }
  return { files, whole: true };
}

const lost = "git is not installed, so what files held before a command is not kept";

export function compare(before: Walked, after: Walked): Difference[] {
  const changed: Difference[] = [];
  for (const [path, now] of after.files) {
    const was = before.files.get(path);
    if (!was) {
      if (before.whole) changed.push({ path, change: "created" });
    } else if (was.size !== now.size || was.ctimeMs !== now.ctimeMs || was.ino !== now.ino)
      changed.push({ path, change: "edited", lost });
  }
  if (after.whole)
    for (const path of before.files.keys()) if (!after.files.has(path)) changed.push({ path, change: "deleted", lost });
  return changed;
}

import { lstatSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ToolContext } from "../../core/ports.ts";
import { holdFolder, type Held } from "../paths/hold.ts";

/**
 * Where what is deleted lies: a trash as desktops know it, one for each session, among the daemon's own. In `files` it is as it was, in
 * `info` where it was and when it came.
 */
export type Kept = Disposable & {
  folder: Held;
  name: string;
  path: string;
  note(): Promise<void>;
  unnote(): Promise<void>;
};

const nameAtMost = 200;

export async function placeInTrash({ trash, session, call }: ToolContext, real: string): Promise<Kept> {
  const own = join(trash, session);
  const [files, info] = [join(own, "files"), join(own, "info")];
  for (const folder of [files, info]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = freeName(files, basename(real), call);
  const folder = await holdFolder(files);
  const about = join(info, `${name}.trashinfo`);
  const note = () => writeFile(about, trashInfo(real, new Date()), { mode: 0o600 });
  const unnote = () => rm(about, { force: true });
  return { folder, name, path: join(files, name), note, unnote, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** What lies in the trash by that path; undefined where nothing does. */
export async function outOfTrash(trash: string, path: string) {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const files = dirname(path);
  if (!stats || dirname(dirname(files)) !== trash || basename(files) !== "files") return undefined;
  const folder = await holdFolder(files);
  const name = basename(path);
  const about = join(dirname(files), "info", `${name}.trashinfo`);
  const unnote = () => rm(about, { force: true });
  return { folder, name, stats, unnote, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

function freeName(files: string, name: string, call: number): string {
  const isFree = (other: string) => lstatSync(join(files, other), { throwIfNoEntry: false }) === undefined;
  if (Buffer.byteLength(name) <= nameAtMost && isFree(name)) return name;
  const short = Buffer.byteLength(name) <= nameAtMost ? `.${name}` : "";
  for (let time = 1; ; time++) {
    const other = `${call}${time > 1 ? `-${time}` : ""}${short}`;
    if (isFree(other)) return other;
  }
}

function trashInfo(real: string, now: Date): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  return `[Trash Info]\nPath=${real.split("/").map(encodeURIComponent).join("/")}\nDeletionDate=${local}\n`;
}

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { assets, helperFiles } from "./assets.ts";
import type { Assets } from "./assets.ts";

/**
 * Boot images: the memory of a Python that has just started and imported what everyone imports. A kernel that begins with one
 * is ready in a fraction of the time. An image fits one Pyodide, one Node and one state of our helpers, and is named by them.
 */

/** Raised when what goes into an image changes although no helper did. */
const format = 1;
const kept = 3;

/** The image's name. It says what the image was made of, so an image by that name is current. */
export function imageName({ pyodide, helpers }: Assets): string {
  const { version } = JSON.parse(readFileSync(join(pyodide, "package.json"), "utf8")) as { version: string };
  const hash = createHash("sha256").update(`${format} ${version} ${process.version}`);
  for (const name of helperFiles(helpers)) hash.update(`\0${name}\0`).update(readFileSync(join(helpers, name)));
  return `pyodide-${hash.digest("hex").slice(0, 16)}.image`;
}

/** The first folder that has the current image. */
export const findImage = (name: string, folders: string[]): string | undefined =>
  folders.map((folder) => join(folder, name)).find((file) => existsSync(file));

/** The command that makes an image. It writes elsewhere and renames at the end, so whoever finds the file finds it whole. */
export const makeImageCommand = ({ maker, pyodide, helpers }: Assets, file: string): string[] => [
  process.execPath,
  "--no-warnings",
  maker,
  JSON.stringify({ pyodide, helpers, file }),
];

/** Makes sure the folder holds the current image; returns its path. For the set-up: a running daemon makes its own. */
export async function ensureBootImage(folder: string): Promise<string> {
  const all = assets();
  const file = join(folder, imageName(all));
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  const [command = "", ...args] = makeImageCommand(all, file);
  const maker = spawn(command, args, { stdio: ["ignore", 2, 2], env: {} });
  const [code] = (await once(maker, "exit")) as [number | null];
  if (code !== 0) throw new Error(`the boot image of the embedded Python could not be made (status ${code})`);
  await forgetOldImages(folder);
  return file;
}

/** Images of versions that nobody runs any more. Some are kept: two checkouts may share a folder. */
export async function forgetOldImages(folder: string): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.startsWith("pyodide-")).map((name) => join(folder, name));
  const dated = await Promise.all(files.map(async (file) => ({ file, at: (await stat(file)).mtimeMs })));
  dated.sort((one, other) => other.at - one.at);
  for (const { file } of dated.slice(kept)) await rm(file, { force: true });
}

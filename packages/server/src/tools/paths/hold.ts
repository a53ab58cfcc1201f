import { DaimonError } from "@daimon/protocol";
import { closeSync, constants, fsync, lstatSync, open } from "node:fs";
import { mkdir, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { carefully, readable } from "./flags.ts";
import { openPlace } from "./open.ts";
import type { Place } from "./place.ts";
import { isWithin, quoted } from "./words.ts";

/**
 * A folder that is held open. What is done to a name in it is done in this very folder, wherever it is moved and whatever takes its
 * place meanwhile. (Where the system gives no path to what is open, it is done by the folder's name.)
 */
export type Held = Disposable & {
  real: string;
  /** A path to a name in it, for the system. */
  at(name: string): string;
  /** Its names are on the disk. */
  sync(): Promise<void>;
};

const openAt = promisify(open);
const syncAt = promisify(fsync);

function held(fd: number, real: string): Held {
  return {
    real,
    at: (name) => `${readable(fd, real)}/${name}`,
    sync: () => syncAt(fd),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** By its real path; whose folder it is was asked before. */
export const holdFolder = async (real: string): Promise<Held> =>
  held(await openAt(real, carefully | constants.O_DIRECTORY), real);

/** A folder in a folder that is held; a link there is none. */
export async function holdIn(above: Held, name: string): Promise<Held> {
  const fd = await openAt(above.at(name), carefully | constants.O_DIRECTORY);
  return held(fd, join(above.real, name));
}

export type Spot = Disposable & {
  folder: Held;
  name: string;
  /** Takes back the folders that were made for it, as far as they are empty. */
  unmake(): Promise<void>;
};

/** The folder of a place; those above something new are made, and `making` hears of each before it is. */
export async function holdFolderOf(
  { real, root }: Place,
  given: string,
  making?: (folder: string) => Promise<void>,
): Promise<Spot> {
  using opened = new DisposableStack();
  const missing: string[] = [];
  let top = dirname(real);
  let stats = lstatSync(top, { bigint: true, throwIfNoEntry: false });
  for (; !stats; stats = lstatSync(top, { bigint: true, throwIfNoEntry: false })) {
    missing.unshift(basename(top));
    top = dirname(top);
  }
  if ((missing.length > 0 && !making) || !isWithin(root, top))
    throw new DaimonError("not_found", `${quoted(given)} is not there any more.`);
  const { fd } = opened.use(await openPlace({ real: top, root, stats }, given));
  let folder = held(fd, top);
  const made: string[] = [];
  const unmake = async () => {
    for (const path of made.toReversed()) await rmdir(path).catch(() => {});
  };
  try {
    for (const name of missing) {
      await making?.(join(folder.real, name));
      const path = folder.at(name);
      await mkdir(path);
      made.push(path);
      await folder.sync();
      folder = opened.use(await holdIn(folder, name));
    }
  } catch (error) {
    await unmake();
    throw error;
  }
  const all = opened.move();
  return { folder, name: basename(real), unmake, [Symbol.dispose]: () => all.dispose() };
}

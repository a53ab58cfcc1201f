import { constants } from "node:fs";

const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
/** On macOS: no link in any part of the path. Linux has no such flag, and tells what was opened instead. */
const noLinks = process.platform === "darwin" ? 0x2000_0000 : 0;

/** Flags to open with for reading, following no link and waiting for nobody. */
export const carefully = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | noLinks;

/** A name for an open file or folder that means just that one, wherever it was moved; its path, where there is none. */
export const readable = (fd: number, path: string): string =>
  process.platform === "linux" ? `/proc/self/fd/${fd}` : path;

import { closeSync, constants, openSync, readSync } from "node:fs";

/** What was typed at the terminal of this process, in raw mode, and nobody has read yet: it does not wait for more. */
export function typedAhead(): Buffer {
  const parts: Buffer[] = [];
  let fd: number | undefined;
  try {
    fd = openSync("/dev/tty", constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    for (let count = 1; count > 0;) {
      const part = Buffer.alloc(4096);
      count = readSync(fd, part);
      parts.push(part.subarray(0, count));
    }
  } catch (error) {
    // Nothing more, or no terminal to look at.
    if (!["EAGAIN", "ENXIO", "ENOENT", "EIO"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  return Buffer.concat(parts);
}

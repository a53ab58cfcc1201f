import { constants } from "node:fs";
import { lstat, open, realpath } from "node:fs/promises";
import { isWithin } from "./root.ts";

/** A file of a project as text, or why it is not read. */
export type Found = { is: "text"; text: string } | { is: "unread"; why: string };

/** Nobody writes so much for an assistant to read; it is something else. */
const bytesAtMost = 256 * 1024;

/**
 * What a file of a project says; undefined where there is none. Somebody else wrote it: no link leads out of the project, and
 * nobody waits for the other end of a pipe.
 */
export async function textIn(root: string, path: string): Promise<Found | undefined> {
  try {
    await lstat(path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : unread(error);
  }
  try {
    const real = await realpath(path);
    if (!isWithin(root, real)) return { is: "unread", why: "it is a link that leads out of the project" };
    return await contentOf(real);
  } catch (error) {
    return unread(error);
  }
}

async function contentOf(path: string): Promise<Found> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return { is: "unread", why: "it is no file" };
    if (stats.size > bytesAtMost)
      return { is: "unread", why: `it has ${stats.size} bytes, and at most ${bytesAtMost} are read` };
    const bytes = await file.readFile();
    if (bytes.includes(0)) return { is: "unread", why: "it is binary" };
    return { is: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } finally {
    await file.close();
  }
}

const reasons: Record<string, string> = {
  EACCES: "permission denied",
  ENOENT: "it is a link that leads nowhere",
  ELOOP: "it is a link that leads in circles",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8 text",
};

function unread(error: unknown): Found {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  return { is: "unread", why: reasons[code] ?? code };
}

import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Instruction, Instructions } from "../core/ports.ts";
import { isThere, isWithin, projectOf, waysDown } from "./root.ts";

/**
 * AGENTS.md, and CLAUDE.md in a folder that has none: from the root of the project to the folder of the session. They are
 * read anew each time; they are small, and whoever edits one expects the next turn to know.
 */
export const fileInstructions: Instructions = {
  async of(cwd) {
    const { root, files } = await filesOf(cwd);
    return Promise.all(files.map(async (file) => ({ path: relative(root, file), text: await textOf(root, file) })));
  },
  async found(cwd) {
    const { root, files } = await filesOf(cwd);
    return files.map((file) => relative(root, file));
  },
};

const names = ["AGENTS.md", "CLAUDE.md"];
/** Nobody writes so much for an assistant to read; it is something else. */
const bytesAtMost = 256 * 1024;

async function filesOf(cwd: string): Promise<{ root: string; files: string[] }> {
  const project = await projectOf(cwd);
  const first = waysDown(project).map(async (folder) => {
    for (const name of names) if (await isThere(join(folder, name))) return [join(folder, name)];
    return [];
  });
  return { root: project.root, files: (await Promise.all(first)).flat() };
}

async function textOf(root: string, path: string): Promise<Instruction["text"]> {
  try {
    const real = await realpath(path);
    if (!isWithin(root, real)) return unread("it is a link that leads out of the project");
    return await contentOf(real);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return unread(reasons[code] ?? code);
  }
}

async function contentOf(path: string): Promise<string> {
  // Nobody waits for the other end of a pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return unread("it is no file");
    if (stats.size > bytesAtMost) return unread(`it has ${stats.size} bytes, and at most ${bytesAtMost} are read`);
    const bytes = await file.readFile();
    if (bytes.includes(0)) return unread("it is binary");
    return visible(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof TypeError) return unread("it is not UTF-8 text");
    throw error;
  } finally {
    await file.close();
  }
}

const reasons: Record<string, string> = {
  EACCES: "permission denied",
  ENOENT: "it is a link that leads nowhere",
  ELOOP: "it is a link that leads in circles",
};

const unread = (why: string): string => `[daimon does not read this file: ${why}]`;

/** Without what no person who read the file before trusting it could have seen: tags, and turns of direction. */
const visible = (text: string): string => text.replace(/[\u{e0000}-\u{e007f}\u202a-\u202e\u2066-\u2069]/gu, "");

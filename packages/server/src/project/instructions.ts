import { join, relative } from "node:path";
import type { Instruction, Instructions } from "../core/ports.ts";
import { isThere, projectOf, waysDown } from "./root.ts";
import { textIn } from "./text.ts";

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
async function filesOf(cwd: string): Promise<{ root: string; files: string[] }> {
  const project = await projectOf(cwd);
  const first = waysDown(project).map(async (folder) => {
    for (const name of names) if (await isThere(join(folder, name))) return [join(folder, name)];
    return [];
  });
  return { root: project.root, files: (await Promise.all(first)).flat() };
}

async function textOf(root: string, path: string): Promise<Instruction["text"]> {
  const found = (await textIn(root, path)) ?? { is: "unread", why: "it is gone" };
  return found.is === "text" ? visible(found.text) : `[daimon does not read this file: ${found.why}]`;
}

/** Without what no person who read the file before trusting it could have seen: tags, and turns of direction. */
const visible = (text: string): string => text.replace(/[\u{e0000}-\u{e007f}\u202a-\u202e\u2066-\u2069]/gu, "");

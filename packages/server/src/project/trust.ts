import { DaimonError } from "@daimon/protocol";
import { replaceFile } from "@daimon/protocol/client/home";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Log, Trust } from "../core/ports.ts";
import { isWithin, projectOf } from "./root.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * What a person said of projects, one real path a line in two lists; whoever takes a line out is asked anew.
 * `below`: folders from the user's own config, as it is now, in which everything is trusted that nobody said no to.
 */
export function openTrust({ folder, below, log }: { folder: string; below: () => readonly string[]; log: Log }): Trust {
  const lists = { yes: join(folder, "trusted"), no: join(folder, "distrusted") };
  return {
    async of(cwd) {
      const { root } = await projectOf(cwd);
      const said = known(root) ?? ((await anyAbove(below(), root)) || undefined);
      return { folder: root, trusted: said === true, answered: said !== undefined };
    },
    async say(root, trusted) {
      const [here, there] = trusted ? [lists.yes, lists.no] : [lists.no, lists.yes];
      // Out of the one first: what a crash leaves is a question, and never two answers.
      if (read(there).includes(root))
        write(
          there,
          read(there).filter((other) => other !== root),
        );
      if (!read(here).includes(root)) write(here, [...read(here), root]);
    },
  };

  /** A list that cannot be read makes nobody trusted, and stops no turn. */
  function known(root: string): boolean | undefined {
    try {
      if (read(lists.no).includes(root)) return false;
      return read(lists.yes).includes(root) || undefined;
    } catch (error) {
      log("error", "what people said of projects cannot be read; none is trusted", { folder, error: String(error) });
      return false;
    }
  }
}

async function anyAbove(folders: readonly string[], root: string): Promise<boolean> {
  const reals = folders.map((folder) =>
    realpath(folder.startsWith("~/") ? join(homedir(), folder.slice(2)) : folder).catch(() => undefined),
  );
  return (await Promise.all(reals)).some((real) => real !== undefined && isWithin(real, root));
}

function read(path: string): string[] {
  let file: number;
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  try {
    const stats = fstatSync(file);
    if (stats.uid !== (process.getuid?.() ?? stats.uid) || stats.mode & 0o022)
      throw new DaimonError("forbidden", `others can write ${path}; look through it, then run: chmod 600 '${path}'`);
    // Written as JSON, a line each: a path may hold anything but NUL.
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => JSON.parse(line) as string);
  } finally {
    closeSync(file);
  }
}

const write = (path: string, folders: readonly string[]): void =>
  replaceFile(path, folders.map((folder) => `${JSON.stringify(folder)}\n`).join(""));

import { DaimonError } from "@daimon/protocol";
import { homedir } from "node:os";
import { join } from "node:path";
import type { SandboxProfile, ToolContext } from "../../core/ports.ts";
import { workProfile } from "../../core/weighing.ts";
import { environment } from "../programs/environment.ts";
import { type Ended, follow } from "../programs/follow.ts";
import { programOn } from "../programs/find.ts";
import { Plain } from "../programs/plain.ts";
import { unlessAborted } from "../waiting.ts";
import type { Repository } from "./repository.ts";

const keptAtMost = 8 * 1024 * 1024;

export type Said = Ended & { out: Buffer; err: string; more: boolean };
type Settings = Record<string, string>;

/** What makes git start a program, or write, though one only looks: a repository may name any, and is believed in none. */
const harmless: Settings = {
  "core.fsmonitor": "false",
  "core.hooksPath": "/dev/null",
  "core.pager": "cat",
  "diff.external": "",
};

/** Looking changes nothing: no lock, no missing object fetched from where a repository says. */
const lookingOnly = {
  GIT_OPTIONAL_LOCKS: "0",
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "none",
  GIT_EDITOR: "false",
};

/** Runs git where it may change nothing, and starts nothing but itself. */
export async function look(
  words: readonly string[],
  repository: Repository,
  context: ToolContext,
  signal: AbortSignal,
) {
  const { top, folder, common } = repository;
  const where = { GIT_DIR: folder, GIT_COMMON_DIR: common, GIT_WORK_TREE: top };
  const profile = {
    cwd: context.cwd,
    network: [],
    writable: [],
    readable: [...new Set([top, folder, common]), ...settingsOfPeople()],
  };
  const run = (these: readonly string[], settings: Settings) =>
    start(
      these,
      { ...profile, env: { ...environment(), ...lookingOnly, ...where, ...asSettings(settings) } },
      context,
      signal,
    );
  const filters = await run(["config", "--null", "--name-only", "--get-regexp", "^filter\\..*\\.[a-z]+$"], harmless);
  return run(words, { ...harmless, ...withoutFilters(filters.out.toString("utf8").split("\0")) });
}

/** A filter is a program that git gives files to, even to see whether they changed. */
function withoutFilters(keys: readonly string[]): Settings {
  const drivers = new Set(keys.flatMap((key) => /^filter\.(.*)\.[^.]+$/s.exec(key)?.[1] ?? []));
  return Object.fromEntries(
    [...drivers].flatMap((name) => [
      [`filter.${name}.clean`, ""],
      [`filter.${name}.smudge`, ""],
      [`filter.${name}.process`, ""],
      [`filter.${name}.required`, "false"],
    ]),
  );
}

/** In the environment a setting may have any name: in arguments one with "=" in it would be another. */
const asSettings = (settings: Settings): Record<string, string> => ({
  GIT_CONFIG_COUNT: `${Object.keys(settings).length}`,
  ...Object.fromEntries(
    Object.entries(settings).flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ),
});

/** What people told git about themselves. */
const settingsOfPeople = (): string[] => {
  const home = process.env["HOME"] ?? homedir();
  return [join(home, ".gitconfig"), join(home, ".config/git")];
};

/** Runs git as the person would, hooks and filters too: that is asked about. */
export async function change(
  words: readonly string[],
  repository: Repository,
  context: ToolContext,
  signal: AbortSignal,
) {
  const { sandbox, cwd, roots } = context;
  const env = { ...environment(), GIT_EDITOR: "false", ...(await identity(repository, context, signal)) };
  return start(words, { ...workProfile(sandbox, cwd, roots), env }, context, signal);
}

/** Who commits: a sandbox hides where people have written that down, and hooks need not see all that stands there. */
async function identity(
  repository: Repository,
  context: ToolContext,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { out } = await look(
    ["config", "--null", "--get-regexp", "^user\\.(name|email)$"],
    repository,
    context,
    signal,
  );
  const entries = out.toString("utf8").split("\0").filter(Boolean);
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const [key = "", ...value] = entry.split("\n");
      const what = key === "user.name" ? "NAME" : "EMAIL";
      return [`GIT_AUTHOR_${what}`, `GIT_COMMITTER_${what}`].map((name) => [name, value.join("\n")]);
    }),
  );
}

async function start(
  words: readonly string[],
  profile: SandboxProfile,
  context: ToolContext,
  signal: AbortSignal,
): Promise<Said> {
  const git = programOn("git", process.env["PATH"], context.roots);
  if (git === undefined)
    throw new DaimonError("unsupported", "git is not installed here: ask the people to install it.");
  const child = await unlessAborted(
    context.sandbox.spawn([git, ...words], { ...profile, label: "git" }, signal),
    signal,
  );
  signal.throwIfAborted();
  if (!child) throw signal.reason;
  const parts: Buffer[] = [];
  let kept = 0;
  const plain = new Plain();
  let err = "";
  const end = await follow(child, (bytes, from) => {
    if (from === "err") err = (err + plain.push(bytes)).slice(0, 4000);
    else if (kept < keptAtMost) {
      parts.push(bytes);
      kept += bytes.length;
      if (kept >= keptAtMost) child.kill("SIGKILL");
    }
  });
  signal.throwIfAborted();
  return { ...end, out: Buffer.concat(parts), err: err + plain.end(), more: kept >= keptAtMost };
}

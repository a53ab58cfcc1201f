import type { ToolContext } from "../../core/ports.ts";
import { programOn } from "../programs/find.ts";
import type { Answer, Match } from "../walk/task.ts";
import { forRipgrep, type Query } from "./pattern.ts";

export type Search = {
  /** Where it is run: a folder by its real path, and what in it is searched. */
  cwd: string;
  target: string;
  query: Query;
  glob: string | undefined;
  /** Folders below the cwd that are not searched, by their ways from there. */
  without: readonly string[];
  /** Whether .gitignore files above count too. */
  above: boolean;
  limit: number;
};

export const ripgrepOn = (path: string | undefined, roots: readonly string[]): string | undefined =>
  programOn("rg", path, roots);

/**
 * The places where ripgrep finds something: files and numbers of lines, and no text, so that what is shown is only ever read by
 * us. Undefined where it cannot answer: it does not run, knows no such expression, or could not read all.
 */
export async function askRipgrep(
  rg: string,
  search: Search,
  context: Pick<ToolContext, "sandbox">,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  const { cwd } = search;
  const profile = { cwd, env: {}, network: [], writable: [], readable: [cwd], label: "ripgrep" };
  const child = await context.sandbox.spawn([rg, ...argumentsOf(search)], profile, signal).catch(() => undefined);
  signal.throwIfAborted();
  if (!child) return undefined;
  child.stdin?.end();
  child.stderr.resume();
  const places = new Places(search.limit);
  for await (const chunk of child.stdout) places.add(chunk as Buffer);
  const { code } = await child.exited;
  signal.throwIfAborted();
  return code === 0 || code === 1 ? places.answer() : undefined;
}

const argumentsOf = ({ query, glob, without, above, limit, target }: Search): string[] => [
  // Nothing but what stands here: not the settings of whoever started the daemon.
  ...["--no-config", "--hidden", "--no-require-git", "--no-ignore-dot", "--no-ignore-global", "--no-ignore-exclude"],
  ...(above ? [] : ["--no-ignore-parent"]),
  ...[
    "--no-messages",
    "--color=never",
    "--no-heading",
    "--with-filename",
    "--line-number",
    "--null",
    "--crlf",
    "--no-mmap",
  ],
  // A line that is longer is not printed but named: it may have any length.
  ...["--max-columns=1", `--max-count=${limit + 1}`],
  ...(query.literal ? ["--fixed-strings"] : []),
  ...(query.ignoreCase ? ["--ignore-case"] : ["--case-sensitive"]),
  ...(glob === undefined ? [] : [`--glob=${glob}`]),
  ...["--glob=!.git", ...without.map((way) => `--glob=!/${way.replace(/[\\*?[\]{}!]/g, "\\$&")}`)],
  `--regexp=${forRipgrep(query)}`,
  "--",
  target,
];

/** Rows as they come: a path, a zero, a number, a colon, and what is left of the line. Only the first files are kept. */
class Places {
  readonly #limit: number;
  #rest = "";
  #files = new Map<string, number[]>();
  #count = 0;
  #more = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    // Paths are bytes; they become text when they are whole.
    const rows = (this.#rest + chunk.toString("latin1")).split("\n");
    this.#rest = rows.pop() ?? "";
    for (const row of rows) this.#row(row);
    if (this.#count > 8 * (this.#limit + 1)) this.#trim();
  }

  #row(row: string): void {
    const [, path = "", number = ""] = /^(?:\.\/)?([^\0]+)\0(\d+):/.exec(row) ?? [];
    if (path === "") return; // what ripgrep says of a file and not what is in it
    const lines = this.#files.get(path);
    if (lines) lines.push(Number(number));
    else this.#files.set(path, [Number(number)]);
    this.#count++;
  }

  /** Files come in any order, so all of them must be seen before it is known which are the first. */
  #trim(): void {
    const sorted = this.#sorted();
    this.#files = new Map();
    this.#count = 0;
    for (const [path, lines] of sorted) {
      this.#more ||= this.#count >= this.#limit;
      if (this.#count > this.#limit) break;
      this.#files.set(path, lines);
      this.#count += lines.length;
    }
  }

  #sorted(): [string, number[]][] {
    return [...this.#files].toSorted(([a], [b]) => (named(a) < named(b) ? -1 : 1));
  }

  answer(): Answer {
    const matches: Match[] = [];
    let left = this.#limit;
    for (const [path, lines] of this.#sorted()) {
      this.#more ||= lines.length > left;
      if (left <= 0) break;
      matches.push({ path: named(path), lines: lines.slice(0, left) });
      left -= lines.length;
    }
    return { matches, more: this.#more, unreadable: [] };
  }
}

const named = (path: string): string => Buffer.from(path, "latin1").toString("utf8");

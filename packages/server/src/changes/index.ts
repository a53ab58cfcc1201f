import { createHash, randomUUID } from "node:crypto";
import { realpath, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Difference, Fence, Log, Mark, Scans } from "../core/ports.ts";
import { gitIn, gitOn, TooLong } from "./git.ts";
import { topOf } from "./repository.ts";
import { Root, TooMany } from "./root.ts";
import { compare, skipped, walk } from "./walk.ts";

/** What a comparison may take: of a folder that is looked at for the first time, and of one that is known. */
const firstAtMost = 10_000;
const laterAtMost = 2000;
/** A folder in which it took longer is left alone for so long. */
const restFor = 10 * 60_000;

export type ScansOptions = {
  /** Where it keeps what it needs; nothing in it outlives the daemon. */
  folder: string;
  path: string | undefined;
  log: Log;
};

/** How folders were before a command, by git where it is installed, else by the times and sizes of files. */
export function openScans({ folder, path, log }: ScansOptions): Scans {
  const run = join(folder, randomUUID());
  /** What an earlier daemon left is of no use. Not before the home is locked, which it is when somebody asks. */
  let cleared: Promise<void> | undefined;
  const known = new Map<string, Looked>();

  const lookedAt = (root: string, fence: Fence): Looked => {
    const git = gitOn(path, fence.roots);
    const key = `${git} ${root} ${fence.hidden.join(" ")}`;
    const name = createHash("sha256").update(key).digest("hex").slice(0, 16);
    const looked = known.get(key) ?? new Looked(root, fence.hidden, git, join(run, name), log);
    known.set(key, looked);
    return looked;
  };
  const all = async (fence: Fence) => (await realRoots(fence.roots)).map((root) => lookedAt(root, fence));

  return {
    async mark(fence, signal) {
      await (cleared ??= rm(folder, { recursive: true, force: true }));
      const marks = await Promise.all((await all(fence)).map((root) => root.mark(signal)));
      return {
        async differences() {
          const seen = await Promise.all(marks.map((mark) => mark.differences()));
          return {
            changed: seen.flatMap(({ changed }) => changed),
            unseen: [...new Set(seen.flatMap(({ unseen }) => unseen))],
          };
        },
      };
    },
    unseen: async (fence) => (await Promise.all((await all(fence)).map((root) => root.unseen()))).flat(),
  };
}

/** Without links, and without those that lie in another. */
async function realRoots(roots: readonly string[]): Promise<string[]> {
  const found = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
  const real = [...new Set(found.flatMap((root) => root ?? []))];
  return real.filter((root) => !real.some((other) => other !== root && root.startsWith(other + sep)));
}

/** One folder. One looks at it at a time. */
class Looked {
  readonly #root: string;
  readonly #hidden: readonly string[];
  readonly #git: Root | undefined;
  readonly #log: Log;
  #before: Promise<unknown> = Promise.resolve();
  #restsUntil = 0;

  constructor(root: string, hidden: readonly string[], git: string | undefined, folder: string, log: Log) {
    this.#root = root;
    this.#hidden = hidden;
    this.#log = log;
    const top = topOf(root);
    this.#git = git === undefined ? undefined : new Root(gitIn(git, folder, top.folder), folder, top, hidden);
  }

  async mark(signal: AbortSignal): Promise<Mark> {
    if (Date.now() < this.#restsUntil) return nothing([this.#tooLarge]);
    return this.#alone(async () => {
      const until = Date.now() + (this.#git?.fresh ? firstAtMost : laterAtMost);
      try {
        return this.#git ? await this.#byGit(this.#git, until, signal) : await this.#byWalk();
      } catch (error) {
        return nothing([signal.aborted ? "the call was interrupted before anybody looked" : this.#failed(error)]);
      }
    });
  }

  async #byGit(git: Root, until: number, signal: AbortSignal): Promise<Mark> {
    const since = await git.mark({ until, signal });
    return {
      differences: async () => {
        try {
          return await since({ until: Date.now() + laterAtMost });
        } catch (error) {
          return { changed: [], unseen: [this.#failed(error)] };
        }
      },
    };
  }

  async #byWalk(): Promise<Mark> {
    const look = () => walk(this.#root, this.#hidden, Date.now() + laterAtMost / 2);
    const before = await look();
    return {
      differences: async () => {
        const after = await look();
        const partly = before.whole && after.whole ? [] : [`not all of ${this.#root} was looked at: it is too large`];
        return { changed: compare(before, after), unseen: partly };
      },
    };
  }

  /** What it was about is begun anew: git may have been stopped in the middle. */
  #failed(error: unknown): string {
    this.#git?.forget();
    if (error instanceof TooLong || error instanceof TooMany) {
      this.#restsUntil = Date.now() + restFor;
      return this.#tooLarge;
    }
    this.#log("warn", "a folder could not be compared", { folder: this.#root, error: String(error) });
    return `what commands change in ${this.#root} could not be looked for; daimon logs says why`;
  }

  get #tooLarge(): string {
    return `what commands change in ${this.#root} is not looked for: it is too large to be compared each time`;
  }

  async unseen(): Promise<string[]> {
    if (!this.#git) return [`${skipped.join(" and ")} are not looked into`];
    const git = this.#git;
    const folders = await this.#alone(() => git.ignored(Date.now() + laterAtMost).catch(() => []));
    if (folders.length === 0) return [];
    const more = folders.length > 5 ? `, and ${folders.length - 5} more` : "";
    return [`what .gitignore names is not looked at: ${folders.slice(0, 5).join(", ")}${more}`];
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#before.then(work);
    this.#before = done.catch(() => {});
    return done;
  }
}

const nothing = (unseen: readonly string[]): Mark => ({
  differences: async () => ({ changed: [] as Difference[], unseen }),
});

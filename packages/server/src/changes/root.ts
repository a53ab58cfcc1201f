import { createHash } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { access, copyFile, lstat, rm, stat, utimes } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Difference } from "../core/ports.ts";
import { type Git, parts, type Run } from "./git.ts";
import { makeRepository, type Top } from "./repository.ts";

/** One folder, as git remembers it for us. */

export const sizeAtMost = 5 * 1024 * 1024;
const filesAtMost = 50_000;
const manyFiles = 100;
/** What one command changed beyond this is only named. */
const keptFiles = 1000;
const keptBytes = 64 * 1024 * 1024;
/** What was remembered since the folder was looked at first: then it is begun anew. */
const addedAtMost = 512 * 1024 * 1024;

type Entry = { path: string; mode: string; blob: string };
/** What is different from an index: `known` with what it was, `others` new. */
type Listing = { known: (Entry & { status: string })[]; others: string[] };
/** How a file was that is not remembered: whether it changed can be told, and not from what. */
type Big = { size: number; ctimeMs: number; ino: number; why: string };
export type Seen = { changed: Difference[]; unseen: string[] };

export class Root {
  readonly #git: Git;
  readonly #folder: string;
  readonly #top: Top;
  readonly #hidden: readonly string[];
  /** Files that are too large to be remembered, or cannot be read. */
  readonly #big = new Map<string, Big>();
  /** Permissions that git does not remember. */
  readonly #modes = new Map<string, number>();
  #made = false;
  #added = 0;
  #marks = 0;

  constructor(git: Git, folder: string, top: Top, hidden: readonly string[]) {
    this.#git = git;
    this.#folder = folder;
    this.#top = top;
    this.#hidden = hidden;
  }

  /** Whether looking at it for the first time is still to come: that takes longer. */
  get fresh(): boolean {
    return !this.#made || this.#added > addedAtMost;
  }

  forget(): void {
    this.#made = false;
  }

  get #index(): string {
    return join(this.#folder, "index");
  }

  /** Remembers how everything is now. Returns what tells what is different from that later. */
  async mark(limits: Pick<Run, "until" | "signal">): Promise<(limits: Pick<Run, "until">) => Promise<Seen>> {
    if (this.fresh) {
      await makeRepository(this.#folder, this.#top, this.#hidden);
      this.#big.clear();
      this.#modes.clear();
      this.#added = 0;
      this.#made = true;
    }
    const run = { ...limits, index: this.#index };
    const { known, others } = await this.#list(run);
    const named = known.map(({ path }) => path);
    const remember = await this.#sift([...named, ...others.filter((path) => !path.endsWith("/"))]);
    await this.#update(["--add", "--remove", "--replace"], remember, run);
    await this.#update(
      ["--force-remove"],
      named.filter((path) => this.#big.has(path)),
      run,
    );
    const bigs = new Map(this.#big);
    const copy = join(this.#folder, `mark-${++this.#marks}`);
    await this.#copyIndex(copy);
    return async (later) => {
      try {
        return await this.#since({ ...later, index: copy }, bigs);
      } finally {
        await rm(copy, { force: true });
      }
    };
  }

  /** Which folders nobody looks into. */
  async ignored(until: number): Promise<string[]> {
    const args = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory", ...this.#within];
    if (!this.#made) return [];
    const hidden = this.#hidden.map((path) => `${relative(this.#top.folder, path)}/`);
    return parts(await this.#git(args, { until, index: this.#index })).filter((path) => !hidden.includes(path));
  }

  get #within(): string[] {
    return this.#top.prefix === "" ? [] : ["--", this.#top.prefix];
  }

  async #list(run: Run): Promise<Listing> {
    const [raw, others] = await Promise.all([
      this.#git(["diff-files", "-z", "--raw", "--no-abbrev", "--no-renames", ...this.#within], run),
      this.#git(["ls-files", "-z", "--others", "--exclude-standard", ...this.#within], run),
    ]);
    const fields = parts(raw);
    const known = [];
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const [mode = "", , blob = "", , status = ""] = fields[at]!.slice(1).split(" ");
      known.push({ path: fields[at + 1]!, mode, blob, status });
    }
    return { known, others: parts(others) };
  }

  async #update(how: readonly string[], paths: readonly string[], run: Run): Promise<void> {
    if (paths.length === 0) return;
    const packed = paths.length >= manyFiles && (await this.#packs(run)) ? ["-c", "core.bigFileThreshold=1"] : [];
    await this.#git([...packed, "update-index", "-z", ...how, "--stdin"], {
      ...run,
      input: Buffer.from(`${paths.join("\0")}\0`),
    });
  }

  /** Whether it puts large files together into one file, for each: a file each takes ten times as long. */
  async #packs(run: Run): Promise<boolean> {
    const [, major, minor] = /(\d+)\.(\d+)/.exec((await this.#git(["--version"], run)).toString()) ?? [];
    return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 38);
  }

  /** Those that are small enough to be remembered, or are gone. */
  async #sift(paths: readonly string[]): Promise<string[]> {
    if (paths.length > filesAtMost) throw new TooMany(paths.length);
    const small: string[] = [];
    const look = async (path: string) => {
      const stats = await lstat(this.#at(path)).catch(() => undefined);
      this.#big.delete(path);
      this.#modes.delete(path);
      const why = stats && (await whyNot(this.#at(path), stats));
      if (stats && why !== undefined) {
        const { size, ctimeMs, ino } = stats;
        this.#big.set(path, { size, ctimeMs, ino, why });
        return;
      }
      const mode = (stats?.mode ?? 0o644) & 0o777;
      if (mode !== 0o644 && mode !== 0o755) this.#modes.set(path, mode);
      this.#added += stats?.size ?? 0;
      small.push(path);
    };
    for (let at = 0; at < paths.length; at += 256) await Promise.all(paths.slice(at, at + 256).map(look));
    return small;
  }

  /**
   * With a time that is no later: git looks twice at a file that changed in the very moment in which its index was written, and
   * must not take a later one for that moment.
   */
  async #copyIndex(copy: string): Promise<void> {
    const stats = await stat(this.#index).catch(() => undefined);
    if (!stats) return; // nothing is remembered: all is new
    await copyFile(this.#index, copy);
    const time = Math.floor(stats.mtimeMs) / 1000;
    await utimes(copy, time, time);
  }

  async #since(run: Run, bigs: ReadonlyMap<string, Big>): Promise<Seen> {
    const { known, others } = await this.#list(run);
    const unseen = new Set<string>();
    const contents = await this.#contents(known, run);
    const changed: Difference[] = known.map((entry) => this.#different(entry, contents));
    for (const path of others) {
      if (path.endsWith("/")) unseen.add(`${path} is not looked into: it is a repository of its own`);
      else if (path.includes("\ufffd")) unseen.add("a file whose name is no UTF-8 is not looked at");
      else if (!bigs.has(path)) changed.push({ path: this.#at(path), change: "created" });
    }
    for (const [path, was] of bigs) {
      const now = await lstat(this.#at(path)).catch(() => undefined);
      if (!now) changed.push({ path: this.#at(path), change: "deleted", lost: was.why });
      else if (now.size !== was.size || now.ctimeMs !== was.ctimeMs || now.ino !== was.ino)
        changed.push({ path: this.#at(path), change: "edited", lost: was.why });
    }
    return { changed, unseen: [...unseen] };
  }

  #at(path: string): string {
    return join(this.#top.folder, path);
  }

  #different(
    { path, mode, blob, status }: Listing["known"][number],
    contents: ReadonlyMap<string, Buffer | undefined>,
  ): Difference {
    const change = status === "D" ? "deleted" : "edited";
    const named = { path: this.#at(path), change } as const;
    if (mode === "120000") return { ...named, lost: "it was a link" };
    const bytes = contents.get(blob);
    if (!bytes)
      return {
        ...named,
        lost: contents.has(blob)
          ? "what it held cannot be read any more"
          : "too much was changed at once to keep what it held",
      };
    return { ...named, before: { bytes, mode: this.#modes.get(path) ?? (mode === "100755" ? 0o755 : 0o644) } };
  }

  /**
   * What files held, by the names of their blobs: undefined where one cannot be read, or does not hold what its name says. Those that
   * are too many are left out.
   */
  async #contents(known: Listing["known"], run: Run): Promise<Map<string, Buffer | undefined>> {
    const contents = new Map<string, Buffer | undefined>();
    const wanted = [...new Set(known.filter(({ mode }) => mode !== "120000").map(({ blob }) => blob))].slice(
      0,
      keptFiles,
    );
    if (wanted.length === 0) return contents;
    const sizes = await this.#git(["cat-file", "--batch-check"], { ...run, input: lines(wanted) });
    let room = keptBytes;
    const kept = sizes
      .toString()
      .split("\n")
      .flatMap((line) => {
        const [, blob = "", is, size] = /^([0-9a-f]{40}) (\w+) ?(\d*)$/.exec(line) ?? [];
        if (is === "missing") contents.set(blob, undefined);
        return is === "blob" && (room -= Number(size)) >= 0 ? [blob] : [];
      });
    const all = await this.#git(["cat-file", "--batch"], { ...run, input: lines(kept) });
    for (let at = 0; at < all.length;) {
      const end = all.indexOf("\n", at);
      const [blob = "", , size = "0"] = all.toString("latin1", at, end).split(" ");
      const bytes = all.subarray(end + 1, end + 1 + Number(size));
      const name = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
      contents.set(blob, name === blob ? bytes : undefined);
      at = end + 1 + Number(size) + 1;
    }
    return contents;
  }
}

async function whyNot(path: string, stats: Stats): Promise<string | undefined> {
  if (stats.size > sizeAtMost) return `it was larger than ${sizeAtMost / 1024 / 1024} MB`;
  if (stats.isSymbolicLink()) return undefined;
  return access(path, constants.R_OK).then(
    () => undefined,
    () => "it could not be read",
  );
}

const lines = (names: readonly string[]): Buffer => Buffer.from(names.map((name) => `${name}\n`).join(""));

export class TooMany extends Error {
  override readonly name = "TooMany";
  constructor(files: number) {
    super(`${files} files are too many to be remembered`);
  }
}

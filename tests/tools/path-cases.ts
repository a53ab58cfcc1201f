import { closeSync, openSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Fence } from "../../packages/server/src/tools/paths/place.ts";
import { folder, hardLink, link, put } from "./place.ts";

export const secret = "SECRET";
/** `unchecked`: what who does not look reads there. */
export type Case = { name: string; path: string; unchecked: (path: string) => string };
export type Scene = { base: string; project: string; own: string; fence: Fence; targets: string[]; cases: Case[] };

/**
 * A session works in `project`; its neighbours, the system and the daemon's own folders (some of them inside the project) are none
 * of its business. Each way to them is first shown to lead there, for who does not look.
 */
export function pathScene(): Scene {
  const base = folder();
  const project = join(base, "project");
  const own = join(project, "own");
  const elsewhere = join(base, "daemon");
  const fence = { cwd: project, roots: [project], hidden: [join(own, "config"), join(own, "state"), elsewhere] };

  /** Files that nobody may touch: outside of the project, and the daemon's. */
  const targets = {
    "a neighbour's file": join(base, "outside/secret.txt"),
    "a file in a folder whose name begins alike": join(base, "project-other/secret.txt"),
    "a file beside the project": join(base, "secret.txt"),
    "the daemon's token, below the project": join(own, "state/token"),
    "the daemon's log, deep below the project": join(own, "state/blobs/ab/secret"),
    "the keys, below the project": join(own, "config/.env"),
    "the sign-ins of a daemon elsewhere": join(elsewhere, "signins.json"),
  };
  for (const path of Object.values(targets)) put(path, secret);
  put(join(project, "a.txt"), "fine");
  put(join(project, "sub/deep/b.txt"), "fine");

  const direct = (path: string) => readFileSync(resolve(project, path), "utf8");
  const cases: Case[] = [];
  const add = (name: string, path: string, unchecked: Case["unchecked"] = direct) =>
    cases.push({ name, path, unchecked });

  const held: number[] = [];
  afterAll(() => held.forEach((fd) => closeSync(fd)));

  for (const [index, [what, path]] of Object.entries(targets).entries()) {
    const way = relative(project, path);
    const [parent, name] = [dirname(path), basename(path)];
    const spellings: Record<string, string> = {
      plainly: way,
      "by its whole path": path,
      "with a dot before it": `./${way}`,
      "through a folder and back": `sub/deep/../../${way}`,
      "through a folder that is not there and back": `nowhere/../${way}`,
      "out of the project and in again": `../project/${way}`,
      "with slashes in plenty": `.//sub//..///${way.replaceAll("/", "//")}`,
      "by its whole path, with slashes in plenty": `//${path.replaceAll("/", "//")}`,
      "by its whole path, with dots": join(parent, ".").concat(`/./x/../${name}`),
      "through the root of this process": `/proc/self/root${path}`,
      "through the root of this process by its number": `/proc/${process.pid}/root${path}`,
      "through the root of this thread": `/proc/thread-self/root${path}`,
      "from many levels up": `${"../".repeat(40)}${path.slice(1)}`,
    };
    for (const [how, spelt] of Object.entries(spellings)) add(`${what}: ${how}`, spelt);
    // The system goes through the link before it goes up; spelled out first, the path would be another.
    const byLink = `/proc/self/cwd/${relative(realpathSync("."), path)}`;
    add(`${what}: through the folder of this process`, byLink, (given) => readFileSync(given, "utf8"));

    const links: Record<string, string> = {
      "a link to it": link(join(project, `l${index}/file`), path),
      "a relative link to it": link(join(project, `l${index}/relative`), relative(join(project, `l${index}`), path)),
      "a link to its folder": join(link(join(project, `l${index}/folder`), parent), name),
      "a link to a link": link(join(project, `l${index}/chain`), link(join(project, `l${index}/second`), path)),
      "a link to the file system": join(link(join(project, `l${index}/all`), "/"), path),
      "a link to what is above": join(link(join(project, `l${index}/up`), "../.."), relative(base, path)),
      "a link to this process": join(link(join(project, `l${index}/process`), "/proc/self/root"), path),
      "a link in a folder deep below": link(join(project, `l${index}/d/e/e/p/link`), path),
    };
    for (const [how, spelt] of Object.entries(links)) add(`${what}: ${how}`, spelt);

    const fd = openSync(path, "r");
    held.push(fd);
    add(`${what}: as an open file`, `/proc/self/fd/${fd}`);
    add(`${what}: as an open file, in /dev`, `/dev/fd/${fd}`);
    add(`${what}: as an open file of a thread`, `/proc/thread-self/fd/${fd}`);
    add(`${what}: cut at a zero byte`, `${way}\0.md`, (given) => direct(given.split("\0")[0] ?? ""));
  }

  // Letters that only look like dots and slashes: nobody makes dots and slashes of them.
  const alike = (given: string) => direct(decodeURIComponent(given).normalize("NFKC").replaceAll("\\", "/"));
  for (const [what, path] of Object.entries(targets).slice(0, 3)) {
    const way = relative(project, path);
    add(`${what}: one dot leaders`, way.replace("..", "\u2024\u2024"), alike);
    add(`${what}: a two dot leader`, way.replace("..", "\u2025"), alike);
    add(`${what}: wide dots`, way.replace("..", "\uff0e\uff0e"), alike);
    add(`${what}: wide slashes`, way.replaceAll("/", "\uff0f"), alike);
    add(`${what}: escaped dots`, way.replace("..", "%2e%2e"), alike);
    add(`${what}: escaped slashes`, way.replaceAll("/", "%2F"), alike);
    add(`${what}: backslashes`, way.replaceAll("/", "\\"), alike);
  }

  // Shown otherwise than it is opened.
  for (const [what, mark] of Object.entries({
    "letters from right to left": "\u202e",
    "an embedded direction": "\u202a",
    "an isolated direction": "\u2067",
    "a line end": "\n",
    "a carriage return": "\r",
    "an escape": "\u001b",
    "a bell": "\u0007",
    "a line separator": "\u2028",
  }))
    add(`a file whose name has ${what}`, put(join(project, `inno${mark}cent.txt`), secret));

  add("a hard link to the token", hardLink(join(project, "hard"), join(own, "state/token")));
  add("a hard link to keys elsewhere", hardLink(join(project, "hard-keys"), join(elsewhere, "signins.json")));
  link(join(own, "config/linked"), put(join(project, "dotfiles/keys"), secret));
  add("what a link in the daemon's folder leads to", "dotfiles/keys");

  const home = process.env["HOME"];
  beforeAll(() => void (process.env["HOME"] = join(base, "outside")));
  afterAll(() => void (process.env["HOME"] = home));
  add("a file of the home folder", "~/secret.txt", (given) => direct(given.replace("~", process.env["HOME"] ?? "")));
  add("beside the home folder", "~/../secret.txt", (given) => direct(given.replace("~", process.env["HOME"] ?? "")));

  return { base, project, own, fence, targets: Object.values(targets), cases };
}

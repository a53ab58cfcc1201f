import { closeSync, openSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFile } from "../../packages/server/src/tools/paths/open.ts";
import { placeOf } from "../../packages/server/src/tools/paths/place.ts";
import { folder, hardLink, link, put } from "./place.ts";

/**
 * A session works in `project`; its neighbours, the system and the daemon's own folders (some of them inside the project) are none
 * of its business. Each way to them is first shown to lead there, for who does not look.
 */
const base = folder();
const project = join(base, "project");
const own = join(project, "own");
const elsewhere = join(base, "daemon");
const fence = { cwd: project, roots: [project], hidden: [join(own, "config"), join(own, "state"), elsewhere] };
const secret = "SECRET";

/** Files that must not be read: outside of the project, and the daemon's. */
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
type Case = { name: string; path: string; unchecked?: (path: string) => string };
const cases: Case[] = [];
const add = (name: string, path: string, unchecked?: Case["unchecked"]) =>
  cases.push({ name, path, ...(unchecked ? { unchecked } : {}) });

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

// Files of the kernel, where the whole file system is the project.
const everything = { ...fence, cwd: "/", roots: ["/"] };
const ofKernel = ["/proc/self/environ", "/proc/self/status", `/proc/${process.pid}/cmdline`, "/proc/self/mounts"];

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

test("there are cases in plenty", () => {
  expect(cases.length).toBeGreaterThanOrEqual(200);
});

describe.skipIf(process.platform !== "linux")(
  "what a tool is given leads nowhere but into the session's folders",
  () => {
    test.for(cases)("$name", async ({ path, unchecked = direct }) => {
      expect(unchecked(path)).toBe(secret);
      await expect(openFile(fence, path)).rejects.toThrow(/\S.*\.$/s);
    });

    test.for(ofKernel)("the kernel's %s, in a session that works everywhere", async (path) => {
      expect(direct(path).length).toBeGreaterThan(0);
      await expect(openFile(everything, path)).rejects.toThrow("a part of the running system");
    });
  },
);

test("the daemon's folders are closed to a session that works everywhere, and to one that works in them", async () => {
  const token = join(own, "state/token");
  await expect(openFile(everything, token)).rejects.toThrow("belongs to daimon itself");
  const inside = { ...fence, cwd: join(own, "state"), roots: [join(own, "state")] };
  await expect(openFile(inside, "token")).rejects.toThrow("belongs to daimon itself");
  await expect(placeOf(inside, "new")).rejects.toThrow("belongs to daimon itself");
});

test("nothing of the system has a place, were it not there yet", async () => {
  for (const path of ["/proc/new", "/sys/new", "/dev/new", "/dev/pts/new"])
    await expect(placeOf(everything, path)).rejects.toThrow("a part of the running system");
  expect(await placeOf(everything, "/dev/shm/new")).toMatchObject({ real: "/dev/shm/new" });
});

test("a refusal says in one sentence what is allowed", async () => {
  await expect(openFile(fence, "../secret.txt")).rejects.toThrow(
    `"../secret.txt" lies outside of what may be reached here: only ${JSON.stringify(project)}.`,
  );
});

describe("a file that is not there yet", () => {
  const dangling = link(join(project, "later"), join(base, "outside/made.txt"));
  const places: [string, string][] = [
    ["outside", "../outside/made.txt"],
    ["outside, in folders that are not there either", "../outside/x/y/made.txt"],
    ["through a link to a folder", join(link(join(project, "out"), join(base, "outside")), "made.txt")],
    ["through a link that leads to nothing yet", dangling],
    ["among the daemon's", "own/state/made.txt"],
    ["among the daemon's, in a folder that is not there", "own/config/x/made.txt"],
  ];

  test.for(places)("%s: nothing is made there", async ([, path]) => {
    const made = resolve(project, path);
    put(made, "made");
    expect(readFileSync(made, "utf8")).toBe("made");
    const real = realpathSync(made);
    rmSync(real);
    await expect(placeOf(fence, path)).rejects.toThrow(/outside of what|belongs to daimon|leads to nothing/);
  });

  test("inside, it has a place", async () => {
    const place = await placeOf(fence, "sub/new/file.txt");
    expect(place).toMatchObject({ real: join(project, "sub/new/file.txt"), stats: undefined });
  });
});

describe("what may be reached is reached, however it is spelt", () => {
  put(join(project, "~"), "fine");
  put(join(project, "..name"), "fine");
  put(join(project, "gr\u00f6\u00dfe"), "fine");
  put(join(project, "gro\u0308\u00dfe"), "fine");
  put(join(project, "\ud83d\udc68\u200d\ud83d\udc69"), "fine");
  put(join(project, "with space and 'quotes'"), "fine");
  link(join(project, "within"), "sub/deep/b.txt");
  link(join(project, "folder"), join(project, "sub"));
  put(join(base, "second/c.txt"), "fine");
  link(join(base, "linked"), project);
  const paths = [
    ["a.txt", "./a.txt", "sub/../a.txt", "../project/a.txt", join(project, "a.txt"), "//".concat(project, "/a.txt")],
    ["within", "folder/deep/b.txt", "./~", "..name", "gr\u00f6\u00dfe", "gro\u0308\u00dfe"],
    ["\ud83d\udc68\u200d\ud83d\udc69", "with space and 'quotes'", `/proc/self/root${project}/a.txt`],
  ].flat();

  test.for(paths)("%s", async (path) => {
    using file = await openFile(fence, path);
    expect(String(await file.read(Buffer.alloc(10), 0))).toBe("fine");
  });

  test("a folder that people added", async () => {
    using file = await openFile({ ...fence, roots: [project, join(base, "second")] }, "../second/c.txt");
    expect(file.place.real).toBe(join(base, "second/c.txt"));
  });

  test("a session whose folder is a link, by both its names", async () => {
    const linked = { ...fence, cwd: join(base, "linked"), roots: [join(base, "linked")] };
    for (const path of ["a.txt", join(base, "linked/a.txt"), join(project, "a.txt")]) {
      using file = await openFile(linked, path);
      expect(file.place.real).toBe(join(project, "a.txt"));
    }
    await expect(openFile(linked, "../secret.txt")).rejects.toThrow("outside");
  });
});

describe("a session's folders themselves", () => {
  test("one that is a link inside another leads nowhere: who writes in the other could make it lead anywhere", async () => {
    const inner = link(join(project, "inner"), join(base, "outside"));
    expect(readFileSync(join(inner, "secret.txt"), "utf8")).toBe(secret);
    // Alone it would be as good as any.
    using file = await openFile({ ...fence, roots: [inner] }, join(inner, "secret.txt"));
    expect(file.place.real).toBe(join(base, "outside/secret.txt"));
    await expect(openFile({ ...fence, roots: [project, inner] }, join(inner, "secret.txt"))).rejects.toThrow("outside");
  });

  test("one that was moved away is said to be gone", async () => {
    const gone = { ...fence, cwd: join(base, "gone"), roots: [join(base, "gone")] };
    await expect(openFile(gone, "a.txt")).rejects.toThrow("is not there any more: people must choose another");
    await expect(openFile(gone, "../secret.txt")).rejects.toThrow("is not there any more");
  });

  test("what a link in the daemon's folder leads to is known again when it was replaced", async () => {
    const keys = join(project, "dotfiles/keys");
    await expect(openFile(fence, keys)).rejects.toThrow("belongs to daimon");
    renameSync(put(`${keys}.new`, secret), keys);
    await expect(openFile(fence, keys)).rejects.toThrow("belongs to daimon");
  });

  test("a file of the daemon's that was replaced is known again", async () => {
    const token = join(own, "state/token");
    await expect(openFile(fence, "hard")).rejects.toThrow("belongs to daimon");
    rmSync(token);
    writeFileSync(token, secret);
    hardLink(join(project, "hard-again"), token);
    await expect(openFile(fence, "hard-again")).rejects.toThrow("belongs to daimon");
  });
});

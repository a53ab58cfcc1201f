import { readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { openFile } from "../../packages/server/src/tools/paths/open.ts";
import { placeOf } from "../../packages/server/src/tools/paths/place.ts";
import { pathScene, secret } from "./path-cases.ts";
import { hardLink, link, put } from "./place.ts";

const { base, project, own, fence, cases } = pathScene();
const direct = (path: string) => readFileSync(resolve(project, path), "utf8");

// Files of the kernel, where the whole file system is the project.
const everything = { ...fence, cwd: "/", roots: ["/"] };
const ofKernel = ["/proc/self/environ", "/proc/self/status", `/proc/${process.pid}/cmdline`, "/proc/self/mounts"];

test("there are cases in plenty", () => {
  expect(cases.length).toBeGreaterThanOrEqual(200);
});

describe.skipIf(process.platform !== "linux")(
  "what a tool is given leads nowhere but into the session's folders",
  () => {
    test.for(cases)("$name", async ({ path, unchecked }) => {
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

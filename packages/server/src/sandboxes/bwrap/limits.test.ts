import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLimits } from "./limits.ts";

/** Folders like those of a kernel, but made of files: which are chosen, and what is written. */
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "cgroup-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const read = (...path: string[]) => readFile(join(root, ...path), "utf8");
/** rmdir takes nothing that holds files, as these do: what is left is looked at. */
const groupIn = async (folder: string) =>
  (await readdir(join(root, folder))).find((name) => /^daimon-.*-1$/.test(name)) ?? "";

describe("limits of a command", () => {
  it("are a group below the daemon's own, in a tree that is one", async () => {
    await mkdir(join(root, "user/daemon"), { recursive: true });
    await writeFile(join(root, "cgroup.controllers"), "memory pids\n");
    const limiter = await openLimits(root, "0::/user/daemon\n");
    await limiter?.enter(4242, { memory: 100, pids: 7 });
    const group = await groupIn("user/daemon");
    expect(await read("user/daemon", group, "memory.max")).toBe("104857600");
    expect(await read("user/daemon", group, "pids.max")).toBe("7");
    expect(await read("user/daemon", group, "cgroup.procs")).toBe("4242");
    expect(await read("user/daemon/cgroup.subtree_control")).toBe("+memory +pids");
  });

  it("are a group in each tree, where each kind has one", async () => {
    await mkdir(join(root, "memory/me"), { recursive: true });
    await mkdir(join(root, "pids"));
    const limiter = await openLimits(root, "9:pids:/\n4:memory:/me\n0::/\n");
    await limiter?.enter(4242, { memory: 100, pids: 7 });
    expect(await read("memory/me", await groupIn("memory/me"), "memory.limit_in_bytes")).toBe("104857600");
    expect(await read("pids", await groupIn("pids"), "pids.max")).toBe("7");
    expect(await read("pids", await groupIn("pids"), "cgroup.procs")).toBe("4242");
  });

  it("are none where nobody may make a group, or one kind is missing", async () => {
    expect(await openLimits(join(root, "nowhere"), "0::/\n")).toBeUndefined();
    await mkdir(join(root, "memory"));
    expect(await openLimits(root, "4:memory:/\n")).toBeUndefined();
    expect(await openLimits(root, "")).toBeUndefined();
  });
});

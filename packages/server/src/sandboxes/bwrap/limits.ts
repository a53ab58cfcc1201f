import { readFileSync } from "node:fs";
import { mkdir, readdir, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Limits } from "../driver.ts";
import { lookAt } from "../paths.ts";

/**
 * Memory and processes of one command with all it starts, counted by control groups: limits of a process alone count the wrong
 * thing. Where this machine gives us none, there is no limit, and the report says so.
 */
export type Limiter = {
  /** Puts a process into a group of its own, with all that it will start. Returns how to remove the group once it is gone. */
  enter(pid: number, limits: Limits): Promise<() => Promise<void>>;
};

/** One kind of group: where new ones are made, and what is written into them. */
type Tree = {
  folder: string;
  files(limits: Limits): readonly (readonly [name: string, value: string, optional?: true])[];
};

const bytes = (mebibytes: number) => String(mebibytes * 1024 * 1024);
const memoryFiles: Tree["files"] = ({ memory }) => [
  ["memory.limit_in_bytes", bytes(memory)],
  ["memory.memsw.limit_in_bytes", bytes(memory), true],
];
const unifiedFiles: Tree["files"] = ({ memory, pids }) => [
  ["memory.max", bytes(memory)],
  ["memory.swap.max", "0", true],
  ["pids.max", String(pids)],
];
const pidsFiles: Tree["files"] = ({ pids }) => [["pids.max", String(pids)]];

export async function openLimits(root = "/sys/fs/cgroup", own = ownGroups()): Promise<Limiter | undefined> {
  const trees = (await unified(root, own)) ?? (await separate(root, own));
  if (trees === undefined) return undefined;
  for (const { folder } of trees) await sweep(folder);
  let count = 0;
  return {
    enter: async (pid, limits) => {
      const name = `daimon-${process.pid}-${++count}`;
      const made: string[] = [];
      const leave = () => removed(made);
      try {
        await Promise.all(
          trees.map(async ({ folder, files }) => {
            const group = join(folder, name);
            await mkdir(group);
            made.push(group);
            await fill(group, files(limits));
            await writeFile(join(group, "cgroup.procs"), String(pid));
          }),
        );
        return leave;
      } catch (error) {
        void leave();
        throw error;
      }
    },
  };
}

async function fill(group: string, files: ReturnType<Tree["files"]>): Promise<void> {
  for (const [name, value, optional] of files)
    if (optional) await writeFile(join(group, name), value).catch(() => undefined);
    else await writeFile(join(group, name), value);
}

/** What is still ending in it keeps it for a moment. */
async function removed(groups: readonly string[]): Promise<void> {
  for (const group of groups)
    for (let tries = 0; tries < 50; tries++)
      if (
        await rmdir(group).then(
          () => true,
          (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT",
        )
      )
        break;
      else await new Promise((done) => setTimeout(done, 20).unref());
}

/** What earlier daemons left: a group that still holds somebody cannot be removed. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const owner = /^daimon-(\d+)-\d+$/.exec(name)?.[1];
    if (owner !== undefined && !lookAt(`/proc/${owner}`)) await rmdir(join(folder, name)).catch(() => undefined);
  }
}

/** Lines of /proc/self/cgroup: number, controllers, path. */
function ownGroups(): string {
  try {
    return readFileSync("/proc/self/cgroup", "utf8");
  } catch {
    return "";
  }
}

/** Version 2: below our own group, or beside it, where a service manager leaves that to us. */
async function unified(root: string, own: string): Promise<Tree[] | undefined> {
  const path = /^0::(.*)$/m.exec(own)?.[1];
  if (path === undefined || !lookAt(join(root, "cgroup.controllers"))) return undefined;
  const here = join(root, path);
  for (const folder of path === "/" ? [here] : [here, dirname(here)]) {
    await writeFile(join(folder, "cgroup.subtree_control"), "+memory +pids").catch(() => undefined);
    if (await usable({ folder, files: unifiedFiles })) return [{ folder, files: unifiedFiles }];
  }
  return undefined;
}

/** Version 1: each kind has a tree of its own. */
async function separate(root: string, own: string): Promise<Tree[] | undefined> {
  const found: Tree[] = [];
  for (const [kind, files] of [
    ["memory", memoryFiles],
    ["pids", pidsFiles],
  ] as const) {
    const path = new RegExp(`^\\d+:(?:[^:]*,)?${kind}(?:,[^:]*)?:(.*)$`, "m").exec(own)?.[1] ?? "/";
    const tree = [join(root, kind, path), join(root, kind)].map((folder) => ({ folder, files }));
    const first = (await usable(tree[0] as Tree)) ? tree[0] : (await usable(tree[1] as Tree)) ? tree[1] : undefined;
    if (first === undefined) return undefined;
    found.push(first);
  }
  return found;
}

/** Found by making one. */
async function usable({ folder, files }: Tree): Promise<boolean> {
  const group = join(folder, `daimon-${process.pid}-0`);
  try {
    await mkdir(group);
    await fill(group, files({ memory: 1024, pids: 100 }));
    return true;
  } catch {
    return false;
  } finally {
    await rmdir(group).catch(() => undefined);
  }
}

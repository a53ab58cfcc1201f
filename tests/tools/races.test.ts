import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, closeSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openFile, openPlace } from "../../packages/server/src/tools/paths/open.ts";
import { placeOf } from "../../packages/server/src/tools/paths/place.ts";
import { folder, link, pipe, put } from "./place.ts";

/** Somebody changes the folders between the look at a path and its opening. */

const secret = "SECRET";

function scene() {
  const base = folder();
  const project = join(base, "project");
  put(join(base, "outside/file.txt"), secret);
  put(join(project, "sub/file.txt"), "fine");
  return { base, project, fence: { cwd: project, roots: [project], hidden: [join(base, "daemon")] } };
}

const changes: Record<string, (base: string, project: string) => void> = {
  "a folder on the way becomes a link out": (base, project) => {
    renameSync(join(project, "sub"), join(project, "was"));
    symlinkSync(join(base, "outside"), join(project, "sub"));
  },
  "the file becomes a link out": (base, project) => {
    rmSync(join(project, "sub/file.txt"));
    symlinkSync(join(base, "outside/file.txt"), join(project, "sub/file.txt"));
  },
  "a folder from outside takes the place of the one that was looked at": (base, project) => {
    renameSync(join(project, "sub"), join(project, "was"));
    renameSync(join(base, "outside"), join(project, "sub"));
  },
  "the whole project becomes a link": (base, project) => {
    renameSync(project, join(base, "was"));
    mkdirSync(join(base, "trap"));
    renameSync(join(base, "outside"), join(base, "trap/sub"));
    symlinkSync(join(base, "trap"), project);
  },
};

describe("what was looked at is opened, or nothing", () => {
  test.for(Object.entries(changes))("%s", async ([, change]) => {
    const { base, project, fence } = scene();
    const place = await placeOf(fence, "sub/file.txt");
    change(base, project);
    expect(readFileSync(place.real, "utf8")).toBe(secret);
    await expect(openPlace(place, "sub/file.txt")).rejects.toThrow(/moved or replaced|links lead in circles/);
  });

  test("its folder is moved out, and a link leads after it", async () => {
    const { base, project, fence } = scene();
    const place = await placeOf(fence, "sub/file.txt");
    renameSync(join(project, "sub"), join(base, "moved"));
    symlinkSync(join(base, "moved"), join(project, "sub"));
    expect(readFileSync(place.real, "utf8")).toBe("fine");
    await expect(openPlace(place, "sub/file.txt")).rejects.toThrow("moved or replaced");
  });

  test("the file becomes a pipe: nobody waits for its other end", async () => {
    const { project, fence } = scene();
    const place = await placeOf(fence, "sub/file.txt");
    rmSync(join(project, "sub/file.txt"));
    pipe(join(project, "sub/file.txt"));
    await expect(openPlace(place, "sub/file.txt")).rejects.toThrow("moved or replaced");
  });

  test("the file goes", async () => {
    const { project, fence } = scene();
    const place = await placeOf(fence, "sub/file.txt");
    rmSync(join(project, "sub/file.txt"));
    await expect(openPlace(place, "sub/file.txt")).rejects.toThrow('"sub/file.txt" is not there any more.');
  });

  test("a file that is open is what it was, whatever becomes of its name", async () => {
    const { base, project, fence } = scene();
    using file = await openFile(fence, "sub/file.txt");
    changes["the file becomes a link out"]?.(base, project);
    expect(String(await file.read(Buffer.alloc(10), 0))).toBe("fine");
  });
});

test("no descriptor is left open by what was refused", async () => {
  const { project, fence } = scene();
  const free = () => {
    const fd = openSync("/", "r");
    closeSync(fd);
    return fd;
  };
  const place = await placeOf(fence, "sub/file.txt");
  writeFileSync(join(project, "other"), "");
  renameSync(join(project, "other"), join(project, "sub/file.txt"));
  const before = free();
  for (let time = 0; time < 20; time++) await expect(openPlace(place, "sub/file.txt")).rejects.toThrow("replaced");
  expect(free()).toBe(before);
});

test("a folder that becomes a link out and back as fast as it can never shows what is outside", async () => {
  const { base, project, fence } = scene();
  link(join(project, "trap"), join(base, "outside"));
  const child = fork(join(import.meta.dirname, "swapping.child.ts"), { cwd: project });
  await once(child, "message");
  const said = new Set<string>();
  for (let time = 0; time < 2000; time++) {
    try {
      using file = await openFile(fence, "sub/file.txt");
      said.add(String(await file.read(Buffer.alloc(10), 0)));
    } catch (error) {
      said.add((error as { code: string }).code);
    }
  }
  child.kill();
  await once(child, "exit");
  expect(said).not.toContain(secret);
  expect(said).toContain("forbidden");
});

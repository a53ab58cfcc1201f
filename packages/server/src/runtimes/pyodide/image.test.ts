import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Kernel, Sandbox } from "../../core/ports.ts";
import { hostSandbox } from "../../sandboxes/host/index.ts";
import { assets } from "./assets.ts";
import { forgetOldImages, imageName } from "./image.ts";
import { pyodideRuntime } from "./index.ts";

let folder: string;
let images: string;
let image: string;
let sandbox: Sandbox;
let starts: string[][];
const said: string[] = [];
const kernels: Kernel[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "daimon-image-"));
  images = join(folder, "images");
  image = join(images, imageName(assets()));
  await mkdir(images);
  const host = hostSandbox({ children: join(folder, "children") });
  starts = [];
  sandbox = {
    ...host,
    spawn: (argv, profile, signal) => {
      starts.push([...argv]);
      return host.spawn(argv, profile, signal);
    },
  };
});
afterEach(async () => {
  said.length = 0;
  for (const kernel of kernels.splice(0)) {
    const exited = new Promise<void>((resolve) => kernel.onExit(() => resolve()));
    kernel.kill("tested");
    await exited;
  }
  await rm(folder, { recursive: true, force: true });
});

const runtime = () => pyodideRuntime({ images, log: (_level, message) => void said.push(message) });
async function started(from: ReturnType<typeof runtime>, where = sandbox): Promise<Kernel> {
  const kernel = await from.start({ session: "s", cwd: "/", generation: 1 }, where, new AbortController().signal);
  kernels.push(kernel);
  return kernel;
}
const watcher = { output: () => {}, display: () => {}, input: () => {} };
const two = { ok: true, result: { text: "2" } };

describe("a boot image that is broken", { timeout: 120_000 }, () => {
  it("keeps nobody from Python, and is thrown away", async () => {
    await writeFile(image, "this is no image");
    const kernel = await started(runtime());
    expect(await kernel.exec({ id: 1, code: "1 + 1" }, watcher)).toMatchObject(two);
    expect(existsSync(image)).toBe(false);
    expect(said).toEqual([expect.stringContaining("thrown away")]);
  });

  it("and cannot be removed is not tried again", async () => {
    await mkdir(image); // a folder cannot be removed like a file, nor can one that root installed
    const from = runtime();
    await started(from);
    expect(starts).toHaveLength(2);
    const kernel = await started(from);
    expect(starts).toHaveLength(3);
    expect(await kernel.exec({ id: 1, code: "1 + 1" }, watcher)).toMatchObject(two);
  });

  it("is not what is to blame where nothing can be started at all", async () => {
    await writeFile(image, "an image, for all that is known");
    const refuses: Sandbox = { ...sandbox, spawn: () => Promise.reject(new Error("no room for a process")) };
    await expect(started(runtime(), refuses)).rejects.toThrow("no room for a process");
    expect(existsSync(image)).toBe(true);
  });
});

it("boot images of three versions are kept", async () => {
  for (let age = 0; age < 5; age++) {
    const file = join(images, `pyodide-${age}.image`);
    await writeFile(file, "");
    await utimes(file, new Date(), new Date(Date.now() - age * 1000));
  }
  await forgetOldImages(images);
  expect((await readdir(images)).toSorted()).toEqual(["pyodide-0.image", "pyodide-1.image", "pyodide-2.image"]);
});

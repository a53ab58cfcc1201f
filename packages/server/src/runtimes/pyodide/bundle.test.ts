import { build } from "esbuild";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { hostSandbox } from "../../sandboxes/host/index.ts";
import { assets } from "./assets.ts";
import type { pyodideRuntime } from "./index.ts";

/** The layout of the published package: bundles side by side, with the Python helpers and the images beside them. */
async function bundled(folder: string) {
  const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  await build({
    entryPoints: {
      main: here("./index.ts"),
      "pyodide-kernel": here("./kernel.ts"),
      "pyodide-worker": here("./worker.ts"),
      "pyodide-image": here("./make-image.ts"),
    },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    external: ["pyodide"],
  });
  await cp(assets().helpers, join(folder, "python"), { recursive: true });
  await mkdir(join(folder, "node_modules"));
  await symlink(assets().pyodide, join(folder, "node_modules/pyodide"));
  return (await import(pathToFileURL(join(folder, "main.mjs")).href)) as { pyodideRuntime: typeof pyodideRuntime };
}

it("Python runs from a bundle as from its sources, and makes itself a boot image", { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "daimon-bundle-"));
  const images = join(folder, "made");
  const runtime = (await bundled(folder)).pyodideRuntime({ images, log: () => {} });
  const sandbox = hostSandbox({ children: join(folder, "children") });
  const never = new AbortController().signal;
  const watcher = { output: () => {}, display: () => {}, input: () => {} };

  let maker: Promise<unknown> | undefined;
  const watching: typeof sandbox = {
    ...sandbox,
    spawn: async (argv, profile, signal) => {
      const child = await sandbox.spawn(argv, profile, signal);
      if (profile.label === "boot image") maker = child.exited;
      return child;
    },
  };
  const cold = await runtime.start({ session: "s", cwd: "/", generation: 1 }, watching, never);
  expect(await cold.exec({ id: 1, code: "6 * 7" }, watcher)).toMatchObject({ ok: true, result: { text: "42" } });
  cold.kill("tested");

  expect(await maker).toEqual({ code: 0, signal: null });
  expect(existsSync(images)).toBe(true);
  const warm = await runtime.start({ session: "s", cwd: "/", generation: 2 }, watching, never);
  const seen = "import sys; sorted(sys.modules)[:1], 'fractions' in sys.modules";
  expect(await warm.exec({ id: 1, code: seen }, watcher)).toMatchObject({
    result: { text: expect.stringContaining("True") },
  });
  warm.kill("tested");
  await new Promise<void>((resolve) => warm.onExit(() => resolve()));
  await rm(folder, { recursive: true, force: true });
});

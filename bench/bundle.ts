import { build } from "esbuild";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { esm, root } from "../scripts/bundle.ts";

/** The daemon with models of ours, and the floors: bundled like the product, because stripping types costs time and memory. */
export async function bundleBench(outdir: string): Promise<void> {
  const floors = join(import.meta.dirname, "floors");
  const entryPoints = [
    join(import.meta.dirname, "daemon.ts"),
    join(import.meta.dirname, "watchers.ts"),
    ...readdirSync(floors)
      .filter((name) => !name.endsWith(".py"))
      .map((name) => join(floors, name)),
  ];
  // The floors stand on the server's libraries, which are not ours to import.
  const nodePaths = [join(root, "packages/server/node_modules")];
  await build({ ...esm, entryPoints, nodePaths, outdir, entryNames: "[name]", outExtension: { ".js": ".mjs" } });
}

import type { BuildOptions } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** How our code becomes bundles: what is published, and what only the benchmark starts. */

export const root = join(import.meta.dirname, "..");
/** Native or WebAssembly: a bundle cannot hold them. */
export const external = ["better-sqlite3", "pyodide"];

export type Manifest = { engines?: Record<string, string>; license?: string; dependencies?: Record<string, string> };
export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

export const wantedNode = Number(/\d+/.exec(readManifest(root).engines?.["node"] ?? "")?.[0]);

/** Names stay, for the stacks in people's reports. */
export const common: BuildOptions = {
  bundle: true,
  platform: "node",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  external,
};

const require = `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);`;
export const esm: BuildOptions = { ...common, format: "esm", target: `node${wantedNode}`, banner: { js: require } };

import { build } from "esbuild";
import { copyFileSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { version } from "../packages/protocol/src/index.ts";
import { assets, helperFiles } from "../packages/server/src/runtimes/pyodide/assets.ts";
import { ensureBootImage } from "../packages/server/src/runtimes/pyodide/index.ts";
import { bundles, entries, external, readManifest, root, server } from "./bundle.ts";

/**
 * Builds what is published, into dist or the folder it is given: daimon.cjs (the command) and daemon.cjs (the daemon) with what
 * they read beside them. What no bundle holds stays a dependency.
 */

const dist = resolve(process.argv[2] ?? join(root, "dist"));
const helpers = join(server, "src/runtimes/python");

rmSync(dist, { recursive: true, force: true });
await Promise.all(Object.entries(bundles).map(([name, options]) => build({ ...options, outfile: join(dist, name) })));
const texts = entries((name) => readFileSync(join(dist, name)));
for (const [name, text] of Object.entries(texts)) writeFileSync(join(dist, name), text, { mode: 0o755 });

for (const name of helperFiles(helpers)) {
  mkdirSync(dirname(join(dist, "python", name)), { recursive: true });
  copyFileSync(join(helpers, name), join(dist, "python", name));
}

// The grammar alone: its package would compile what nobody here uses.
const grammar = join(server, "node_modules/tree-sitter-bash");
mkdirSync(join(dist, "bash"));
for (const name of ["tree-sitter-bash.wasm", "LICENSE"]) copyFileSync(join(grammar, name), join(dist, "bash", name));

// Of this Node and this Pyodide: a daemon with others makes its own.
const image = await ensureBootImage(assets().images);
mkdirSync(join(dist, "images"));
copyFileSync(image, join(dist, "images", basename(image)));

const { dependencies = {} } = readManifest(server);
const { engines, license } = readManifest(root);
const manifest = {
  name: "daimon",
  version,
  description: "An AI agent and you, sharing one live Python",
  license,
  type: "module",
  bin: { daimon: "daimon.cjs" },
  files: ["*.cjs", "*.mjs", "python", "images", "bash"],
  engines,
  dependencies: Object.fromEntries(external.map((name) => [name, dependencies[name]])),
};
writeFileSync(join(dist, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

// So that it runs where it was built; npm packs no node_modules.
for (const name of external) {
  const link = join(dist, "node_modules", name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(realpathSync(join(server, "node_modules", name)), link);
}

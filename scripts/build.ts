import { build, type BuildOptions } from "esbuild";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { version } from "../packages/protocol/src/index.ts";

/**
 * Builds what is published: dist/daimon.cjs (the command) and dist/daemon.mjs (the daemon) with what they read beside them. Only
 * what is native or WebAssembly stays a dependency.
 */

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const server = join(root, "packages/server");
const source = (path: string) => join(root, "packages", path);
const external = ["better-sqlite3", "pyodide"];

const { engines, license } = readJson(join(root, "package.json"));
const wanted = /\d+/.exec(engines?.["node"] ?? "")?.[0];
if (wanted === undefined) throw new Error("package.json names no Node version in engines");
const oldNode = `\`daimon: Node ${wanted} or newer is needed (this is \${process.version}); install it from https://nodejs.org\\n\``;
const guard = `if (Number(process.versions.node.split(".")[0]) < ${wanted}) { process.stderr.write(${oldNode}); process.exit(3); }`;

// Names stay, for the stacks in people's reports.
const common: BuildOptions = {
  bundle: true,
  platform: "node",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  external,
};
const esm: BuildOptions = {
  ...common,
  format: "esm",
  target: `node${wanted}`,
  banner: {
    js: `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);`,
  },
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "python"), { recursive: true });
await Promise.all([
  build({
    ...common,
    entryPoints: [source("cli/src/main.ts")],
    outfile: join(dist, "daimon.cjs"),
    format: "cjs",
    // An old Node must be able to read it as far as the guard.
    target: "node18",
    banner: { js: `#!/usr/bin/env node\n"use strict";\n${guard}` },
    // Sources ask where they lie; a bundle answers by not saying.
    define: { "import.meta.filename": "undefined", "import.meta.dirname": "undefined" },
  }),
  build({ ...esm, entryPoints: [source("server/src/main.ts")], outfile: join(dist, "daemon-main.mjs") }),
  build({
    ...esm,
    entryPoints: [source("server/src/runtimes/pyodide/kernel.ts")],
    outfile: join(dist, "pyodide-kernel.mjs"),
  }),
  build({
    ...esm,
    entryPoints: [source("server/src/runtimes/pyodide/worker.ts")],
    outfile: join(dist, "pyodide-worker.mjs"),
  }),
]);
chmodSync(join(dist, "daimon.cjs"), 0o755);

// better-sqlite3 crashes an old Node as soon as it is loaded, so the guard is a module before it. The compiled code is kept beside
// the code itself, where only those can write who can change the code anyway.
writeFileSync(
  join(dist, "daemon.mjs"),
  `${guard}
const { enableCompileCache, flushCompileCache } = process.getBuiltinModule("node:module");
enableCompileCache(import.meta.dirname + "/.compiled");
// A daemon may end by kill -9, which writes nothing.
setTimeout(flushCompileCache, 2_000).unref();
await import("./daemon-main.mjs");
`,
);

const helpers = join(server, "src/runtimes/python");
for (const name of readdirSync(helpers)) {
  if (name.endsWith(".py")) copyFileSync(join(helpers, name), join(dist, "python", name));
}

const { dependencies = {} } = readJson(join(server, "package.json"));
const manifest = {
  name: "daimon",
  version,
  description: "An AI agent and you, sharing one live Python",
  license,
  type: "module",
  bin: { daimon: "daimon.cjs" },
  engines,
  dependencies: Object.fromEntries(external.map((name) => [name, dependencies[name]])),
};
writeFileSync(join(dist, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

// So that it runs where it was built; npm packs no node_modules.
mkdirSync(join(dist, "node_modules"));
const { resolve } = createRequire(join(server, "package.json"));
for (const name of external) symlinkSync(dirname(resolve(`${name}/package.json`)), join(dist, "node_modules", name));

if (existsSync(join(root, "LICENSE"))) copyFileSync(join(root, "LICENSE"), join(dist, "LICENSE"));

type Manifest = { engines?: Record<string, string>; license?: string; dependencies?: Record<string, string> };
function readJson(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}

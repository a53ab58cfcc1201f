import type { BuildOptions, Plugin } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** How our code becomes bundles: what is published, and what only the benchmark starts. */

export const root = join(import.meta.dirname, "..");
export const server = join(root, "packages/server");
const pyodide = join(server, "src/runtimes/pyodide");

/** Native or WebAssembly: a bundle cannot hold them. */
export const external = ["better-sqlite3", "pyodide"];

export type Manifest = { engines?: Record<string, string>; license?: string; dependencies?: Record<string, string> };
export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

const wanted = Number(/\d+/.exec(readManifest(root).engines?.["node"] ?? "")?.[0]);
const sentence = `daimon: Node ${wanted} or newer is needed (this is \${process.version}); install it from https://nodejs.org`;
const guard = `if (Number(process.versions.node.split(".")[0]) < ${wanted}) {
  process.stderr.write(\`${sentence}\\n\`);
  process.exit(3);
}`;

/**
 * What people and daimon itself start: a few lines before the bundle, because an old Node could not even read that, or crashes
 * when it loads better-sqlite3. Compiled code is kept beside the code itself, where only those can write who could change that
 * too; where nobody can, nothing is kept.
 */
export const entries: Record<string, string> = {
  "daimon.cjs": `#!/usr/bin/env node
${guard}
require("node:module").enableCompileCache(__dirname + "/.compiled");
require("./daimon-main.cjs");
`,
  "daemon.mjs": `${guard}
const { enableCompileCache, flushCompileCache } = process.getBuiltinModule("node:module");
enableCompileCache(import.meta.dirname + "/.compiled");
// A daemon may end by kill -9, which writes nothing.
setTimeout(flushCompileCache, 2000).unref();
await import("./daemon-main.mjs");
`,
};

/** Names stay, for the stacks in people's reports. */
const common: BuildOptions = {
  bundle: true,
  platform: "node",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  external,
};

const require = `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);`;
export const esm: BuildOptions = { ...common, format: "esm", target: `node${wanted}`, banner: { js: require } };

/**
 * Libraries ask for TLS as soon as they are loaded, and a daemon on a Unix socket hardly ever needs it, while loading it takes
 * as long as Node's own start: it is loaded when the first of its functions is asked for.
 */
const lateTls: Plugin = {
  name: "late TLS",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?(https|tls|http2)$/ }, ({ path, kind, namespace }) =>
      kind === "require-call" && namespace !== "late" ? { path, namespace: "late" } : { path, external: true },
    );
    onLoad({ filter: /^/, namespace: "late" }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require(${JSON.stringify(path)})[name] });`,
    }));
  },
};

/** The bundles that are published, by the name of their file. */
export const bundles: Record<string, BuildOptions> = {
  "daimon-main.cjs": {
    ...common,
    entryPoints: [join(root, "packages/cli/src/main.ts")],
    format: "cjs",
    target: `node${wanted}`,
    // The sources ask where they lie; a bundle answers by not saying.
    define: { "import.meta.filename": "undefined", "import.meta.dirname": "undefined" },
  },
  "daemon-main.mjs": { ...esm, plugins: [lateTls], entryPoints: [join(server, "src/main.ts")] },
  "pyodide-kernel.mjs": { ...esm, entryPoints: [join(pyodide, "kernel.ts")] },
  "pyodide-worker.mjs": { ...esm, entryPoints: [join(pyodide, "worker.ts")] },
  "pyodide-image.mjs": { ...esm, entryPoints: [join(pyodide, "make-image.ts")] },
};

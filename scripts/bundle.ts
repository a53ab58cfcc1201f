import type { BuildOptions, Plugin } from "esbuild";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** How our code becomes bundles: what is published, and what only the benchmark starts. */

export const root = join(import.meta.dirname, "..");
export const server = join(root, "packages/server");
const pyodide = join(server, "src/runtimes/pyodide");

/** What is native or WebAssembly a bundle cannot hold; the vendors' SDKs it must not: most daemons need one of them, later. */
export const external = [
  "better-sqlite3",
  "pyodide",
  "web-tree-sitter",
  "@anthropic-ai/sdk",
  "@google/genai",
  "openai",
];

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
export const entries = (bundleOf: (name: string) => Buffer): Record<string, string> => ({
  "daimon.cjs": `#!/usr/bin/env node
${guard}
const words = process.argv.slice(2);
const command = /^[a-z]+$/.test(words[0] ?? "") ? words[0] : "attach";
const use = command + (require("node:fs").fstatSync(0).isCharacterDevice() ? "" : "-piped");
// At the end of a whole run; whoever asks for help needs next to nothing of a command.
const later = (keep) =>
  process.once("exit", (code) => code === 0 && !words.some((word) => /^-(h|V|-help|-version)$/.test(word)) && keep());
${startCompiled("daimon-main.cjs", bundleOf("daimon-main.cjs"))}`,
  "daemon.cjs": `${guard}
const use = "daemon";
// Once it has done a bit of everything; at its end, when that comes first.
const later = (keep) => {
  const end = (code) => code === 0 && keep();
  process.once("exit", end);
  setTimeout(() => (process.off("exit", end), keep()), 2000).unref();
};
${startCompiled("daemon-main.cjs", bundleOf("daemon-main.cjs"))}`,
});

/**
 * Node's own cache of compiled code is filled when a file is read, with nothing of what is compiled as it runs, and that is a
 * fifth of a start. So this one is filled `later`, for each `use` of a bundle. V8 believes what it is given, and crashes over
 * what was damaged, hence the sum before it (a whole hash would cost more than is gained); the bundle's digest is in its name.
 */
const startCompiled = (bundle: string, text: Buffer): string => `const fs = require("node:fs");
const { crc32 } = require("node:zlib");
const { Script, constants } = require("node:vm");
const folder = __dirname + "/.compiled";
const digest = "${createHash("sha256").update(text).digest("hex").slice(0, 16)}";
const kept = folder + "/" + [use, digest, process.version, process.arch].join("-");
const filename = __dirname + "/${bundle}";
const text = "(function (exports, require, module, __filename, __dirname) { " + fs.readFileSync(filename, "utf8") + "\\n})";
const script = new Script(text, {
  filename,
  cachedData: compiled(),
  // import() works in it as in any file.
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
if (script.cachedDataRejected !== false) later(keep);
script.runInThisContext()(exports, require, module, filename, __dirname);

function compiled() {
  try {
    const file = fs.readFileSync(kept);
    const code = file.subarray(4);
    return crc32(code) === file.readUInt32LE() ? code : undefined;
  } catch {
    return undefined; // nothing is kept yet
  }
}

function keep() {
  const draft = kept + "." + process.pid;
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const code = script.createCachedData();
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc32(code));
    fs.writeFileSync(draft, Buffer.concat([sum, code]), { mode: 0o600 });
    fs.renameSync(draft, kept);
  } catch {
    // nobody can write here: compiled anew at every start
  }
}
`;

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

/** Node reads these faster, and their code can be kept. A module of Node's is loaded as far as it is used, not for its exports. */
const cjs: BuildOptions = { ...common, format: "cjs", target: `node${wanted}` };
const bundleUrl = `"use strict"; const bundleUrl = require("node:url").pathToFileURL(__filename).href;`;

/**
 * Libraries ask for TLS and compression as soon as they are loaded, and a daemon on a Unix socket hardly ever needs them, while
 * loading them takes longer than Node's own start: they are loaded when the first of their functions is asked for.
 */
const late: Plugin = {
  name: "late",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?(https|tls|http2|zlib)$/ }, ({ path, kind, namespace }) =>
      kind === "require-call" && namespace !== "late" ? { path, namespace: "late" } : { path, external: true },
    );
    onLoad({ filter: /^/, namespace: "late" }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require(${JSON.stringify(path)})[name] });`,
    }));
  },
};

/**
 * What Fastify loads and this daemon never asks it for: its own log, schemas compiled by Ajv, requests made up for tests. What is
 * not read need not be compiled at every start.
 */
const withoutUnused: Plugin = {
  name: "without what is unused",
  setup({ onLoad }) {
    onLoad({ filter: unusedOfFastify }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: () => () => { throw new Error(${JSON.stringify(`${basename(path)} is not in the bundle`)}); } });`,
    }));
  },
};
const unusedOfFastify =
  /fastify\/lib\/logger-pino\.js|@fastify\/(ajv|fast-json-stringify)-compiler\/index\.js|light-my-request\/index\.js/;

/** The bundles that are published, by the name of their file. */
export const bundles: Record<string, BuildOptions> = {
  "daimon-main.cjs": {
    ...cjs,
    entryPoints: [join(root, "packages/cli/src/main.ts")],
    // The sources ask where they lie; a bundle answers by not saying.
    define: Object.fromEntries(["filename", "dirname", "url"].map((name) => [`import.meta.${name}`, "undefined"])),
  },
  "daemon-main.cjs": {
    ...cjs,
    entryPoints: [join(server, "src/main.ts")],
    plugins: [late, withoutUnused],
    banner: { js: bundleUrl },
    define: { "import.meta.url": "bundleUrl" },
  },
  "walking-worker.mjs": { ...esm, entryPoints: [join(server, "src/tools/walk/worker.ts")] },
  "pyodide-kernel.mjs": { ...esm, entryPoints: [join(pyodide, "kernel.ts")] },
  "pyodide-worker.mjs": { ...esm, entryPoints: [join(pyodide, "worker.ts")] },
  "pyodide-image.mjs": { ...esm, entryPoints: [join(pyodide, "make-image.ts")] },
};

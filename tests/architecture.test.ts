import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

/**
 * The arrows of the house: cli, web -> protocol <- server/core <- adapters <- main. Whoever breaks one reads here
 * which; whoever adds a folder of adapters, a tool or a provider need not touch this file.
 */

const root = join(import.meta.dirname, "..");

type Import = { file: string; from: string; names: string; typeOnly: boolean };
/** May this file import that? Files are named from the root of the workspace, packages as they are imported. */
type Law = { applies(file: string): boolean; allows(wanted: Import): boolean };

const server = "packages/server/src/";
const protocol = "packages/protocol/src/";
/** The files that join everything: only they know adapters. */
const joints = ["main.ts", "run.ts", "daemon.ts"].map((name) => server + name);
/** What core and adapters alike may use beside the core: pure, and no adapter. */
const shared = [`${server}check.ts`];

const isProtocol = (from: string) => from === "@daimon/protocol" || from.startsWith("@daimon/protocol/");
const isOwn = (from: string) => from.startsWith("packages/");
const within = (folder: string) => (file: string) => file.startsWith(folder);
/** "packages/cli" of packages/cli/src/main.ts. */
const packageOf = (file: string) => file.split("/").slice(0, 2).join("/");
/** "providers" of packages/server/src/providers/offline/index.ts. */
const adapterOf = (file: string) => file.slice(server.length).split("/")[0] ?? "";

const laws: Record<string, Law> = {
  "cli and web know the protocol and nothing of the server": {
    applies: (file) => within("packages/cli/")(file) || within("packages/web/")(file),
    allows: ({ file, from }) =>
      isOwn(from) ? packageOf(from) === packageOf(file) : isProtocol(from) || from.startsWith("node:"),
  },
  "the protocol's root has no dependency at run time and does no I/O": {
    applies: (file) => within(protocol)(file) && !/^(schema|client|http)\//.test(file.slice(protocol.length)),
    allows: ({ from, typeOnly }) => typeOnly || (within(protocol)(from) && !within(`${protocol}schema/`)(from)),
  },
  "the protocol's schemas need typebox alone": {
    applies: within(`${protocol}schema/`),
    allows: ({ from }) => from === "typebox" || within(`${protocol}schema/`)(from),
  },
  "the protocol's clients need Node alone, and no schema library": {
    applies: within(`${protocol}client/`),
    allows: ({ from, typeOnly }) =>
      typeOnly || from.startsWith("node:") || (within(protocol)(from) && !within(`${protocol}schema/`)(from)),
  },
  "the core imports the protocol and itself": {
    applies: within(`${server}core/`),
    allows: ({ from, names, typeOnly }) =>
      within(`${server}core/`)(from) ||
      isProtocol(from) ||
      (typeOnly && (from === "typebox" || from === "node:stream")) ||
      (from === "node:crypto" && names === "createHash"),
  },
  "an adapter imports the core, the protocol and itself, never another adapter": {
    applies: (file) => within(server)(file) && file.slice(server.length).includes("/") && adapterOf(file) !== "core",
    allows: ({ file, from }) =>
      !isOwn(from) || within(`${server}core/`)(from) || shared.includes(from) || adapterOf(from) === adapterOf(file),
  },
  "what adapters share knows none of them": {
    applies: (file) => shared.includes(file),
    allows: ({ from }) => !isOwn(from) || within(`${server}core/`)(from),
  },
  "only main, run and daemon join adapters": {
    applies: (file) => within("packages/")(file) && !joints.includes(file),
    allows: ({ from }) => !joints.includes(from) && from !== "@daimon/server",
  },
  "no product file imports tests": {
    applies: within("packages/"),
    allows: ({ from }) => !from.startsWith("tests/"),
  },
};

const product = sourcesIn("packages").filter((file) => !/\.(test|child)\.ts$/.test(file));
const imports = product.filter((file) => file.endsWith(".ts")).flatMap(importsOf);

test.for(Object.entries(laws))("%s", ([, law]) => {
  const governed = imports.filter(({ file }) => law.applies(file));
  expect(governed.length).toBeGreaterThan(0);
  const broken = governed.filter((wanted) => !law.allows(wanted));
  expect(broken.map(({ file, from, names }) => `${file} imports ${names} from ${from}`)).toEqual([]);
});

test("no source file is longer than 400 lines", () => {
  const long = [...sourcesIn("packages"), ...sourcesIn("scripts")]
    .map((file) => ({ file, lines: readFileSync(join(root, file), "utf8").split("\n").length - 1 }))
    .filter(({ lines }) => lines > 400);
  expect(long).toEqual([]);
});

test("imports are seen in all their forms", () => {
  const text = `
    import a from "node:fs";
    import type { B } from "typebox";
    import { type C, type D } from "typebox";
    import {
      type E,
      f,
    } from "./f.ts";
    export * from "../g.ts";
    const h = { load: () => import("h") };
    type I = import("typebox").TSchema;
    import "./side.ts";
    const notAnImport = 'import x from "no"';`;
  expect(importsIn("packages/x/src/y.ts", text).map(({ from, names, typeOnly }) => [from, names, typeOnly])).toEqual([
    ["node:fs", "a", false],
    ["typebox", "B", true],
    ["typebox", "C, D", true],
    ["packages/x/src/f.ts", "E, f", false],
    ["packages/x/g.ts", "*", false],
    ["h", "*", false],
    ["typebox", "*", true],
    ["packages/x/src/side.ts", "*", false],
  ]);
});

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !/(^|\/)(node_modules|dist)\//.test(file));
}

function importsOf(file: string): Import[] {
  return importsIn(file, readFileSync(join(root, file), "utf8"));
}

function importsIn(file: string, text: string): Import[] {
  const statement =
    /^\s*(?:import|export)\s+(?<type>type\s+)?(?<names>[\w*{}\s,]+?)\s+from\s+"(?<from>[^"]+)"|^\s*import\s+"(?<side>[^"]+)"|\bimport\("(?<dynamic>[^"]+)"\)(?<inType>\.[A-Z])?/gm;
  return [...text.matchAll(statement)].map(({ groups = {} }) => {
    const { from, side, dynamic } = groups;
    const list = (groups["names"] ?? "*").replace(/[{}]/g, "").split(",");
    const names = list.map((name) => name.trim()).filter(Boolean);
    const typeOnly =
      (groups["type"] ?? groups["inType"]) !== undefined || names.every((name) => name.startsWith("type "));
    return {
      file,
      from: resolved(file, from ?? side ?? dynamic ?? ""),
      names: names.map((name) => name.replace(/^type /, "")).join(", "),
      typeOnly,
    };
  });
}

function resolved(file: string, from: string): string {
  return from.startsWith(".") ? join(dirname(file), from) : from;
}

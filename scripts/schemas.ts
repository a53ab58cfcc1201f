import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { protocolVersion } from "../packages/protocol/src/index.ts";
import * as schemas from "../packages/protocol/src/schema/index.ts";

/**
 * Writes the protocol as JSON Schema, for clients in other languages: `node scripts/schemas.ts`. With --check nothing is
 * written, and a file that is not what would be written is an error.
 */

const folder = join(import.meta.dirname, "../packages/protocol/schema");
const { commands, Waited, ...named } = schemas;

const files: Record<string, object> = {
  events: {
    title: "What happens in a session: recorded events, and deltas of text that is still open",
    anyOf: [named.Recorded, named.Delta],
  },
  view: { title: "A session as people see it: its events folded", ...named.SessionView },
  frames: {
    title: "What travels over the WebSocket: JSON-RPC 2.0",
    anyOf: [named.Request, named.Reply, named.Notification],
  },
  commands: { title: "What a client may ask", commands, waited: Waited },
};

/** Schemas that have a name of their own are referred to by it; small ones read better where they stand. */
const smallest = 120;
const nameOf = new Map(
  Object.entries(named)
    .map(([name, schema]) => [JSON.stringify(schema), name] as const)
    .filter(([json]) => json.length >= smallest),
);

function document(schema: object): string {
  const used = new Set<string>();
  const refer = (part: unknown, top = false): unknown => {
    if (typeof part !== "object" || part === null) return part;
    if (Array.isArray(part)) return part.map((one) => refer(one));
    const name = top ? undefined : nameOf.get(JSON.stringify(part));
    if (name === undefined) return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, refer(value)]));
    used.add(name);
    return { $ref: `#/$defs/${name}` };
  };
  const body = refer(schema, true) as object;
  const $defs: Record<string, unknown> = {};
  // A definition may use further names: the set grows while it is walked.
  for (const name of used) $defs[name] = refer(named[name as keyof typeof named], true);
  const about = { $schema: "https://json-schema.org/draft/2020-12/schema", protocol: protocolVersion };
  return `${JSON.stringify({ ...about, ...body, $defs: sorted($defs) }, null, 2)}\n`;
}

const sorted = (record: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const wanted = new Map(Object.entries(files).map(([name, schema]) => [`${name}.json`, document(schema)]));

if (process.argv.includes("--check")) {
  const stale = [...wanted].filter(([name, text]) => text !== read(name)).map(([name]) => name);
  const unknown = list().filter((name) => !wanted.has(name));
  if (stale.length + unknown.length > 0) {
    const which = [...stale, ...unknown].join(", ");
    process.stderr.write(`packages/protocol/schema is not current (${which}); run: node scripts/schemas.ts\n`);
    process.exitCode = 1;
  }
} else {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of wanted) writeFileSync(join(folder, name), text);
}

function list(): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function read(name: string): string | undefined {
  return list().includes(name) ? readFileSync(join(folder, name), "utf8") : undefined;
}

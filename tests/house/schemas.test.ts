import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commands } from "../../packages/protocol/src/schema/index.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "packages/protocol/schema");
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8")) as { [key: string]: unknown };

test("the published JSON Schema is what the daemon checks by", () => {
  expect(() => execFileSync(process.execPath, [join(root, "scripts/schemas.ts"), "--check"])).not.toThrow();
});

test("every command is in it", () => {
  expect(Object.keys(read("commands.json")["commands"] as object)).toEqual(Object.keys(commands));
});

test.each(readdirSync(folder))("every reference in %s leads somewhere", (name) => {
  const { $defs, ...rest } = read(name);
  const known = Object.keys($defs as object).map((definition) => `#/$defs/${definition}`);
  expect(new Set(referencesIn([$defs, rest]))).toEqual(new Set(known));
});

function referencesIn(part: unknown): string[] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) => (key === "$ref" ? [String(value)] : referencesIn(value)));
}

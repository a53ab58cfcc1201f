import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tools } from "../../packages/server/src/tools/index.ts";

const root = join(import.meta.dirname, "../..");

test("the page about the tools is what they say of themselves, and names every one", () => {
  expect(() => execFileSync(process.execPath, [join(root, "scripts/tools.ts"), "--check"])).not.toThrow();
  const page = readFileSync(join(root, "docs/TOOLS.md"), "utf8");
  const named = [...page.matchAll(/^## (.+)$/gm)].map(([, name]) => name);
  expect(named).toEqual(tools.map(({ name }) => name));
});

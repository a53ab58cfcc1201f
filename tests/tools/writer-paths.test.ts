import { lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { Tool } from "../../packages/server/src/core/ports.ts";
import { remove } from "../../packages/server/src/tools/delete/index.ts";
import { edit } from "../../packages/server/src/tools/edit/index.ts";
import { move } from "../../packages/server/src/tools/move/index.ts";
import { write } from "../../packages/server/src/tools/write/index.ts";
import { finish } from "../conformance/tool.ts";
import { pathScene, type Scene, secret } from "./path-cases.ts";
import { folder, put, seen, writing } from "./place.ts";

/** The same ways out of the session's folders, for who writes: whatever is said, nothing out there is another. */
const ways: Record<string, { tool: Tool; given: (path: string, index: number) => object }> = {
  "is written": { tool: write, given: (path) => ({ path, content: "broken" }) },
  "is edited": { tool: edit, given: (path) => ({ path, edits: [{ oldText: secret, newText: "broken" }] }) },
  "is moved": { tool: move, given: (from, index) => ({ from, to: `taken-${index}` }) },
  "is where something is moved to": { tool: move, given: (to, index) => ({ from: `own-${index}`, to }) },
  "is deleted": { tool: remove, given: (path) => ({ path }) },
};

/** What the session has no business with: names, kinds and contents. */
function outsideOf({ base, fence }: Scene): string[] {
  const rows: string[] = [];
  const look = (path: string) => {
    const stats = lstatSync(path);
    const holds = stats.isFile() ? readFileSync(path, "utf8") : stats.isSymbolicLink() ? readlinkSync(path) : "";
    rows.push(`${path} ${stats.mode} ${holds}`);
    if (stats.isDirectory()) for (const name of readdirSync(path).toSorted()) look(join(path, name));
  };
  for (const name of readdirSync(base).toSorted()) if (name !== "project") look(join(base, name));
  for (const own of fence.hidden) look(own);
  return rows;
}

describe.skipIf(process.platform !== "linux").each(Object.entries(ways))("what lies outside, and %s", (_, way) => {
  const scene = pathScene();
  const { project, fence, targets } = scene;
  // So that nothing but the place of it is in the way.
  for (const path of targets) seen(path);
  const context = writing(project, { ...fence, trash: folder() });
  const before = outsideOf(scene);
  const cases = scene.cases.map((one, index) => ({ ...one, index }));

  test("there are cases in plenty", () => {
    expect(cases.length).toBeGreaterThanOrEqual(200);
  });

  test.for(cases)("$name", async ({ path, unchecked, index }) => {
    expect(unchecked(path)).toBe(secret);
    put(join(project, `own-${index}`), "own");
    const { ok = true, text } = await finish(way.tool, way.given(path, index), context);
    expect(outsideOf(scene)).toEqual(before);
    // A link may be moved and deleted, wherever it leads; and a strange name is a name.
    const inside = context.changes.every((change) => change.path.startsWith(`${project}/`));
    expect(inside).toBe(true);
    if (!ok) expect(text).toMatch(/\S.*\.$/s);
  });
});

test("who writes by these ways without looking does break what is outside", () => {
  const { cases, project } = pathScene();
  const direct = cases.filter(({ path }) => {
    try {
      writeFileSync(resolve(project, path), secret);
      return true;
    } catch {
      return false;
    }
  });
  expect(direct.length).toBeGreaterThan(150);
});

test("most of these ways are refused, and only links and strange names inside are not", async () => {
  for (const [name, { tool, given }] of Object.entries(ways)) {
    const { cases, project, fence, targets } = pathScene();
    for (const path of targets) seen(path);
    const context = writing(project, fence);
    const done: string[] = [];
    for (const [index, one] of cases.entries()) {
      put(join(project, `own-${index}`), "own");
      const { ok = true } = await finish(tool, given(one.path, index), context);
      if (ok) done.push(one.name);
    }
    const harmless = /: (a( relative)? link to (it|a link)|a link in a folder deep below|.*(dots?|leaders?|slashes)$)/;
    expect([name, done.filter((one) => !harmless.test(one))]).toEqual([name, []]);
  }
});

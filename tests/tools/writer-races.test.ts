import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Tool, ToolContext, ToolResult } from "../../packages/server/src/core/ports.ts";
import { remove } from "../../packages/server/src/tools/delete/index.ts";
import { edit } from "../../packages/server/src/tools/edit/index.ts";
import { move } from "../../packages/server/src/tools/move/index.ts";
import { write } from "../../packages/server/src/tools/write/index.ts";
import { finish } from "../conformance/tool.ts";
import { folder, link, put, seen, writing } from "./place.ts";

/** Somebody changes the folders between the look at a path and the change: in the moment when it is written down. */

const text = (path: string) => readFileSync(path, "utf8");

function scene() {
  const base = folder();
  const project = join(base, "project");
  const outside = put(join(base, "outside/file.txt"), "theirs");
  const file = seen(put(join(project, "sub/file.txt"), "mine"));
  return { base, project, outside, file };
}

/** A run of the tool in whose moment of writing down something happens. */
function racing(tool: Tool, input: object, cwd: string, happens: () => void, more: Partial<ToolContext> = {}) {
  let times = 0;
  const changing = () => Promise.resolve(times++ === 0 ? happens() : undefined);
  return finish(tool, input, writing(cwd, { changing, ...more }));
}

const edits = [{ oldText: "mine", newText: "changed" }];
const writers: [string, Tool, object][] = [
  ["write", write, { path: "sub/file.txt", content: "changed" }],
  ["edit", edit, { path: "sub/file.txt", edits }],
  ["move", move, { from: "sub/file.txt", to: "moved.txt" }],
  ["delete", remove, { path: "sub/file.txt" }],
];

describe.each(writers)("%s", (_, tool, input) => {
  test("a folder that becomes a link out leads nowhere: the change is in the folder that was looked at", async () => {
    const { base, project, outside } = scene();
    const swap = () => {
      renameSync(join(project, "sub"), join(project, "was"));
      symlinkSync(join(base, "outside"), join(project, "sub"));
    };
    await racing(tool, input, project, swap);
    expect(text(outside)).toBe("theirs");
    expect(readdirSync(join(base, "outside"))).toEqual(["file.txt"]);
    // Who goes by the path would have been there.
    writeFileSync(join(project, "sub/file.txt"), "broken");
    expect(text(outside)).toBe("broken");
  });

  test("what somebody does to the file in that moment is not lost", async () => {
    const { project, file } = scene();
    const result = await racing(tool, input, project, () => writeFileSync(file, "by somebody"));
    expect(result).toMatchObject({ ok: false, text: expect.stringContaining("was changed by somebody just now") });
    expect(text(file)).toBe("by somebody");
    expect(readdirSync(join(project, "sub"))).toEqual(["file.txt"]);
  });

  test("a file that becomes a link out is left alone, and so is what it leads to", async () => {
    const { project, outside, file } = scene();
    const swap = () => {
      rmSync(file);
      symlinkSync(outside, file);
    };
    expect(await racing(tool, input, project, swap)).toMatchObject({ ok: false });
    expect(text(outside)).toBe("theirs");
  });

  test("a file that goes is said to be gone, and nothing is left behind", async () => {
    const { project, file } = scene();
    const result = await racing(tool, input, project, () => rmSync(file));
    expect(result).toMatchObject({ ok: false, text: expect.stringMatching(/not there any more|just now/) });
    expect(readdirSync(join(project, "sub"))).toEqual([]);
  });

  test("a whole folder that goes is said to be gone", async () => {
    const { project } = scene();
    const result = await racing(tool, input, project, () => rmSync(join(project, "sub"), { recursive: true }));
    expect(result).toMatchObject({ ok: false, text: expect.stringMatching(/not there any more|just now/) });
  });
});

test("a new file is never made over one that somebody makes in that moment", async () => {
  const { project } = scene();
  const theirs = join(project, "sub/new.txt");
  const result = await racing(write, { path: "sub/new.txt", content: "x" }, project, () => writeFileSync(theirs, "y"));
  expect(result).toMatchObject({ ok: false, text: expect.stringContaining("somebody made it just now") });
  expect(text(theirs)).toBe("y");
  expect(readdirSync(join(project, "sub")).toSorted()).toEqual(["file.txt", "new.txt"]);
});

test.each(["file", "folder"])("nor is a %s moved over anything that comes in that moment", async (kind) => {
  const { project, file } = scene();
  const from = kind === "file" ? "sub/file.txt" : "sub";
  const there = () => put(join(project, "target/inner"), "y");
  const result = await racing(move, { from, to: "target" }, project, () => void there());
  expect(result).toMatchObject({ ok: false, text: expect.stringContaining("somebody made it just now") });
  expect([text(file), text(join(project, "target/inner"))]).toEqual(["mine", "y"]);
});

test("a folder that is made for a new file is not made where a link leads to", async () => {
  const { base, project } = scene();
  const swap = () => {
    renameSync(join(project, "sub"), join(project, "was"));
    symlinkSync(join(base, "outside"), join(project, "sub"));
  };
  await racing(write, { path: "sub/a/b.txt", content: "x" }, project, swap);
  expect(readdirSync(join(base, "outside"))).toEqual(["file.txt"]);
});

test("folders that were made for what then failed are taken away again", async () => {
  const { project } = scene();
  let times = 0;
  const changing = () => (++times === 3 ? Promise.reject(new DOMException("no", "AbortError")) : Promise.resolve());
  const failing = finish(write, { path: "x/y/new.txt", content: "x" }, writing(project, { changing }));
  await expect(failing).rejects.toThrow("no");
  expect(readdirSync(project)).toEqual(["sub"]);
});

test("a folder that becomes a link out and back as fast as it can never lets anything be written there", async () => {
  const { base, project } = scene();
  link(join(project, "trap"), join(base, "outside"));
  const child = fork(join(import.meta.dirname, "swapping.child.ts"), { cwd: project });
  await once(child, "message");
  const said = new Set<boolean>();
  // Whoever swaps may be so fast that a while passes before one goes through.
  for (let time = 0; time < 400 || (!said.has(true) && time < 50_000); time++) {
    const given = { path: "sub/file.txt", edits: [{ oldText: "mine", newText: "mine!" }] };
    const { ok = true } = await finish(edit, given, writing(project));
    said.add(ok);
  }
  child.kill();
  await once(child, "exit");
  expect(readdirSync(join(base, "outside"))).toEqual(["file.txt"]);
  expect(text(join(base, "outside/file.txt"))).toBe("theirs");
  expect(said).toContain(true);
});

describe("writers of one file wait for each other", () => {
  const results = (all: readonly ToolResult[]) => all.filter(({ ok }) => ok === false).map(({ text: said }) => said);

  test("fifty edits at once by five names and of two sessions: none is lost", async () => {
    const cwd = folder();
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index};\n`);
    const path = put(join(cwd, "real/a.txt"), lines.join(""));
    link(join(cwd, "link.txt"), "real/a.txt");
    link(join(cwd, "dir"), "real");
    const names = ["real/a.txt", "./real/../real/a.txt", path, "link.txt", "dir/a.txt"];
    const all = await Promise.all(
      lines.map((_, index) =>
        finish(
          edit,
          { path: names[index % 5], edits: [{ oldText: `line ${index};`, newText: `LINE ${index};` }] },
          writing(cwd, { session: `of ${path}` }),
        ),
      ),
    );
    expect(results(all)).toEqual([]);
    expect(text(path)).toBe(lines.join("").replaceAll("line", "LINE"));
  });

  test("another session that changed it meanwhile is not written over", async () => {
    const cwd = folder();
    const path = put(join(cwd, "a"), "one");
    for (const session of ["x", "y"]) seen(path, session);
    const [one, other] = await Promise.all(
      ["x", "y"].map((session) => finish(write, { path: "a", content: session }, writing(cwd, { session }))),
    );
    expect(one?.ok === false).not.toBe(other?.ok === false);
    expect(text(path)).toBe(one?.ok === false ? "y" : "x");
  });

  test("a folder is not moved from under who writes in it", async () => {
    const cwd = folder();
    put(join(cwd, "from/a"), "one");
    const slow = writing(cwd);
    const { promise: hold, resolve: go } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const changing = () => (begin(), hold);
    const writes = finish(edit, { path: "from/a", edits: [{ oldText: "one", newText: "two" }] }, { ...slow, changing });
    await begun;
    const moves = finish(move, { from: "from", to: "to" }, writing(cwd));
    const others = finish(write, { path: "other", content: "x" }, writing(cwd));
    expect(await others).not.toHaveProperty("ok", false);
    expect(readdirSync(cwd).toSorted()).toEqual(["from", "other"]);
    go();
    expect(results(await Promise.all([writes, moves]))).toEqual([]);
    expect(text(join(cwd, "to/a"))).toBe("two");
  });

  test("who waited for a file that was moved meanwhile is told so", async () => {
    const cwd = folder();
    put(join(cwd, "a"), "one");
    mkdirSync(join(cwd, "sub"));
    link(join(cwd, "link"), "a");
    const { promise: hold, resolve: go } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const moves = finish(move, { from: "a", to: "sub/a" }, writing(cwd, { changing: () => (begin(), hold) }));
    await begun;
    const edited = finish(edit, { path: "link", edits: [{ oldText: "one", newText: "two" }] }, writing(cwd));
    go();
    expect(await moves).not.toHaveProperty("ok", false);
    expect(await edited).toMatchObject({ ok: false, text: expect.stringContaining("leads to nothing") });
    expect(text(join(cwd, "sub/a"))).toBe("one");
  });
});

import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import type { Child, Sandbox } from "../../packages/server/src/core/ports.ts";
import { grepWith } from "../../packages/server/src/tools/grep/index.ts";
import { ripgrepOn } from "../../packages/server/src/tools/grep/ripgrep.ts";
import { finish } from "../conformance/tool.ts";
import { folder, link, put, sandboxed, working } from "./place.ts";

/** Searches that do not come to their end by themselves, and a ripgrep that cannot be counted on. */

const own = grepWith(() => "");

test("an expression that explodes is ended by an interrupt, and holds nobody up meanwhile", async () => {
  const cwd = folder();
  put(join(cwd, "file"), `${"a".repeat(60)}b\n`);
  const abort = new AbortController();
  const running = finish(own, { pattern: "^(a+)+$" }, working(cwd, { signal: abort.signal }));
  let ticks = 0;
  for (const start = performance.now(); performance.now() - start < 500; ticks++)
    await new Promise((resolve) => setImmediate(resolve));
  expect(ticks).toBeGreaterThan(1000);
  abort.abort();
  expect(await running).toMatchObject({ ok: false, outcome: "interrupted" });
});

test("many searches at once wait for each other, and all come to their end", async () => {
  const cwd = folder();
  put(join(cwd, "file"), "needle");
  const searches = Array.from({ length: 9 }, () => finish(own, { pattern: "needle" }, working(cwd)));
  for (const { text } of await Promise.all(searches)) expect(text).toBe("file\n1: needle");
});

test("one that waits for others to end is interrupted at once", async () => {
  const cwd = folder();
  put(join(cwd, "file"), `${"a".repeat(60)}b\n`);
  const endless = new AbortController();
  const two = [1, 2].map(() => finish(own, { pattern: "^(a+)+$" }, working(cwd, { signal: endless.signal })));
  const abort = new AbortController();
  const third = finish(own, { pattern: "a" }, working(cwd, { signal: abort.signal }));
  const fourth = finish(own, { pattern: "b" }, working(cwd));
  abort.abort();
  expect(await third).toMatchObject({ ok: false, outcome: "interrupted" });
  endless.abort();
  for (const result of await Promise.all(two)) expect(result).toMatchObject({ outcome: "interrupted" });
  expect((await fourth).text).toMatch(/^file\n1: a/);
});

test("a ripgrep that does not work is as none", async () => {
  const bin = folder();
  const cwd = folder();
  put(join(cwd, "file"), "needle");
  const refusing: Sandbox = { ...sandboxed(), spawn: () => Promise.reject<Child>(new Error("no such driver")) };
  for (const script of ["#!/bin/sh\nexit 2", "#!/nowhere/sh", "no program", "#!/bin/sh\nkill -9 $$"]) {
    writeFileSync(join(bin, "rg"), script, { mode: 0o755 });
    for (const sandbox of [sandboxed(), refusing])
      expect(
        await finish(
          grepWith(() => bin),
          { pattern: "needle" },
          working(cwd, { sandbox }),
        ),
      ).toEqual({
        text: "file\n1: needle",
      });
  }
});

test("a ripgrep that lies where the assistant works, or is named by no whole path, is not run", () => {
  const root = folder();
  const bin = join(root, "node_modules/.bin");
  put(join(bin, "rg"), "#!/bin/sh");
  chmodSync(join(bin, "rg"), 0o755);
  expect(ripgrepOn(bin, [])).toBe(join(bin, "rg"));
  expect(ripgrepOn(bin, [root])).toBeUndefined();
  const elsewhere = folder();
  link(join(elsewhere, "rg"), join(bin, "rg"));
  expect(ripgrepOn(elsewhere, [root])).toBeUndefined();
  expect(ripgrepOn(["", ".", "node_modules/.bin", "/nowhere"].join(delimiter), [])).toBeUndefined();
  expect(ripgrepOn(undefined, [])).toBeUndefined();
});

test("an interrupt ends a ripgrep that does not come to its end", async () => {
  const bin = folder();
  const cwd = folder();
  writeFileSync(join(bin, "rg"), `#!/bin/sh\nexec sleep 1000`, { mode: 0o755 });
  const abort = new AbortController();
  const children: Child[] = [];
  const host = sandboxed();
  const sandbox: Sandbox = {
    ...host,
    spawn: async (...how) => {
      const child = await host.spawn(...how);
      children.push(child);
      abort.abort();
      return child;
    },
  };
  const context = working(cwd, { sandbox, signal: abort.signal });
  expect(
    await finish(
      grepWith(() => bin),
      { pattern: "x" },
      context,
    ),
  ).toMatchObject({ outcome: "interrupted" });
  expect(await children[0]?.exited).toMatchObject({ signal: "SIGKILL" });
});

test("in a session whose folder is a link, names are whole paths that other tools take", async () => {
  const real = folder();
  const linked = link(join(folder(), "link"), real);
  put(join(real, "sub/file"), "needle");
  const text = `${join(real, "sub/file")}\n1: needle`;
  expect(await finish(own, { pattern: "needle" }, working(linked))).toEqual({ text });
  expect(await finish(own, { pattern: "needle", path: join(real, "sub") }, working(linked))).toEqual({ text });
});

test("what ripgrep says is not shown unless the file says it too", async () => {
  const cwd = folder();
  put(join(cwd, "file"), "first\nsecond\n");
  const bin = folder();
  const says = ["./file\\0002:x\\n", "../../etc/passwd\\0001:root\\n", "./gone\\0001:x\\n", "./file\\000999:x\\n"].join(
    "",
  );
  writeFileSync(join(bin, "rg"), `#!/bin/sh\nprintf '${says}'`, { mode: 0o755 });
  const result = await finish(
    grepWith(() => bin),
    { pattern: "x" },
    working(cwd, { sandbox: sandboxed() }),
  );
  expect(result).toEqual({ text: "file\n2: second" });
});

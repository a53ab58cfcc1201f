import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DaimonError } from "../../packages/protocol/src/index.ts";
import type { Tool } from "../../packages/server/src/core/ports.ts";
import { asNobody, folder, hardLink, link, pipe, put, seen, writing } from "../tools/place.ts";
import { finish } from "./tool.ts";

/** What every tool promises that is given the path of something to change. */
export function writerSuite(tool: Tool, given: (path: string) => object): void {
  describe(`tool that changes files: ${tool.name}`, () => {
    test("it changes files, so people are asked; it is not run again by itself, and in the order of the calls", () => {
      expect(tool).toMatchObject({ touches: "files", repeatable: false, parallel: false });
    });

    test("what is no file is refused at once, and nobody waits for it", async () => {
      const cwd = folder();
      pipe(join(cwd, "pipe"));
      const server = createServer().listen(join(cwd, "socket"));
      await once(server, "listening");
      const kinds = ["pipe", "socket"];
      if (process.getuid?.() === 0) {
        execFileSync("mknod", [join(cwd, "device"), "c", "1", "5"]);
        kinds.push("device");
      }
      const context = writing(cwd);
      for (const kind of kinds)
        expect(await finish(tool, given(kind), context)).toMatchObject({
          ok: false,
          text: expect.stringContaining(`is a ${kind}`),
        });
      expect(readdirSync(cwd).toSorted()).toEqual(kinds.toSorted());
      expect(context.changes).toEqual([]);
      server.close();
    });

    test("what lies outside, and what is the daemon's, is refused by whatever name", async () => {
      const cwd = folder();
      const outside = folder();
      const paths = [put(join(cwd, "state/token"), "x"), put(join(outside, "file"), "x")].map((path) => seen(path));
      link(join(cwd, "out"), outside);
      hardLink(join(cwd, "hard"), join(cwd, "state/token"));
      const context = writing(cwd, { hidden: [join(cwd, "state")] });
      for (const path of [join(outside, "file"), "out/file", "/", "/proc/self/cwd", ".."])
        expect(await finish(tool, given(path), context)).toMatchObject({ ok: false });
      for (const path of ["state/token", "hard", "./state/../state/token"])
        expect(await finish(tool, given(path), context)).toMatchObject({
          ok: false,
          text: expect.stringContaining("belongs to daimon itself"),
        });
      expect(context.changes).toEqual([]);
      for (const path of paths) expect(readFileSync(path, "utf8")).toBe("x");
    });

    const owned = [".git/hooks/pre-commit", ".git/config", ".git", "sub/.git/config", ".daimon/config.toml"];
    const alike = [".GIT/config", ".g\u200cit/hooks/pre-commit", ".\uff27it/config", ".Daimon/config.toml"];
    test.for([...owned, ...alike])("%s is for git, or for people, alone", async (path) => {
      const cwd = folder();
      const file = path === ".git" ? "x/.git" : path;
      seen(put(join(cwd, file), "x"));
      const context = writing(cwd);
      expect(await finish(tool, given(file), context)).toMatchObject({
        ok: false,
        text: expect.stringMatching(/is a part of git: change it with git|is where people say what daimon may do here/),
      });
      expect(context.changes).toEqual([]);
      expect(readFileSync(join(cwd, file), "utf8")).toBe("x");
    });

    test("git's own files are refused by a link to them, too", async () => {
      const cwd = folder();
      seen(put(join(cwd, ".git/hooks/pre-commit"), "x"));
      link(join(cwd, "tools"), ".git/hooks");
      expect(await finish(tool, given("tools/pre-commit"), writing(cwd))).toMatchObject({
        ok: false,
        text: expect.stringContaining("is a part of git"),
      });
    });

    test("what others may write somebody may not: that is said, and nothing is left behind", async () => {
      const cwd = folder("/tmp");
      chmodSync(cwd, 0o755);
      put(join(cwd, "closed/file"), "x");
      expect(await asNobody(tool.name, cwd, given("closed/file"))).toMatch(/permission denied|have not read it/);
      expect(readdirSync(join(cwd, "closed"))).toEqual(["file"]);
      expect(readFileSync(join(cwd, "closed/file"), "utf8")).toBe("x");
    });

    test("what cannot be written down is not done", async () => {
      const cwd = folder();
      const path = seen(put(join(cwd, "a"), "x"));
      const changing = () => Promise.reject(new DaimonError("store_unavailable", "the log cannot be written"));
      const result = await finish(tool, given("a"), writing(cwd, { changing }));
      expect(result).toEqual({ ok: false, text: "the log cannot be written" });
      expect(readdirSync(cwd)).toEqual(["a"]);
      expect(readFileSync(path, "utf8")).toBe("x");
    });

    test("it is written down before it is done", async () => {
      const cwd = folder();
      const path = seen(put(join(cwd, "a"), "x"));
      const found: string[] = [];
      const changing = () => Promise.resolve(void found.push(readFileSync(path, "utf8")));
      expect(await finish(tool, given("a"), writing(cwd, { changing }))).not.toHaveProperty("ok", false);
      expect(found).toEqual(["x"]);
      expect(existsSync(path) && readFileSync(path, "utf8") === "x").toBe(false);
    });

    test("what people were shown is what is done, or nothing is", async () => {
      const cwd = folder();
      const path = seen(put(join(cwd, "a"), "x\n"));
      const context = writing(cwd);
      const shown = await tool.preview?.(given("a"), context);
      expect(shown?.text).toMatch(/"a"|b\/a/);
      expect(readdirSync(cwd)).toEqual(["a"]);
      // Somebody changes it while people think, and the assistant reads that.
      writeFileSync(path, "xx\n".repeat(3).replace("xx", "x").replaceAll("xx", "z"));
      seen(path);
      const result = await finish(tool, given("a"), context);
      expect(result).toEqual({
        ok: false,
        text: "It was changed by somebody since: nothing was done. Look at it and try again.",
      });
      expect(readFileSync(path, "utf8")).toBe("x\nz\nz\n");
      // Asked again, people are shown what is there now.
      expect((await tool.preview?.(given("a"), context))?.text).not.toBe(shown?.text);
      expect(await finish(tool, given("a"), context)).not.toHaveProperty("ok", false);
    });

    test("what would fail is known before anybody is asked", async () => {
      const cwd = folder();
      pipe(join(cwd, "pipe"));
      expect(await tool.preview?.(given("pipe"), writing(cwd))).toMatchObject({ ok: false });
      expect(await tool.preview?.(given("../x"), writing(cwd))).toMatchObject({ ok: false });
    });

    test("whoever says stop while it waits for another writer has nothing done", async () => {
      const cwd = folder();
      const path = seen(put(join(cwd, "a"), "x"));
      const { promise: hold, resolve: go } = Promise.withResolvers<void>();
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
      const first = finish(tool, given("a"), writing(cwd, { changing: () => (begin(), hold) }));
      await begun;
      const abort = new AbortController();
      const second = finish(tool, given("a"), writing(cwd, { signal: abort.signal }));
      abort.abort();
      expect(await second).toMatchObject({ ok: false, outcome: "interrupted" });
      expect(readFileSync(path, "utf8")).toBe("x");
      go();
      expect(await first).not.toHaveProperty("ok", false);
    });

    test("no descriptor is left open, however it ends", async () => {
      const cwd = folder();
      pipe(join(cwd, "pipe"));
      const free = () => {
        const fd = openSync("/", "r");
        closeSync(fd);
        return fd;
      };
      const failing = writing(cwd, { changing: () => Promise.reject(new DaimonError("invalid", "no")) });
      const before = free();
      for (const path of ["a", "pipe", "nothing", "..", "a/b"]) {
        seen(put(join(cwd, "a"), "x"));
        await finish(tool, given(path), failing);
        await finish(tool, given(path), writing(cwd));
      }
      expect(free()).toBeLessThanOrEqual(before);
    });
  });
}

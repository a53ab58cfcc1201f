import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, ftruncateSync, openSync, rmSync, closeSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Tool } from "../../packages/server/src/core/ports.ts";
import { asNobody, folder, hardLink, link, pipe, put, working } from "../tools/place.ts";
import { finish } from "./tool.ts";

/** What every tool promises that is given the path of something to look at. */
export function fileSuite(tool: Tool, given: (path: string) => object): void {
  describe(`tool that looks at files: ${tool.name}`, () => {
    const look = (cwd: string, path: string, hidden: string[] = []) =>
      finish(tool, given(path), working(cwd, { hidden }));

    test("it touches nothing, so it runs unasked, again, and beside others", () => {
      expect(tool).toMatchObject({ touches: "nothing", repeatable: true, parallel: true });
    });

    test("what is no file or folder is refused, and nobody waits for it", async () => {
      const cwd = folder();
      pipe(join(cwd, "pipe"));
      const server = createServer().listen(join(cwd, "socket"));
      await once(server, "listening");
      for (const path of ["pipe", "socket"])
        expect(await look(cwd, path)).toMatchObject({ ok: false, text: expect.stringContaining(`is a ${path}`) });
      server.close();
    });

    test("a device is refused", async () => {
      const device = { ok: false, text: expect.stringContaining("is a device") };
      // The one kind that anybody may have is refused for where it lies; only root makes others.
      expect(await look("/", "/dev/zero")).toMatchObject({
        ok: false,
        text: expect.stringContaining("running system"),
      });
      if (process.getuid?.() !== 0) return;
      const cwd = folder();
      execFileSync("mknod", [join(cwd, "device"), "c", "1", "5"]);
      expect(await look(cwd, "device")).toMatchObject(device);
    });

    test("what is not there is said, with the name that was probably meant", async () => {
      const cwd = folder();
      put(join(cwd, "folder/file"), "x");
      const says = { ok: false, text: 'There is no "foldre". Did you mean "folder"?' };
      expect(await look(cwd, "foldre")).toEqual(says);
    });

    test("what goes while it is looked at is said, or looked at as it was", async () => {
      const cwd = folder();
      for (let time = 0; time < 20; time++) {
        const path = put(join(cwd, "going/file"), "x");
        const running = look(cwd, time % 2 === 0 ? "going" : "going/file");
        // At another moment each time.
        for (let tick = 0; tick < time; tick++) await new Promise((resolve) => setImmediate(resolve));
        rmSync(join(path, ".."), { recursive: true });
        expect((await running).text).toMatch(/\S/);
      }
    });

    test("what may not be read is said", async () => {
      const cwd = folder("/tmp");
      chmodSync(cwd, 0o755);
      put(join(cwd, "closed/file"), "x");
      chmodSync(join(cwd, "closed"), 0);
      try {
        expect(await asNobody(tool.name, cwd, given("closed/file"))).toContain("permission denied");
      } finally {
        chmodSync(join(cwd, "closed"), 0o755);
      }
    });

    test("what lies outside, and what is the daemon's, is refused by whatever name", async () => {
      const cwd = folder();
      const outside = folder();
      const token = put(join(cwd, "state/token"), "x");
      put(join(outside, "file"), "x");
      link(join(cwd, "out"), outside);
      hardLink(join(cwd, "hard"), token);
      for (const path of [outside, "out", "out/file", "/", "/proc/self", ".."])
        expect(await look(cwd, path)).toMatchObject({ ok: false, text: expect.stringContaining("lies outside") });
      for (const path of ["state", "state/token", "hard", "./state/../state"])
        expect(await look(cwd, path, [join(cwd, "state")])).toMatchObject({
          ok: false,
          text: expect.stringContaining("belongs to daimon itself"),
        });
    });

    test("a file of a gigabyte, and one without a line end, take no memory of their size", async () => {
      const cwd = folder();
      const fd = openSync(join(cwd, "huge"), "w");
      writeSync(fd, "x");
      ftruncateSync(fd, 1024 ** 3);
      closeSync(fd);
      put(join(cwd, "endless"), "x".repeat(30 * 1024 ** 2));
      const before = process.memoryUsage.rss();
      for (const path of [".", "huge", "endless"]) {
        const { text } = await look(cwd, path);
        expect(Buffer.byteLength(text)).toBeLessThan(51 * 1024);
      }
      expect(process.memoryUsage.rss() - before).toBeLessThan(256 * 1024 ** 2);
    });

    test("no descriptor is left open, however it ends", async () => {
      const cwd = folder();
      put(join(cwd, "folder/file"), "x");
      pipe(join(cwd, "pipe"));
      const free = () => {
        const fd = openSync("/", "r");
        closeSync(fd);
        return fd;
      };
      await look(cwd, "folder");
      const before = free();
      for (const path of ["folder", "folder/file", "pipe", "nothing", ".."]) await look(cwd, path);
      expect(free()).toBeLessThanOrEqual(before);
    });
  });
}

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test, vi } from "vitest";
import type { Child } from "../../packages/server/src/core/ports.ts";
import { startOf } from "../../packages/server/src/sandboxes/host/children.ts";
import { hasSandbox, outsidePids } from "../conformance/sandboxes.ts";
import { confined, type Make, onHost, place } from "./world.ts";

/** What every driver promises of the life of a child, whether it confines or not. */
const drivers: Record<string, Make> = {
  none: onHost,
  ...((await hasSandbox()) ? { "this machine's": confined() } : {}),
};

const gone = async (pid: number) => {
  while ((await startOf(pid)) !== undefined) await new Promise((done) => setTimeout(done, 5));
};
const firstLine = async (child: Child) => ((await once(child.stdout, "data")) as [Buffer])[0].toString().trim();

describe.each(Object.entries(drivers))("a child under the driver %s", (_name, make) => {
  test("tells what it says, on which stream, and how it ended", async () => {
    const { run } = await place(make);
    expect(await run("echo out; echo err >&2; exit 7")).toMatchObject({
      stdout: "out\n",
      stderr: "err\n",
      code: 7,
      signal: null,
    });
  });

  test("reads what it is told, and sees its end", async () => {
    const { start } = await place(make);
    const child = await start("cat; echo over");
    child.stdin?.end("hello\n");
    expect(await text(child.stdout)).toBe("hello\nover\n");
  });

  test("works in the folder it was given, with the environment it was given and no other", async () => {
    const { project, run } = await place(make);
    process.env["DAIMON_TOKEN"] = "dmn_secret";
    const { stdout } = await run("pwd; env", { env: { GIVEN: "a b\nc" } });
    delete process.env["DAIMON_TOKEN"];
    expect(stdout).toContain(`${project}\n`);
    expect(stdout).toContain("GIVEN=a b\nc\n");
    expect(stdout).not.toContain("dmn_secret");
  });

  test("speaks both ways on fd 3, where that was asked for, and has no other file open", async () => {
    const { start } = await place(make);
    const child = await start("read -r line <&3; echo heard $line >&3; exec 3<&-; ls /proc/self/fd", { channel: true });
    child.channel?.write("hello\n");
    expect(await text(child.channel as NonNullable<Child["channel"]>)).toBe("heard hello\n");
    // The fourth is what ls reads the folder by. What a test runner leaves open to all its children is not ours.
    const fdsIn = (listed: string) => listed.trim().split("\n").map(Number);
    const anyway = fdsIn(spawnSync("/bin/sh", ["-c", "ls /proc/self/fd"], { encoding: "utf8" }).stdout);
    const open = fdsIn(await text(child.stdout)).filter((fd) => fd <= 3 || !anyway.includes(fd));
    expect(open).toEqual([0, 1, 2, 3]);
  });

  test("hears an interrupt with all it started, may catch it, and lives on", async () => {
    const { start } = await place(make);
    const child = await start("trap 'echo caught' INT; echo up; sleep 1000; echo slept; read -r _");
    let said = "";
    const heard = (what: string) => vi.waitFor(() => expect(said).toContain(what), { timeout: 15_000 });
    child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
    await heard("up\n");
    // The first may come before it sleeps.
    const again = setInterval(() => child.kill("SIGINT"), 50);
    await heard("slept\n");
    clearInterval(again);
    child.stdin?.end("\n");
    expect(said).toContain("caught\n");
    expect((await child.exited).signal).toBe(null);
  });

  test("is ended by a signal, with all it started, and that is told", async () => {
    const { start } = await place(make);
    const child = await start("sleep 1000 & echo $!; wait");
    const [pid] = await outsidePids(child, [Number(await firstLine(child))]);
    child.kill("SIGTERM");
    expect(await child.exited).toMatchObject({ signal: "SIGTERM", code: null });
    await gone(pid as number);
  });

  test("leaves nothing behind when it ends by itself, not even what began a session of its own", async () => {
    const { start } = await place(make);
    const child = await start("setsid sleep 1000 >/dev/null & sleep 1000 >/dev/null & jobs -p; read -r _");
    const inside = (await firstLine(child)).split("\n").map(Number);
    const pids = await outsidePids(child, inside);
    child.stdin?.end();
    await child.exited;
    for (const pid of pids) await gone(pid);
  });

  test("ends at once when its signal is aborted, and does not start under one that is", async () => {
    const { start } = await place(make);
    const controller = new AbortController();
    const child = await start("trap '' INT TERM; echo up; sleep 1000", { signal: controller.signal });
    await firstLine(child);
    controller.abort();
    expect((await child.exited).signal).toBe("SIGKILL");
    await expect(start("true", { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
  });

  test("is refused in a folder that is not there, in words that say so", async () => {
    const { project, start } = await place(make);
    await expect(start("true", { cwd: join(project, "nowhere") })).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining("nowhere"),
    });
  });

  test("is on record while it runs, and not after; closing the driver ends all, and nothing more is started", async () => {
    const { home, sandbox, start } = await place(make);
    const child = await start("trap '' TERM; echo up; sleep 1000");
    await firstLine(child);
    expect(await readdir(join(home, "run", "children"))).toEqual([String(child.pid)]);
    await sandbox.close();
    expect((await child.exited).signal).toBe("SIGKILL");
    expect(await readdir(join(home, "run", "children"))).toEqual([]);
    await expect(start("true")).rejects.toThrow("stopping");
  });
});

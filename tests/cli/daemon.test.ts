import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lives } from "../../packages/cli/src/daemon.ts";
import type { Summary } from "../../packages/protocol/src/index.ts";
import { house } from "./daimon.ts";

/** Finding, starting, seeing and stopping the daemon; and what a command line says when something is wrong with it. */

test("--version and every --help answer without any daemon", async () => {
  await using mia = await house();
  const { version } = JSON.parse(
    await readFile(new URL("../../packages/cli/package.json", import.meta.url), "utf8"),
  ) as { version: string };
  expect(await mia.daimon(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  expect(await mia.daimon(["--help"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("usage: daimon [COMMAND]"),
    stderr: "",
  });
  expect(await mia.daimon(["run", "--help"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^usage: daimon run /),
    stderr: "",
  });
  expect(await mia.daimon(["sesions"])).toEqual({
    code: 2,
    stdout: "",
    stderr: 'daimon: there is no command "sesions"; did you mean "sessions"?\n',
  });
  expect(() => mia.pid()).toThrow("ENOENT");
});

test("status, stop and logs start no daemon, and say that there is none", async () => {
  await using mia = await house();
  expect(await mia.daimon(["status"])).toEqual({
    code: 3,
    stdout: "",
    stderr: 'daimon: no daemon is running; "daimon serve" starts one\n',
  });
  expect(await mia.daimon(["stop"])).toEqual({ code: 0, stdout: "no daemon is running\n", stderr: "" });
  expect(await mia.daimon(["logs"])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^daimon: there is no log at .*\n$/),
  });
  expect(() => mia.pid()).toThrow("ENOENT");
});

test("several commands at once start one daemon, make one session a folder and all get there; stop ends it and the sessions stay", async () => {
  await using mia = await house();
  const folders = ["a", "b", "a", "b"].map((name) => join(mia.work, name));
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  const ran = await Promise.all(folders.map((cwd, i) => mia.daimon(["py", `${i} + 1`], { cwd })));
  expect(ran.map(({ code, stdout }) => [code, stdout])).toEqual([1, 2, 3, 4].map((n) => [0, `${n}\n`]));
  const status = await mia.daimon(["status", "--json"]);
  expect(JSON.parse(status.stdout)).toMatchObject({ pid: mia.pid(), sessions: 2, home: mia.home, http: null });
  expect((await mia.daimon(["status"])).stdout).toMatch(new RegExp(`^daimon .* runs \\(pid ${mia.pid()}, `));
  const first = mia.pid();
  expect(await mia.daimon(["stop"])).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(lives(first)).toBe(false);
  const { sessions } = JSON.parse((await mia.daimon(["sessions", "--json"])).stdout) as { sessions: Summary[] };
  expect(sessions.map(({ cwd }) => cwd).toSorted()).toEqual(folders.slice(0, 2));
  expect(mia.pid()).not.toBe(first);
});

test("serve starts it; in the foreground it stays, with its log on stderr, until a signal ends it in order", async () => {
  await using mia = await house();
  const { code, stdout } = await mia.daimon(["serve"]);
  expect([code, stdout]).toEqual([0, `the daemon runs (pid ${mia.pid()})\n`]);
  expect(await mia.daimon(["serve", "--foreground"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("runs already"),
  });
  await mia.daimon(["stop"]);

  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    const foreground = mia.start(["serve", "--foreground"]);
    await new Promise((resolve) => foreground.stdout!.once("data", resolve));
    expect((await mia.daimon(["py", "1"])).stdout).toBe("1\n");
    foreground.kill(signal);
    const { code: ended, stderr } = await foreground.ran;
    expect([signal, ended]).toEqual([signal, 0]);
    expect(stderr).toContain('"message":"listening"');
    expect((await mia.daimon(["status"])).code).toBe(3);
  }
});

test("logs prints what the daemon wrote, and with -f what it goes on writing", async () => {
  await using mia = await house();
  await mia.daimon(["serve"]);
  expect((await mia.daimon(["logs"])).stdout).toContain("listening");
  const following = mia.start(["logs", "-f"]);
  await new Promise((resolve) => following.stdout!.once("data", resolve));
  const more = new Promise((resolve) => following.stdout!.once("data", resolve));
  await mia.daimon(["stop"]);
  await more;
  following.kill("SIGINT");
  expect((await following.ran).code).toBe(0);
});

test("a daemon that cannot start says why in its own words, on one line, with exit code 3", async () => {
  await using mia = await house();
  await mkdir(join(mia.home, "config"), { recursive: true, mode: 0o700 });
  await writeFile(join(mia.home, "config", "config.toml"), "modle = 'x'\n");
  const { code, stdout, stderr } = await mia.daimon(["sessions"]);
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toMatch(/^daimon: no daemon could be started: [^\n]*modle[^\n]*\n$/);
});

test("a home that is a file, a link, or where no folder can be made, is refused with what to do", async () => {
  await using mia = await house();
  await writeFile(join(mia.work, "file"), "");
  await symlink(mia.work, join(mia.work, "link"));
  for (const home of [join(mia.work, "file"), join(mia.work, "link"), "/proc/daimon"]) {
    const { code, stderr } = await mia.daimon(["sessions"], { env: { DAIMON_HOME: home } });
    expect([home, code]).toEqual([home, 3]);
    expect(stderr).toMatch(/^daimon: no daemon could be started: [^\n]*DAIMON_HOME[^\n]*\n$/);
  }
});

test("a home with a path of 200 bytes works like any other", async () => {
  await using mia = await house();
  const env = { DAIMON_HOME: join(mia.work, "x".repeat(100), "y".repeat(100)) };
  expect(await mia.daimon(["py", "6*7"], { env })).toEqual({ code: 0, stdout: "42\n", stderr: "" });
  expect(await mia.daimon(["stop"], { env })).toMatchObject({ code: 0 });
});

test("a wrong token is refused with exit code 4, and the answer tells nothing about the right one", async () => {
  await using mia = await house();
  await mia.daimon(["serve"]);
  const right = (await readFile(join(mia.home, "state", "token"), "utf8")).trim();
  const { code, stdout, stderr } = await mia.daimon(["sessions"], { env: { DAIMON_TOKEN: `dmn_${"A".repeat(43)}` } });
  expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
  expect(stderr).toMatch(/^daimon: [^\n]*token[^\n]*\n$/);
  expect(stderr).not.toContain(right.slice(4, 12));
});

test("another machine's daemon is not silently taken for this one's", async () => {
  await using mia = await house();
  expect(await mia.daimon(["sessions"], { env: { DAIMON_HOST: "ssh://box" } })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^daimon: DAIMON_HOST is ssh:\/\/box, and ssh:\/\/ does not work yet; .*\n$/),
  });
});

test("who stops reading ends the command quietly", async () => {
  await using mia = await house();
  const child = mia.start(["py", "import time\nfor i in range(300): print('x' * 1000); time.sleep(.01)"]);
  child.stdout!.once("data", () => child.stdout!.destroy());
  expect((await child.ran).stderr).toBe("");
});

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { toolchains } from "../../packages/server/src/sandboxes/bwrap/system.ts";
import { hasSandbox } from "../conformance/sandboxes.ts";
import { confined, onHost, place, token } from "./world.ts";

const tool = (path: string, says: string): void => {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho ${says}\n`);
  chmodSync(path, 0o755);
};

describe.runIf(await hasSandbox())("what a command sees", () => {
  test("is nothing of the daemon's, though its root holds the daemon's folders, and it cannot move them into sight", async () => {
    const look = (folder: string) =>
      `mv home moved; mv home/state state; cat home/state/token '${folder}'/*/state/token moved/state/token state/token; ls -A home/state`;
    const bare = await place(onHost);
    expect((await bare.run(look(bare.folder), { cwd: bare.folder, writable: [bare.folder] })).stdout).toContain(token);
    const { folder, home, run } = await place(confined());
    const root = { cwd: folder, writable: [folder] };
    for (let again = 0; again < 2; again++) {
      const { stdout } = await run(look(folder), root);
      expect(stdout).toBe("");
      expect(existsSync(join(home, "state/token"))).toBe(true);
    }
    expect((await run("echo x >new; cat outside/file", root)).stdout).toBe("theirs\n");
    expect(existsSync(join(folder, "new"))).toBe(true);
    expect((await run("echo x >home/state/new", root)).code).not.toBe(0);
  });

  test("cannot be a root that is the daemon's own, or in it, by whatever link, or the system itself", async () => {
    const { home, project, run } = await place(confined());
    symlinkSync(join(home, "state"), join(project, "link"));
    mkdirSync(join(home, "state", "deep"));
    for (const root of [
      join(home, "state"),
      join(home, "state", "deep"),
      join(project, "link"),
      join(project, "link/deep"),
    ])
      await expect(run("true", { writable: [project, root] })).rejects.toMatchObject({ code: "forbidden" });
    for (const root of ["/", "/etc", "/usr", "/proc/self", "/dev/shm"])
      await expect(run("true", { writable: [root] })).rejects.toMatchObject({ code: "unsupported" });
  });

  test("is what its profile names: roots, what may be read beside, and its program", async () => {
    const { folder, outside, project, run, sandbox } = await place(confined());
    expect((await run(`cat '${outside}/file'`)).code).not.toBe(0);
    expect((await run(`cat '${outside}/file'; echo x >'${outside}/file'`, { readable: [outside] })).stdout).toBe(
      "theirs\n",
    );
    expect(await run("echo x >here", { writable: [] })).not.toMatchObject({ code: 0 });
    expect((await run(`cat '${outside}/file'`, { readable: [outside], hidden: [outside] })).code).not.toBe(0);
    const program = join(folder, "tools", "program");
    tool(program, "run");
    const profile = { cwd: project, env: {}, network: [], writable: [], label: "a program" };
    const child = await sandbox.spawn([program], profile, new AbortController().signal);
    expect((await child.exited).code).toBe(0);
  });

  test("is the folder of a tool that PATH names, with what lies beside its programs, and never a whole home", async () => {
    const { folder, project, run } = await place(confined());
    tool(join(folder, "node-1/bin/thing"), '$(cat "$(dirname "$0")/../lib/part")');
    mkdirSync(join(folder, "node-1/lib"));
    writeFileSync(join(folder, "node-1/lib/part"), "whole");
    writeFileSync(join(folder, "node-1/key"), "part of it");
    tool(join(folder, "user/.local/bin/mine"), "mine");
    mkdirSync(join(folder, "user/.local/lib"));
    writeFileSync(join(folder, "user/.local/secret"), "secret");
    tool(join(project, "node_modules/.bin/own"), "own");
    const PATH = `${folder}/node-1/bin:${folder}/user/.local/bin:${project}/node_modules/.bin:.:/usr/bin:/bin`;
    const wanted = { env: { PATH } };
    expect((await run("thing; mine; own", wanted)).stdout).toBe("whole\nmine\nown\n");
    expect((await run(`cat '${folder}/user/.local/secret'`, wanted)).code).not.toBe(0);
    expect((await run(`echo x >'${folder}/node-1/bin/thing'`, wanted)).code).not.toBe(0);
    // What lies in its own root is its own.
    expect((await run("echo x >node_modules/.bin/own", wanted)).code).toBe(0);
  });

  test("is an empty home, and a /tmp of its own, of which nothing stays", async () => {
    const { folder, run } = await place(confined());
    const HOME = join(folder, "user");
    mkdirSync(HOME);
    writeFileSync(join(HOME, ".netrc"), "secret");
    const env = { PATH: "/usr/bin:/bin", HOME, TMPDIR: join(folder, "outside") };
    const { stdout } = await run(
      "ls -A ~; echo x >~/new; echo x >/tmp/daimon-new; cat ~/new; mktemp; cat /etc/shadow; ls /run /var",
      { env },
    );
    expect(stdout).toMatch(/^\.gitconfig\nx\n\/tmp\/tmp\.\w+\n\/run:\n\n\/var:\ntmp\n$/);
    expect(existsSync(join(HOME, "new")) || existsSync("/tmp/daimon-new")).toBe(false);
  });

  test("is none of the settings of a home that is a root itself, and nothing is left there for a shell to start", async () => {
    const before = process.env["HOME"];
    const { folder, run } = await place((home, said) => {
      process.env["HOME"] = join(home, "..");
      return confined()(home, said);
    });
    const root = { cwd: folder, writable: [folder] };
    mkdirSync(join(folder, ".aws"));
    writeFileSync(join(folder, ".aws/keys"), "secret");
    writeFileSync(join(folder, ".netrc"), "secret");
    const { stdout, notes } = await run(
      "cat .aws/keys .netrc; echo x >.netrc; echo x >.aws/new; echo x >.bashrc; rm -rf .aws; echo x >seen; ls -A .aws",
      root,
    );
    process.env["HOME"] = before;
    expect(stdout).toBe("");
    expect(notes).toEqual([expect.stringContaining(`${folder}/.bashrc appeared`)]);
    expect(readFileSync(join(folder, ".netrc"), "utf8")).toBe("secret");
    expect(readdirSync(join(folder, ".aws"))).toEqual(["keys"]);
    expect([".bashrc", "seen"].map((name) => existsSync(join(folder, name)))).toEqual([false, true]);
  });

  test("holds no argument of ours: what its environment says is on no command line", async () => {
    const { start } = await place(confined());
    const child = await start("read -r _; cat /proc/1/environ", { env: { PATH: "/usr/bin:/bin", KEY: "sk-secret" } });
    expect(readFileSync(`/proc/${child.pid}/cmdline`, "utf8")).not.toContain("sk-secret");
    child.stdin?.end();
    expect(await text(child.stdout)).not.toContain("sk-secret");
  });
});

test("a tool of the system's needs no folder of its own, and one in the home folder itself is no whole home", () => {
  expect(toolchains("/usr/bin:/bin:/usr/local/bin", homedir())).toEqual([]);
  expect(toolchains(join(homedir(), "bin"), homedir())).not.toContain(homedir());
});

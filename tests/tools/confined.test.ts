import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bash } from "../../packages/server/src/tools/bash/index.ts";
import { bashKill, bashOutput } from "../../packages/server/src/tools/bash/following.ts";
import { git } from "../../packages/server/src/tools/git/index.ts";
import { hasSandbox, sandboxFor } from "../conformance/sandboxes.ts";
import { folder, put } from "./place.ts";
import { calling, gone, mark, session } from "./programs.ts";

/** Commands of the assistant in the sandbox of this machine. */

const sandbox = sandboxFor(folder());
const confined = await hasSandbox();
beforeAll(() => sandbox.ready());
afterAll(() => sandbox.close());
const at = (cwd = folder()) => session({ cwd }, sandbox);
const run = (command: string, context = at(), more: object = {}) => calling(bash, { command, ...more }, context);

describe.runIf(confined)("in the sandbox", () => {
  test("a command works in the session's folder, and changes nothing else", async () => {
    const context = at();
    const elsewhere = folder(homedir());
    const { text, ok } = await run(
      `echo mine > file; cat file; echo no > ${elsewhere}/file; ls -A ~ | head -3`,
      context,
    );
    expect(ok).toBe(true);
    expect(text).toMatch(/^mine\n/);
    expect(readFileSync(join(context.cwd, "file"), "utf8")).toBe("mine\n");
    expect(existsSync(join(elsewhere, "file"))).toBe(false);
    // The attack works without it.
    await calling(bash, { command: `echo no > ${elsewhere}/file` }, session());
    expect(existsSync(join(elsewhere, "file"))).toBe(true);
  });

  test("what a command says, how it ends and what ended it is told as elsewhere", async () => {
    expect(await run("echo out; echo err >&2; exit 3")).toMatchObject({
      ok: false,
      exit: 3,
      text: "out\nerr\n[Command exited with code 3]",
    });
    expect((await run("kill -SEGV $$")).text).toContain("[Command was killed by SIGSEGV]");
    expect((await run("cat; echo $TERM $PAGER ${DAIMON_TOKEN:-none}")).text).toBe("dumb cat none");
  });

  test("its time ends a command with all of it, and a job goes on until it is killed", async () => {
    const wanted = mark();
    const late = await run(`setsid sleep ${wanted} & sleep ${wanted}`, at(), { timeout: 1 });
    expect(late).toMatchObject({ ok: false, outcome: "timeout" });
    await gone(wanted);
    const context = at();
    await calling(bash, { command: `echo up; setsid sleep ${wanted} & sleep ${wanted}`, background: true }, context);
    expect((await calling(bashOutput, { job: "job:1", wait: 60 }, context)).text).toContain("up");
    await calling(bashKill, { job: "job:1" }, context);
    await gone(wanted);
  });

  test("git looks and commits, as whom people told git that they are", async () => {
    const home = folder();
    put(join(home, ".gitconfig"), "[user]\nname = Mia\nemail = mia@example.com\n[alias]\nsecret = token\n");
    const before = process.env["HOME"];
    process.env["HOME"] = home;
    try {
      const context = at();
      execFileSync("git", ["init", "-q", "-b", "main"], { cwd: context.cwd });
      put(join(context.cwd, "file"), "x\n");
      const use = async (input: object) => (await calling(git, input, context)).text;
      expect(await use({ does: "status" })).toBe("On branch main, without a commit yet\nNot known to git:\n  file");
      expect(await use({ does: "add", paths: ["."] })).toContain("Staged:\n  new: file");
      expect(await use({ does: "commit", message: "first" })).toContain("1 file changed");
      expect(await use({ does: "log" })).toMatch(/ Mia \(HEAD -> main\) first$/);
      expect(await use({ does: "branch", name: "side" })).toBe("Done.");
      // What else stands there is not for programs of the repository.
      expect((await run("cat ~/.gitconfig", context)).text).not.toContain("token");
    } finally {
      process.env["HOME"] = before;
    }
  });

  test("git in a folder of a repository shows all of it", async () => {
    const top = folder();
    execFileSync("git", ["init", "-q", "-b", "main"], { cwd: top });
    put(join(top, "sub/file"), "x\n");
    put(join(top, "above"), "x\n");
    const { text } = await calling(git, { does: "status" }, at(join(top, "sub")));
    expect(text).toBe("On branch main, without a commit yet\nNot known to git:\n  above\n  sub/");
  });
});

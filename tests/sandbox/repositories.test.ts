import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasSandbox } from "../conformance/sandboxes.ts";
import { git, ordinary, planted, repositories } from "./repositories.ts";
import { confined, onHost, place, token } from "./world.ts";

/** All that is in a folder, as it is. */
const contents = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mode, size, mtimeMs } = lstatSync(path);
      const what = entry.isFile() ? readFileSync(path, "base64") : entry.isSymbolicLink() ? readlinkSync(path) : "";
      return `${path} ${mode} ${entry.isDirectory() ? "" : `${size} ${mtimeMs}`} ${what}`;
    })
    .toSorted();

describe.runIf(await hasSandbox())("a hostile repository", () => {
  const possible = repositories.filter(({ root }) => !root || process.getuid?.() === 0);
  test.each(possible)("is inert: $about", async ({ make, attack = "true" }) => {
    const { project, outside, home, run } = await place(confined());
    make({ root: project, outside, state: join(home, "state"), ran: join(outside, "ran") });
    const before = contents(outside);
    const seen = await run(`cat '${home}/state/token'; ls -A '${home}'; echo; ${attack}`);
    expect(`${seen.stdout}${seen.stderr}`).not.toContain(token);
    expect(seen.stdout.startsWith("\n")).toBe(true);
    expect(contents(outside)).toEqual(before);
    expect(readFileSync(join(home, "state/token"), "utf8")).toBe(token);
  });

  test("whose name is more than one line, or an option, is a folder like any other", async () => {
    for (const name of ["a\nb\x1b[31m", "--bind", " '\"$(touch x)"]) {
      const { project, run } = await place(confined(), name);
      expect((await run("pwd; echo x >here")).stdout).toBe(`${project}\n`);
      expect(existsSync(join(project, "here"))).toBe(true);
    }
  });

  test("does its worst where nothing confines it", async () => {
    const through = [];
    for (const { about, make, attack = "true" } of possible) {
      const { project, outside, home, run } = await place(onHost);
      make({ root: project, outside, state: join(home, "state"), ran: join(outside, "ran") });
      const before = contents(outside).join("\n");
      const { stdout } = await run(attack);
      const changed =
        contents(outside).join("\n") !== before || readFileSync(join(home, "state/token"), "utf8") !== token;
      if (changed || stdout.includes(token)) through.push(about);
    }
    // The others are about the sandbox itself: what it would do, or make somebody wait for.
    expect(through.length).toBeGreaterThanOrEqual(10);
  });
});

/** What a person's own prompt does in every folder, and what they do themselves. */
function goOnOutside(root: string): void {
  const options = { cwd: root, env: { PATH: process.env["PATH"], HOME: "/", ...someone } };
  spawnSync("git", ["status"], options);
  spawnSync("git", ["commit", "--allow-empty", "-qm", "more"], options);
}
const someone = Object.fromEntries(
  ["AUTHOR", "COMMITTER"].flatMap((who) => [
    [`GIT_${who}_NAME`, "a"],
    [`GIT_${who}_EMAIL`, "a@b"],
  ]),
);

describe.runIf(await hasSandbox())("what a command plants for others to run", () => {
  test.each(Object.entries(planted))("%s, is moved aside and told", async (_about, { make, attack, aside }) => {
    const bare = await place(onHost);
    make(bare.project);
    await bare.run(attack);
    goOnOutside(bare.project);
    // Without a sandbox it would have run; only daimon itself reads its rules.
    expect(existsSync(join(bare.project, "RAN"))).toBe(aside !== ".daimon");

    const { project, run, said } = await place(confined());
    make(project);
    const { notes } = await run(attack);
    goOnOutside(project);
    expect(existsSync(join(project, "RAN"))).toBe(false);
    expect(notes).toEqual([expect.stringContaining(`${join(project, aside)} appeared`)]);
    expect(said.join("\n")).toContain("appeared");
    expect(existsSync(join(project, `${aside}.untrusted-1`))).toBe(true);
  });

  test("is moved aside while the command still runs", async () => {
    const { project, start } = await place(confined());
    ordinary(project);
    const child = await start("echo ../evil >.git/commondir; sleep 1000");
    await expect.poll(() => existsSync(join(project, ".git/commondir.untrusted-1")), { timeout: 10_000 }).toBe(true);
    expect(existsSync(join(project, ".git/commondir"))).toBe(false);
    child.kill("SIGKILL");
    await child.exited;
  });

  test("cannot be put where something is, nor by moving that away", async () => {
    const { project, run } = await place(confined());
    ordinary(project);
    mkdirSync(join(project, ".daimon"));
    const before = execFileSync("ls", ["-lARi", ".git/hooks", ".git/config", ".daimon"], {
      cwd: project,
      encoding: "utf8",
    });
    const tricks = [
      "mv .git x",
      "rm -rf .git/hooks .git/config",
      "mv .git/hooks x",
      "ln -sf x .git/config",
      "rm -rf .daimon",
      "mv .daimon x",
      "cp -r .git y && mv -T --exchange .git y",
    ];
    const { notes } = await run(tricks.join("; "));
    const after = execFileSync("ls", ["-lARi", ".git/hooks", ".git/config", ".daimon"], {
      cwd: project,
      encoding: "utf8",
    });
    expect(after).toBe(before);
    expect(notes).toBeUndefined();
  });
});

describe.runIf(await hasSandbox())("an honest repository", () => {
  test("can be worked in: commits, branches, stashes, a new one", async () => {
    const { project, run } = await place(confined());
    ordinary(project);
    const work =
      "git switch -qc side && echo more >>file && git commit -qam two && git stash list && git tag t && git gc -q && git rebase -q master side";
    const env = { PATH: "/usr/bin:/bin", ...someone };
    git(project, "branch", "-qM", "master");
    expect(await run(work, { env })).toMatchObject({ code: 0, stderr: "" });
    expect(git(project, "log", "--format=%s", "side")).toBe("two\none\n");
    const fresh = await place(confined());
    const { notes, code } = await fresh.run("git init -q && echo x >a && git add a && git commit -qm first", { env });
    expect({ notes, code }).toEqual({ notes: undefined, code: 0 });
    expect(git(fresh.project, "log", "--format=%s")).toBe("first\n");
  });

  test("that is the worktree of another, too, and that other is protected as well", async () => {
    const { project, outside, run } = await place(confined());
    ordinary(outside);
    git(outside, "worktree", "add", "-q", "-b", "side", join(project, "tree"));
    const tree = join(project, "tree");
    const env = { PATH: "/usr/bin:/bin", ...someone };
    const inTree = { env, cwd: tree, writable: [tree] };
    expect(await run("echo more >>file && git commit -qam two", inTree)).toMatchObject({ code: 0, stderr: "" });
    expect(git(outside, "log", "--format=%s", "side")).toBe("two\none\n");
    const files = () =>
      contents(outside).filter((line) => !/\/objects|\/worktrees\/tree |\.untrusted-1 |\/outside\/\.git /.test(line));
    const before = files();
    const evil = [
      "hooks/pre-commit",
      "config",
      "worktrees/tree/commondir",
      "worktrees/tree/config.worktree",
      "../file",
    ];
    const { notes } = await run(
      `cd '${outside}/.git' && { ${evil.map((path) => `echo x >>${path}`).join("; ")}; }`,
      inTree,
    );
    expect(files()).toEqual(before);
    expect(notes).toEqual([expect.stringContaining("config.worktree appeared")]);
  });
});

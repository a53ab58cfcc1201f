import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ToolContext } from "../../packages/server/src/core/ports.ts";
import { git } from "../../packages/server/src/tools/git/index.ts";
import { folder, link, put } from "./place.ts";
import { calling, session, wholeOf } from "./programs.ts";

const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: folder(),
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Mia",
  GIT_AUTHOR_EMAIL: "mia@example.com",
  GIT_COMMITTER_NAME: "Mia",
  GIT_COMMITTER_EMAIL: "mia@example.com",
};
const plainGit = (cwd: string, ...words: string[]) =>
  execFileSync("git", words, { cwd, env, encoding: "utf8", stdio: "pipe", timeout: 10_000 });

/** A repository with one commit. */
function repository(cwd = folder()): string {
  plainGit(cwd, "init", "-q", "-b", "main");
  plainGit(cwd, "config", "user.name", "Mia");
  plainGit(cwd, "config", "user.email", "mia@example.com");
  put(join(cwd, "kept.txt"), "one\ntwo\n");
  plainGit(cwd, "add", ".");
  plainGit(cwd, "commit", "-qm", "first");
  return cwd;
}
const use = (cwd: string, input: object, more: Partial<ToolContext> = {}) =>
  calling(git, input, session({ cwd, ...more }));
const text = async (cwd: string, input: object) => (await use(cwd, input)).text;

describe("status", () => {
  test("tells what has changed, what is staged, in conflict and unknown, under its names", async () => {
    const cwd = repository();
    expect(await text(cwd, { does: "status" })).toBe("On branch main\nNothing has changed.");
    for (const name of ["moved.txt", "gone.txt", "größe 😀.txt"]) put(join(cwd, name), `${name}\n`.repeat(9));
    plainGit(cwd, "add", ".");
    plainGit(cwd, "commit", "-qm", "second");
    plainGit(cwd, "mv", "moved.txt", "to here.txt");
    plainGit(cwd, "rm", "-q", "gone.txt");
    put(join(cwd, "kept.txt"), "one\n");
    put(join(cwd, "größe 😀.txt"), "less\n");
    plainGit(cwd, "add", "größe 😀.txt");
    put(join(cwd, "größe 😀.txt"), "even less\n");
    put(join(cwd, "new\u001b[2J\nline"), "");
    put(join(cwd, "folder/inside"), "");
    expect(await text(cwd, { does: "status" })).toBe(
      `On branch main
Staged:
  deleted: gone.txt
  changed: größe 😀.txt
  renamed: moved.txt -> to here.txt
Not staged:
  changed: größe 😀.txt
  changed: kept.txt
Not known to git:
  folder/
  "new\\u001b[2J\\nline"`,
    );
  });

  test("tells of a conflict, of no branch, of a fresh repository and of the branch that is followed", async () => {
    const fresh = folder();
    plainGit(fresh, "init", "-q", "-b", "main");
    expect(await text(fresh, { does: "status" })).toMatch(/^On branch main, without a commit yet\n/);
    const cwd = repository();
    const clone = folder();
    plainGit(clone, "clone", "-q", cwd, ".");
    put(join(clone, "kept.txt"), "theirs\n");
    plainGit(clone, "commit", "-qam", "ahead");
    expect(await text(clone, { does: "status" })).toMatch(
      /^On branch main, following origin\/main, 1 ahead and 0 behind\n/,
    );
    put(join(cwd, "kept.txt"), "ours\n");
    plainGit(cwd, "commit", "-qam", "ours");
    plainGit(clone, "fetch", "-q");
    expect(() => plainGit(clone, "merge", "-q", "origin/main")).toThrow("Command failed");
    expect(await text(clone, { does: "status" })).toContain("Conflicts:\n  kept.txt");
    plainGit(cwd, "checkout", "-q", "--detach");
    expect(await text(cwd, { does: "status" })).toMatch(/^On no branch, at [0-9a-f]{10}\n/);
  });
});

describe("looking back", () => {
  test("diff shows the work tree, what is staged, revisions and single paths", async () => {
    const cwd = repository();
    expect(await text(cwd, { does: "diff" })).toBe("There is no difference.");
    put(join(cwd, "kept.txt"), "one\n2\n");
    put(join(cwd, "-x"), "a file named as an option\n");
    expect(await text(cwd, { does: "diff" })).toContain("\n-two\n+2");
    plainGit(cwd, "add", ".");
    expect(await text(cwd, { does: "diff" })).toBe("There is no difference.");
    expect(await text(cwd, { does: "diff", staged: true, paths: ["-x"] })).toContain("+a file named as an option");
    plainGit(cwd, "commit", "-qm", "second");
    expect(await text(cwd, { does: "diff", rev: "HEAD~1..HEAD", paths: ["kept.txt"] })).toContain("+2");
  });

  test("log has a line for each commit, show all of one", async () => {
    const cwd = repository();
    put(join(cwd, "kept.txt"), "\u001b[2Jmore\n");
    plainGit(cwd, "commit", "-qam", "second \u001b]0;title\u0007one");
    const log = await text(cwd, { does: "log" });
    expect(log).toMatch(/^[0-9a-f]{7} \d{4}-\d\d-\d\d .* Mia \(HEAD -> main\) second one\n[0-9a-f]{7} .* Mia first$/);
    expect(await text(cwd, { does: "log", limit: 1, rev: "HEAD~1" })).toMatch(/^[0-9a-f]{7} .* first$/);
    const shown = await text(cwd, { does: "show" });
    expect(shown).toMatch(/^commit [0-9a-f]{40}\n.*Author: Mia.*second one.*1 file changed.*-two\n\+more$/s);
    expect(await text(cwd, { does: "show", rev: "HEAD~1:kept.txt" })).toBe("one\ntwo");
  });

  test("much of it shows its beginning, and is kept whole", async () => {
    const cwd = repository();
    const all = Array.from({ length: 30_000 }, (_, line) => `line ${line}`).join("\n");
    put(join(cwd, "kept.txt"), all);
    const context = session({ cwd });
    const result = await calling(git, { does: "diff" }, context);
    expect(result.cut).toBe(true);
    expect(Buffer.byteLength(result.text)).toBeLessThan(51 * 1024);
    expect(result.text).toMatch(/\n\+line 0\n.*\n\[\.\.\. 2000 of 3\d{4} lines are shown \.\.\.\]$/s);
    expect(wholeOf(result, context)).toContain("+line 29999");
  });

  test("a huge repository's history is bounded in what is kept too", async () => {
    const cwd = repository();
    put(join(cwd, "huge"), Buffer.alloc(20_000_000, "0123456789\n"));
    plainGit(cwd, "add", "huge");
    const context = session({ cwd });
    const result = await calling(git, { does: "diff", staged: true }, context);
    expect(result.text).toContain("git had more to say than is kept.");
    expect(wholeOf(result, context)?.length).toBeLessThan(9 * 1024 ** 2);
  });

  test("it touches nothing, so it runs unasked; what changes something is asked about as what it is", () => {
    for (const does of ["status", "diff", "log", "show", "branch"]) expect(git.touching?.({ does })).toBe("nothing");
    const changes = [
      { does: "add", paths: ["."] },
      { does: "commit", message: "x" },
      { does: "branch", name: "x" },
    ];
    for (const input of changes) expect(git.touching?.(input)).toBe("world");
    expect(git.command?.({ does: "branch", name: "x", act: "delete", force: true })).toEqual([
      "git",
      "branch",
      "-D",
      "--",
      "x",
    ]);
    expect(git.show({ does: "branch", name: "x", act: "delete", force: true }).text).toBe("git branch -D -- x");
  });
});

describe("changing", () => {
  test("add stages paths and tells what is staged now", async () => {
    const cwd = repository();
    put(join(cwd, "-n"), "x");
    put(join(cwd, "other"), "x");
    expect(await text(cwd, { does: "add", paths: ["-n"] })).toBe(
      "On branch main\nStaged:\n  new: -n\nNot known to git:\n  other",
    );
  });

  test("commit is asked about with what it holds, and runs the hooks", async () => {
    const cwd = repository();
    const context = session({ cwd });
    const input = { does: "commit", message: "--amend\n\nand more" };
    expect(await git.preview?.(input, context)).toMatchObject({
      ok: false,
      text: expect.stringContaining("Nothing is staged"),
    });
    put(join(cwd, "kept.txt"), "one\n");
    plainGit(cwd, "add", ".");
    expect((await git.preview?.(input, context))?.text).toMatch(
      /^git commit: --amend\n\nand more\n\n kept.txt \| 1 -\n 1 file changed/,
    );
    put(join(cwd, ".git/hooks/pre-commit"), "#!/bin/sh\necho ran > hook\n");
    chmodSync(join(cwd, ".git/hooks/pre-commit"), 0o755);
    expect(await text(cwd, input)).toMatch(/^\[main [0-9a-f]{7}\] --amend\n 1 file changed/);
    expect(existsSync(join(cwd, "hook"))).toBe(true);
    expect(plainGit(cwd, "log", "--format=%s", "-n2")).toBe("--amend\nfirst\n");
  });

  test("a branch is made, switched to, listed and deleted; one that is merged nowhere only by force", async () => {
    const cwd = repository();
    expect(await text(cwd, { does: "branch", name: "side" })).toBe("Done.");
    expect(await text(cwd, { does: "branch", name: "side", act: "switch" })).toBe("Switched to branch 'side'");
    put(join(cwd, "kept.txt"), "side\n");
    plainGit(cwd, "commit", "-qam", "aside");
    expect(await text(cwd, { does: "branch" })).toMatch(
      /^ {2}main [0-9a-f]{7} {2}first\n\* side [0-9a-f]{7} {2}aside$/,
    );
    await use(cwd, { does: "branch", name: "main", act: "switch" });
    const refused = await use(cwd, { does: "branch", name: "side", act: "delete" });
    expect(refused).toMatchObject({ ok: false, exit: 1, text: expect.stringContaining("not fully merged") });
    expect((await use(cwd, { does: "branch", name: "side", act: "delete", force: true })).ok).not.toBe(false);
  });

  test("what does not fit is a sentence, and nobody is asked about it", async () => {
    const context = session({ cwd: repository() });
    const wrong: [object, RegExp][] = [
      [{ does: "commit" }, /^git commit needs message\.$/],
      [{ does: "add" }, /^git add needs paths\.$/],
      [{ does: "status", rev: "HEAD" }, /^git status takes no rev\.$/],
      [{ does: "branch", act: "delete" }, /^git branch needs name\.$/],
      [{ does: "branch", name: "x", force: true }, /force only to delete/],
    ];
    for (const [input, says] of wrong) {
      expect(await calling(git, input, context)).toMatchObject({ ok: false, text: expect.stringMatching(says) });
      expect(await git.preview?.(input, context)).toMatchObject({ ok: false, text: expect.stringMatching(says) });
    }
  });
});

describe("where there is no repository to look at", () => {
  test("that is said", async () => {
    expect(await use(folder(), { does: "status" })).toMatchObject({
      ok: false,
      text: expect.stringContaining("no git repository"),
    });
  });

  test("and no git, that is said", async () => {
    const cwd = repository();
    const path = process.env["PATH"];
    process.env["PATH"] = cwd;
    try {
      link(join(cwd, "git"), "/bin/true"); // one that lies where the assistant may write is not it
      expect(await use(cwd, { does: "status" })).toMatchObject({
        ok: false,
        text: expect.stringContaining("not installed"),
      });
    } finally {
      process.env["PATH"] = path;
    }
  });

  test("a revision or path that git does not know is told in its words", async () => {
    const cwd = repository();
    expect(await use(cwd, { does: "show", rev: "nowhere" })).toMatchObject({
      ok: false,
      exit: 128,
      text: /^git show failed: fatal: .*nowhere/,
    });
    expect(await use(cwd, { does: "show", rev: "--output=x" })).toMatchObject({
      ok: false,
      text: expect.stringContaining("rev"),
    });
    expect(existsSync(join(cwd, "x"))).toBe(false);
  });

  test("a session in a folder of a repository sees all of it; a work tree elsewhere is as good", async () => {
    const cwd = repository();
    put(join(cwd, "sub/file"), "x");
    expect(await text(join(cwd, "sub"), { does: "status" })).toContain("Not known to git:\n  sub/");
    const other = join(folder(), "tree");
    plainGit(cwd, "worktree", "add", "-q", other, "-b", "other");
    put(join(other, "kept.txt"), "other\n");
    expect(await text(other, { does: "status" })).toBe("On branch other\nNot staged:\n  changed: kept.txt");
    expect(await text(other, { does: "log" })).toContain("first");
  });
});

describe("a repository that means harm", () => {
  /** A program that a repository names, and what shows whether it ran since somebody last asked. */
  function trap(cwd: string): { program: string; ran: () => boolean } {
    const file = join(folder(), "ran");
    const program = join(cwd, ".git/trap");
    writeFileSync(program, `#!/bin/sh\necho ran >> ${file}\n`, { mode: 0o755 });
    const ran = () => {
      const did = existsSync(file);
      rmSync(file, { force: true });
      return did;
    };
    return { program, ran };
  }
  const everyLook = [
    { does: "status" },
    { does: "diff" },
    { does: "diff", staged: true },
    { does: "diff", rev: "HEAD~1" },
    { does: "log" },
    { does: "log", paths: ["kept.txt"] },
    { does: "show" },
    { does: "show", rev: "HEAD:kept.txt" },
    { does: "branch" },
  ];
  const traps: Record<string, (cwd: string, program: string) => void> = {
    "a monitor of files": (cwd, program) => plainGit(cwd, "config", "core.fsmonitor", program),
    "an external diff": (cwd, program) => plainGit(cwd, "config", "diff.external", program),
    "a diff of its own for a kind of file": (cwd, program) => {
      put(join(cwd, ".gitattributes"), "* diff=evil\n");
      plainGit(cwd, "config", "diff.evil.command", program);
    },
    "a text conversion": (cwd, program) => {
      put(join(cwd, ".git/info/attributes"), "* diff=evil\n");
      plainGit(cwd, "config", "diff.evil.textconv", program);
    },
    "a filter": (cwd, program) => {
      put(join(cwd, ".gitattributes"), "* filter=e=v.il\n");
      plainGit(cwd, "config", "filter.e=v.il.clean", program);
      plainGit(cwd, "config", "filter.e=v.il.required", "true");
    },
    "a filter that goes on": (cwd, program) => {
      put(join(cwd, ".git/info/attributes"), "* filter=evil\n");
      plainGit(cwd, "config", "filter.evil.process", program);
    },
    "a pager": (cwd, program) => {
      for (const key of ["core.pager", "pager.log", "pager.diff", "pager.status"])
        plainGit(cwd, "config", key, program);
    },
    "an alias": (cwd, program) => {
      for (const name of ["status", "diff", "log", "show"]) plainGit(cwd, "config", `alias.${name}`, `!${program}`);
    },
    "a check of signatures": (cwd, program) => {
      plainGit(cwd, "config", "log.showSignature", "true");
      plainGit(cwd, "config", "gpg.program", program);
      const commit = plainGit(cwd, "cat-file", "commit", "HEAD").replace(
        "\n\n",
        "\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n\n",
      );
      const signed = execFileSync("git", ["hash-object", "-t", "commit", "-w", "--stdin"], {
        cwd,
        env,
        input: commit,
        encoding: "utf8",
      });
      plainGit(cwd, "update-ref", "HEAD", signed.trim());
    },
    hooks: (cwd, program) => {
      for (const name of ["post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-commit"])
        link(join(cwd, ".git/hooks", name), program);
    },
    "a remote that holds what is missing": (cwd, program) => {
      plainGit(cwd, "config", "core.repositoryFormatVersion", "1");
      plainGit(cwd, "config", "extensions.partialClone", "origin");
      plainGit(cwd, "config", "remote.origin.promisor", "true");
      plainGit(cwd, "config", "remote.origin.url", `ext::${program} %S`);
      plainGit(cwd, "config", "protocol.ext.allow", "always");
      const blob = plainGit(cwd, "rev-parse", "HEAD:kept.txt").trim();
      rmSync(join(cwd, ".git/objects", blob.slice(0, 2), blob.slice(2)), { force: true });
    },
    "a submodule with a filter": (cwd, program) => {
      const inner = join(cwd, "inner");
      mkdirSync(inner);
      repository(inner);
      plainGit(cwd, "-c", "advice.addEmbeddedRepo=false", "add", "inner");
      plainGit(cwd, "commit", "-qm", "inner");
      put(join(inner, "kept.txt"), "changed\n");
      put(join(inner, ".git/info/attributes"), "* filter=inner\n");
      plainGit(inner, "config", "filter.inner.clean", program);
      plainGit(cwd, "config", "diff.submodule", "diff");
      plainGit(cwd, "config", "diff.ignoreSubmodules", "none");
      plainGit(cwd, "config", "status.submoduleSummary", "true");
    },
  };
  /** With git as it comes, to see that the trap works: pagers and aliases of these names never run without a terminal. */
  const looksOfGit = [["status"], ["diff"], ["diff", "--cached"], ["log", "-p"], ["show"], ["branch"]];
  const idle = ["a pager", "an alias"];

  test.for(Object.entries(traps))("is looked at without running %s", async ([what, set]) => {
    const cwd = repository();
    put(join(cwd, "kept.txt"), "one\ntwo\nthree\n");
    plainGit(cwd, "commit", "-qam", "second");
    const { program, ran } = trap(cwd);
    set(cwd, program);
    if (what !== "a remote that holds what is missing") put(join(cwd, "kept.txt"), "ONE\ntwo\nthree\n");
    for (const words of looksOfGit)
      try {
        plainGit(cwd, ...words);
      } catch {
        // a trap may break the command that runs it
      }
    expect(ran()).toBe(!idle.includes(what));
    for (const input of everyLook) expect((await use(cwd, input)).text).toMatch(/\S/);
    expect(ran()).toBe(false);
  });

  test("that says it belongs elsewhere is not opened, and shows nothing of there", async () => {
    const secret = repository();
    put(join(secret, "kept.txt"), "secret\n");
    plainGit(secret, "commit", "-qam", "secret");
    const named = folder();
    put(join(named, ".git"), `gitdir: ${join(secret, ".git")}\n`);
    const shared = repository();
    put(join(shared, ".git/commondir"), `${join(secret, ".git")}\n`);
    const linked = folder();
    link(join(linked, ".git"), join(secret, ".git"));
    for (const cwd of [named, shared, linked]) {
      expect(plainGit(cwd, "log")).toContain("secret");
      expect(await use(cwd, { does: "log" })).toMatchObject({ ok: false, text: expect.stringContaining("not opened") });
    }
  });

  test("that says its work tree is elsewhere is believed in nothing", async () => {
    const cwd = repository();
    const elsewhere = folder();
    put(join(elsewhere, "kept.txt"), "secret\n");
    plainGit(cwd, "config", "core.worktree", elsewhere);
    expect(plainGit(cwd, "diff")).toContain("secret");
    expect(await text(cwd, { does: "diff" })).toBe("There is no difference.");
  });

  test("shows no difference of files that lie elsewhere", async () => {
    const cwd = repository();
    const outside = put(join(folder(), "secret"), "secret\n");
    expect(spawnSync("git", ["diff", "--", outside, "kept.txt"], { cwd, env }).stdout.toString()).toContain("-secret");
    link(join(cwd, "out"), join(outside, ".."));
    for (const paths of [
      [outside, "kept.txt"],
      ["../secret", "kept.txt"],
      ["out/secret", "kept.txt"],
    ]) {
      const result = await use(cwd, { does: "diff", paths });
      expect(result.text).not.toContain("+secret");
      expect(result.text).not.toContain("-secret");
    }
  });
});

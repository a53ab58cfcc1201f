import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Around = { root: string; outside: string; state: string; ran: string };
/** `make` plants it; `attack` is what a command does in it. Neither may change anything outside, or show anything of the daemon's. */
export type Repository = { about: string; make(around: Around): void; attack?: string; root?: true };

export const git = (root: string, ...words: string[]): string =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...words], {
    cwd: root,
    encoding: "utf8",
    stdio: "pipe",
  });

/** An ordinary one, with a commit. */
export function ordinary(root: string): void {
  git(root, "init", "-q");
  writeFileSync(join(root, "file"), "text\n");
  git(root, "add", "file");
  git(root, "commit", "-qm", "one");
}
const put = (path: string, text = ""): void => {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
};
const instead = (path: string, target: string): void => {
  rmSync(path, { recursive: true, force: true });
  symlinkSync(target, path);
};
const pipe = (path: string): void => {
  rmSync(path, { recursive: true, force: true });
  execFileSync("mkfifo", [path]);
};
const writes = (path: string) => `mkdir -p ${path}; echo x >${path}/pre-commit; echo x >>${path}`;

export const repositories: readonly Repository[] = [
  {
    about: ".git is a link to a repository outside",
    make({ root, outside }) {
      ordinary(outside);
      symlinkSync(join(outside, ".git"), join(root, ".git"));
    },
    attack: `${writes(".git/hooks")}; git commit -qam x --allow-empty`,
  },
  {
    about: "the hooks are a link to a folder outside",
    make({ root, outside }) {
      ordinary(root);
      instead(join(root, ".git/hooks"), outside);
    },
    attack: writes(".git/hooks"),
  },
  {
    about: "the settings are a link to a file outside",
    make({ root, outside }) {
      ordinary(root);
      instead(join(root, ".git/config"), join(outside, "file"));
    },
    attack: "echo x >>.git/config; git config core.fsmonitor 'touch x'",
  },
  {
    about: "a mount point is a link by bubblewrap's own way to the machine",
    make({ root, outside }) {
      ordinary(root);
      for (const name of ["hooks", "worktrees", "modules"])
        instead(join(root, ".git", name), `/oldroot${outside}/${name}`);
    },
    attack: "git status",
  },
  {
    about: ".daimon is a link by bubblewrap's own way to the machine",
    make: ({ root, outside }) => symlinkSync(`/oldroot${outside}/made`, join(root, ".daimon")),
    attack: writes(".daimon"),
  },
  {
    about: ".daimon is a link to the daemon's folder",
    make: ({ root, state }) => symlinkSync(state, join(root, ".daimon")),
    attack: "cat .daimon/token; echo x >.daimon/token",
  },
  {
    about: "its settings start a program for every status",
    make({ root, ran }) {
      ordinary(root);
      git(root, "config", "core.fsmonitor", `touch '${ran}'; false`);
    },
    attack: "git status; git config core.fsmonitor 'touch more'",
  },
  {
    about: "its hooks write outside",
    make({ root, ran }) {
      ordinary(root);
      put(join(root, ".git/hooks/pre-commit"), `#!/bin/sh\ntouch '${ran}'\n`);
    },
    attack: "git commit --allow-empty -qm x; echo x >.git/hooks/pre-commit; rm .git/hooks/pre-commit",
  },
  {
    about: "it has rules for daimon, which a command loosens",
    make: ({ root }) => put(join(root, ".daimon/config.toml"), 'mode = "read-only"\n'),
    attack: "rm -rf .daimon; mv .daimon x; echo 'mode = \"full-auto\"' >.daimon/config.toml",
  },
  {
    about: "filters of its attributes write outside",
    make({ root, ran }) {
      ordinary(root);
      put(join(root, ".gitattributes"), "* filter=f\n");
      git(root, "config", "filter.f.clean", `touch '${ran}'; cat`);
    },
    attack: "echo x >new; git add -A; echo '* filter=g' >.git/info/attributes",
  },
  {
    about: "a submodule lies outside and comes by a program",
    make({ root, ran }) {
      ordinary(root);
      put(join(root, ".gitmodules"), `[submodule "x"]\n\tpath = ../outside/sub\n\turl = ext::sh -c touch% ${ran}\n`);
      put(
        join(root, ".git/modules/x/config"),
        `[core]\n\tworktree = ../../../../outside\n\tfsmonitor = touch '${ran}'\n`,
      );
    },
    attack: "git -c protocol.ext.allow=always submodule update --init; echo x >.git/modules/x/config",
  },
  {
    about: "its files are of any size",
    make({ root }) {
      ordinary(root);
      for (const name of [".git/huge", "huge", ".git/commondir.big"]) {
        put(join(root, name));
        truncateSync(join(root, name), 2 ** 40);
      }
    },
    attack: "ls -l huge; git status --short",
  },
  {
    about: ".git is a file that never ends",
    make: ({ root }) => truncateSync((put(join(root, ".git"), "gitdir: "), join(root, ".git")), 2 ** 40),
    attack: "timeout 5 head -c 100 .git",
  },
  {
    about: ".git is a pipe, and .daimon is one",
    make({ root }) {
      pipe(join(root, ".git"));
      pipe(join(root, ".daimon"));
    },
    attack: "ls -l .git .daimon",
  },
  {
    about: "its settings and what lies beside them are pipes",
    make({ root }) {
      ordinary(root);
      for (const name of ["config", "commondir", "config.worktree"]) pipe(join(root, ".git", name));
    },
    attack: "ls .git",
  },
  {
    about: "its hooks are a device",
    root: true,
    make({ root }) {
      ordinary(root);
      rmSync(join(root, ".git/hooks"), { recursive: true });
      execFileSync("mknod", [join(root, ".git/hooks"), "b", "7", "0"]);
    },
    attack: "head -c 1 .git/hooks; dd if=/dev/zero of=.git/hooks count=1",
  },
  {
    about: "its names are options, and more than one line",
    make({ root }) {
      ordinary(root);
      for (const name of ["--bind", "-rf", "a\n--bind\n/\n/\n", "\x1b]0;title\x07", "x\ty", "\u202e"])
        put(join(root, name, ".git"), "x");
    },
    attack: "ls -a; git status --short",
  },
  {
    about: "its worktree claims another's repository",
    make({ root, outside }) {
      ordinary(outside);
      git(outside, "worktree", "add", "-q", join(outside, "tree"));
      put(join(root, ".git"), `gitdir: ${outside}/.git/worktrees/tree\n`);
    },
    attack: `cat "$(sed 's/gitdir: //' .git)"/HEAD; git commit -q --allow-empty -m x; ${writes("\"$(sed 's/gitdir: //' .git)\"")}`,
  },
  {
    about: "its worktree claims the daemon's folder",
    make: ({ root, state }) => put(join(root, ".git"), `gitdir: ${state}\n`),
    attack: `cat "$(sed 's/gitdir: //' .git)"/token`,
  },
  {
    about: "its worktree belongs to a repository of its own making, which says that its rest is outside",
    make({ root, outside }) {
      ordinary(outside);
      const fake = join(root, "main/worktrees/x");
      put(join(fake, "gitdir"), `${root}/.git\n`);
      put(join(fake, "commondir"), `${outside}/.git\n`);
      put(join(fake, "HEAD"), "ref: refs/heads/x\n");
      put(join(root, ".git"), `gitdir: ${fake}\n`);
    },
    attack: "git commit -q --allow-empty -m x; git status; cat ../outside/.git/HEAD",
  },
  {
    about: "its files are links to what lies outside",
    make({ root, outside, state }) {
      ordinary(root);
      symlinkSync(outside, join(root, "src"));
      symlinkSync(join(state, "token"), join(root, "README"));
      symlinkSync("/proc/1/root", join(root, "proc"));
    },
    attack: "cat README src/file; echo x >src/file; echo x >src/new; ls proc/etc/shadow; cat proc/etc/shadow",
  },
];

/** What a command may plant for others to run, in an ordinary repository or where there is none. Moved aside, and told. */
export const planted: Record<string, { make(root: string): void; attack: string; aside: string }> = {
  "settings taken from elsewhere": {
    make: ordinary,
    attack:
      "mkdir evil evil/objects evil/refs; printf '[core]\\n\\tfsmonitor = touch RAN; false\\n\\trepositoryformatversion = 0\\n' >evil/config; cp -r .git/objects .git/refs evil/; echo ../evil >.git/commondir",
    aside: ".git/commondir",
  },
  "a repository with a hook": {
    make: () => undefined,
    attack: "git init -q; printf '#!/bin/sh\\ntouch RAN\\n' >.git/hooks/pre-commit; chmod +x .git/hooks/*",
    aside: ".git",
  },
  "a repository with a program in its settings": {
    make: () => undefined,
    attack: "git init -q; git config core.fsmonitor 'touch RAN; false'",
    aside: ".git",
  },
  "a folder that is a repository itself": {
    make: () => undefined,
    attack:
      "git init -q --bare x; mv x/* .; git config --file config core.fsmonitor 'touch RAN; false'; git config --file config core.bare false; git config --file config core.worktree .",
    aside: "HEAD",
  },
  "a hook where there was no folder for any": {
    make(root) {
      ordinary(root);
      rmSync(join(root, ".git/hooks"), { recursive: true });
    },
    attack: "mkdir .git/hooks; printf '#!/bin/sh\\ntouch RAN\\n' >.git/hooks/pre-commit; chmod +x .git/hooks/*",
    aside: ".git/hooks",
  },
  "rules for daimon": {
    make: () => undefined,
    attack: "mkdir .daimon; echo 'x = 1' >.daimon/config.toml",
    aside: ".daimon",
  },
  "another repository in place of a link": {
    make(root) {
      ordinary(root);
      cpSync(join(root, ".git"), join(root, "real"), { recursive: true });
      instead(join(root, ".git"), "real");
    },
    attack: "rm .git; cp -r real .git; printf '[core]\\n\\tfsmonitor = touch RAN; false\\n' >>.git/config",
    aside: ".git",
  },
};

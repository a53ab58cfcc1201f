import { gitOf, has, operands } from "../options.ts";
import type { Harm, Use } from "./harm.ts";

/** What git cannot give back: work that was not committed, and history that others have. */
export function git({ args }: Use): Harm | undefined {
  const { does, rest } = gitOf(args);
  const names = operands(rest);
  const forced = has(rest, "f", "force");
  switch (does) {
    case "reset":
      return has(rest, "", "hard", "merge", "keep")
        ? { why: "git reset --hard throws away what is not committed", safer: "git stash, then git reset --keep" }
        : undefined;
    case "clean":
      return forced
        ? { why: "git clean deletes files that git does not know", safer: "git clean --dry-run, then rm by name" }
        : undefined;
    case "push":
      return pushed(rest, names);
    case "checkout":
      return forced || rest.includes("--") || names.some((name) => /^\.{1,2}(?:\/|$)|^:|[*]/.test(name))
        ? { why: "git checkout of files throws away what is not committed", safer: "git stash" }
        : undefined;
    case "switch":
      return forced || has(rest, "", "discard-changes")
        ? { why: "git switch throws away what is not committed", safer: "git stash, then git switch" }
        : undefined;
    case "restore":
      return has(rest, "S", "staged") && !has(rest, "W", "worktree")
        ? undefined
        : { why: "git restore throws away what is not committed", safer: "git stash push FILE" };
    case "branch":
      return has(rest, "D") || (has(rest, "d", "delete") && forced)
        ? { why: "git branch -D deletes a branch that is merged nowhere", safer: "git branch -d" }
        : undefined;
    case "tag":
      return has(rest, "d", "delete") || forced ? { why: "git tag takes a tag away or moves it" } : undefined;
    case "stash":
      return ["drop", "clear"].includes(names[0] ?? "")
        ? { why: `git stash ${names[0]} deletes what was put aside`, safer: "git stash apply, and keep it" }
        : undefined;
    case "worktree":
      return names[0] === "remove" && forced
        ? { why: "git worktree remove --force deletes work that is not committed", safer: "git worktree remove" }
        : undefined;
    case "submodule":
      return names[0] === "deinit" && forced ? { why: "git submodule deinit --force deletes its changes" } : undefined;
    case "rm":
      return has(rest, "r") && !has(rest, "", "cached")
        ? { why: "git rm -r deletes whole folders", safer: "git rm --dry-run -r first" }
        : undefined;
    case "reflog":
      return ["expire", "delete"].includes(names[0] ?? "") ? lost("git reflog") : undefined;
    case "gc":
      return has(rest, "", "prune") ? lost("git gc --prune") : undefined;
    case "prune":
      return lost("git prune");
    case "rebase":
      return rest.some((word) => /^--(?:continue|abort|skip|quit|show-current-patch)$/.test(word))
        ? undefined
        : { why: "git rebase writes history anew", safer: "git merge, or git branch KEEP first" };
    case "filter-branch":
    case "filter-repo":
    case "replace":
      return { why: `git ${does} writes history anew`, safer: "do it in a fresh clone" };
    case "update-ref":
    case "read-tree":
    case "checkout-index":
      return has(rest, "df", "reset", "force") ? { why: `git ${does} throws away what nothing else names` } : undefined;
    case "remote":
      return ["rm", "remove"].includes(names[0] ?? "") ? { why: "git remote remove forgets its branches" } : undefined;
    default:
      return undefined;
  }
}

function pushed(rest: readonly string[], names: readonly string[]): Harm | undefined {
  if (has(rest, "f", "force", "force-if-includes") || names.some((name) => name.startsWith("+")))
    return {
      why: "git push --force takes commits away from others",
      safer: "git push, or git push --force-with-lease",
    };
  if (has(rest, "d", "delete", "mirror", "prune") || names.some((name) => /^:./.test(name)))
    return { why: "git push deletes branches that others have" };
  return undefined;
}

const lost = (what: string): Harm => ({
  why: `${what} deletes commits that a mistake could be mended with`,
  safer: "leave it to git, which keeps them for weeks",
});

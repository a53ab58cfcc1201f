import { bounded } from "../limits.ts";
import { listed } from "../paths/words.ts";

/** What `git status --porcelain=v2 --branch -z` says, as people read it. */

const kinds: Record<string, string> = {
  M: "changed",
  T: "changed kind",
  A: "new",
  D: "deleted",
  R: "renamed",
  C: "copied",
};

export function statusOf(porcelain: string): string {
  const branch: Record<string, string> = {};
  const staged: string[] = [];
  const unstaged: string[] = [];
  const conflicts: string[] = [];
  const untracked: string[] = [];
  const fields = porcelain.split("\0");
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at] ?? "";
    const words = field.split(" ");
    if (field.startsWith("# ")) branch[words[1] ?? ""] = words.slice(2).join(" ");
    else if (field.startsWith("? ")) untracked.push(listed(field.slice(2)));
    else if (field.startsWith("u ")) conflicts.push(listed(words.slice(10).join(" ")));
    else if (field.startsWith("1 ") || field.startsWith("2 ")) {
      const moved = field.startsWith("2 ");
      const path = listed(words.slice(moved ? 9 : 8).join(" "));
      // The name it had comes as a field of its own.
      const named = moved ? `${listed(fields[++at] ?? "")} -> ${path}` : path;
      const [index = ".", tree = "."] = words[1] ?? "";
      if (index !== ".") staged.push(`${kinds[index] ?? index}: ${named}`);
      if (tree !== ".") unstaged.push(`${kinds[tree] ?? tree}: ${tree === "R" || tree === "C" ? named : path}`);
    }
  }
  const groups: [string, string[]][] = [
    ["Conflicts:", conflicts],
    ["Staged:", staged],
    ["Not staged:", unstaged],
    ["Not known to git:", untracked],
  ];
  const rows = groups.flatMap(([title, paths]) =>
    paths.length === 0 ? [] : [title, ...paths.map((path) => `  ${path}`)],
  );
  const lines = [branchOf(branch), ...(rows.length === 0 ? ["Nothing has changed."] : rows)];
  return bounded(lines, (count) => (count < lines.length ? `${lines.length - count} lines are left out.` : "")).text;
}

function branchOf(branch: Record<string, string>): string {
  const { "branch.head": head = "", "branch.oid": oid = "", "branch.upstream": upstream, "branch.ab": ab } = branch;
  const on = head === "(detached)" ? `On no branch, at ${oid.slice(0, 10)}` : `On branch ${listed(head)}`;
  const [ahead = "0", behind = "0"] = ab?.split(" ").map((count) => count.replace(/^[+-]/, "")) ?? [];
  const apart = ab === undefined || ab === "+0 -0" ? "" : `, ${ahead} ahead and ${behind} behind`;
  const first = oid === "(initial)" ? ", without a commit yet" : "";
  return `${on}${first}${upstream === undefined ? "" : `, following ${listed(upstream)}${apart}`}`;
}

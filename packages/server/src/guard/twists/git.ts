import { posix } from "node:path";
import { gitOf } from "../options.ts";
import { type Args, option } from "./twist.ts";

const harmlessGlobals = /^(?:--no-pager|-P|--version|--help|--no-optional-locks)$/;
const otherwise = new Set(
  "credential filter-branch difftool mergetool submodule hook instaweb send-email p4 daemon".split(" "),
);
/** Options of what git does, by what it does. */
const options: Record<string, (rest: Args) => boolean> = {
  am: option("-i interactive"),
  archive: option("-o output remote"),
  bundle: option("-o"),
  clone: option("-uc upload-pack config template separate-git-dir recurse-submodules reference"),
  commit: option("-tF template file gpg-sign"),
  "format-patch": option("-o output-directory"),
  grep: option("-O open-files-in-pager"),
  merge: option("-s strategy"),
  pull: option("-s strategy"),
  rebase: option("-xi exec interactive"),
};
const ofAll = option(
  `output ext-diff textconv filters upload-pack receive-pack upload-archive exec template show-signature export-marks
  import-marks`,
);

/** Git runs what its settings, its options and some addresses name. */
export function git(args: Args): boolean {
  const { globals, does, rest } = gitOf(args);
  if (globals.some((word) => !harmlessGlobals.test(word)) || otherwise.has(does)) return true;
  if (rest.some((word) => /^(?:-\w*=?)?(?:ext|fd)::/.test(word) || /^--rebase=[im]/.test(word))) return true;
  if (options[does]?.(rest) === true || ofAll(rest)) return true;
  switch (does) {
    case "config":
      return !/^(?:--get|--get-all|--list|-l|get|list)$/.test(rest[0] ?? "");
    case "help":
      return rest.length > 0 && !/^[a-z]/.test(rest[0] ?? "");
    case "bisect":
      return rest[0] === "run";
    // These make folders wherever they are told to.
    case "init":
    case "worktree":
    case "mv":
    case "apply":
      return rest.some((word) => /^(?:\/|\.\.(?:\/|$))/.test(posix.normalize(word.replace(/^--[\w-]+=/, ""))));
    default:
      return false;
  }
}

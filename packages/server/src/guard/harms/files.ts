import { exactly, has, operands } from "../options.ts";
import { isWithin, keepsNothing, spotOf } from "../places.ts";
import { all, type Harm, type Harms, reaches, type Use } from "./harm.ts";

/** What takes files away, or changes those outside of the session's folders. */
export const files: Harms = {
  rm: (use) => {
    const { args, more } = use;
    if (has(args, "", "no-preserve-root")) return { why: "rm is told to delete even /" };
    const whole = has(args, "rR", "recursive");
    const target = reaches(use, "whole", "repository", ...(whole ? (["unknown", "outside"] as const) : []));
    if (target !== undefined) return { why: `rm deletes ${target}`, safer: saferThanRm(use, target) };
    return whole && more
      ? { why: "rm -r deletes whatever comes through the pipe", safer: "look at the list first, then delete by name" }
      : undefined;
  },
  rmdir: (use) => deleted(use, "rmdir"),
  unlink: (use) => deleted(use, "unlink"),
  ...all("shred srm wipe", ({ program }) => ({
    why: `${program} destroys what no trash can give back`,
    safer: "rm FILE",
  })),
  rimraf: (use) => deleted(use, "rimraf"),
  find: (use) => {
    const { args } = use;
    if (!exactly(args, "-delete", "-exec", "-execdir", "-ok", "-okdir")) return undefined;
    const starts = args.slice(
      0,
      args.findIndex((arg) => /^[-(!]/.test(arg)),
    );
    const outside = use.words
      .slice(0, starts.length)
      .find(
        (word) => ["outside", "unknown", "whole"].includes(spotOf(word, use.place)) && !isWithin(word.text, use.place),
      );
    if (outside)
      return { why: `find changes what it finds in ${outside.text}`, safer: "find with -print, and look at the list" };
    const deletes =
      exactly(args, "-delete") || args.some((arg) => /^(?:\/(?:usr\/)?bin\/)?(?:rm|shred|unlink)$/.test(arg));
    const some = exactly(args, "-name", "-iname", "-path", "-ipath", "-regex", "-iregex", "-wholename");
    return deletes && !some
      ? { why: "find deletes everything that it finds", safer: "find with -print, then with a -name that says what" }
      : undefined;
  },
  truncate: () => ({ why: "truncate cuts a file's content off", safer: "copy the file first" }),
  mv: (use) => {
    const target = reaches(use, "whole", "repository");
    if (target !== undefined) return { why: `mv takes ${target} away` };
    if (use.args.at(-1) === "/dev/null") return { why: "mv to /dev/null destroys the file" };
    const from = use.words
      .slice(0, -1)
      .find((word) => !word.text.startsWith("-") && spotOf(word, use.place) === "outside");
    return from ? { why: `mv takes ${from.text} from outside of the session's folders`, safer: "cp" } : into(use);
  },
  cp: (use) =>
    operands(use.args)[0] === "/dev/null"
      ? { why: "cp of /dev/null empties the file", safer: "copy the file first" }
      : into(use),
  ...all("ln install", into),
  tee: (use) => {
    const target = use.words.find((word) => !word.text.startsWith("-") && isForeign(word.text, use));
    return target ? foreign(target.text) : undefined;
  },
  rsync: (use) =>
    has(use.args, "", "delete", "delete-before", "delete-after", "delete-excluded", "remove-source-files")
      ? { why: "rsync deletes what the other side does not have", safer: "rsync --dry-run first" }
      : into(use),
  ...all("chmod chown chgrp chattr setfacl", (use) => {
    const { args, program } = use;
    const recursive = has(args, "R", "recursive");
    if (recursive && args.some((arg) => /^0?[0-7]?[0-7][0-7][2367]$|^(?:[ugo]*[ao][ugo]*|)[+=][rwxX]*w/.test(arg)))
      return { why: `${program} -R lets everybody write here`, safer: "chmod u+rwX on the files that need it" };
    const spots = recursive ? (["outside", "whole", "repository", "unknown"] as const) : (["outside"] as const);
    const target = reaches({ ...use, words: use.words.slice(1) }, ...spots);
    return target === undefined ? undefined : { why: `${program} changes who may use ${target}` };
  }),
  sed: (use) => {
    if (!has(use.args, "i", "in-place")) return undefined;
    const target = reaches({ ...use, words: use.words.slice(1) }, "outside", "repository");
    return target === undefined ? undefined : foreign(target);
  },
};

/** What a line writes to by > and the like. */
export function overwritten(operator: string, use: Use): Harm | undefined {
  const [target] = use.words;
  if (!target || keepsNothing.test(target.text)) return undefined;
  if (isForeign(target.text, use)) return foreign(target.text);
  const empties = use.program === "" || [":", "true"].includes(use.program) || use.args.join(" ") === "/dev/null";
  return empties && operator !== ">>"
    ? { why: `${target.text} is emptied`, safer: `cp ${target.text} ${target.text}.old first` }
    : undefined;
}

const saferThanRm = ({ words, place }: Use, target: string): string => {
  const spot = spotOf(words.find(({ text }) => text === target) ?? { text: target }, place);
  if (spot === "unknown") return `echo ${target} first; then rm -r with the path that it shows`;
  if (spot === "repository") return "git worktree, git branch or git gc for what should go of the repository";
  return spot === "whole"
    ? "rm -r of the folders by name, inside of the session's folders"
    : "ask the person to delete it";
};

function deleted(use: Use, program: string): Harm | undefined {
  const target = reaches(use, "whole", "repository", "outside");
  return target === undefined ? undefined : { why: `${program} deletes ${target}` };
}

const isForeign = (text: string, { place }: Use): boolean => {
  const spot = spotOf({ text }, place);
  return spot === "outside" || spot === "repository" || spot === "whole";
};
const foreign = (target: string): Harm => ({
  why: `it writes to ${target}, which is not among the session's own files`,
  safer: "write inside of the session's folders",
});

/** The last operand is where things go. */
function into(use: Use): Harm | undefined {
  const target = use.words.findLast((word) => !word.text.startsWith("-"));
  return target &&
    operands(use.args).length > 1 &&
    target.text !== "." &&
    isForeign(target.text, use) &&
    !isRoot(target.text, use)
    ? foreign(target.text)
    : undefined;
}

/** A root itself takes new files like any folder in it. */
const isRoot = (text: string, { place }: Use): boolean =>
  place.roots.some((root) => spotOf({ text: root }, place) === "whole" && text.replace(/\/$/, "") === root);

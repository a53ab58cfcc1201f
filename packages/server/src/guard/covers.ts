import type { Prefix } from "../core/ports.ts";
import { interpreters, readers, shells } from "./programs.ts";
import { table } from "./twists/table.ts";

/**
 * Whether rules allow every command of a plain line. Words are compared, never text. What words beyond the rule's own may be depends on
 * the program: of those we know, the words that make something else of them were asked about already (`twistOf`). Of any other,
 * nobody can list what its options do, so a rule covers those that it names and no more.
 */
export function covers(prefixes: readonly Prefix[], commands: readonly (readonly string[])[]): boolean {
  return commands.length > 0 && commands.every((words) => isAllowed(prefixes, words));
}

function isAllowed(prefixes: readonly Prefix[], words: readonly string[]): boolean {
  const [program = ""] = words;
  // In a plain line it stays in the session's folders.
  if (program === "cd") return true;
  const known = readers.has(program) || table.has(program) || shells.has(program) || interpreters.test(program);
  return prefixes.some(
    (prefix) =>
      prefix.every((word, at) => words[at] === word) &&
      (known || !words.slice(prefix.length).some((word) => sets.test(word))),
  );
}
/** What of a command a rule names, so that it lets no more run than the person meant who saw this one. */
export function ruleFor(words: readonly string[]): Prefix {
  const [program = "", does = ""] = words;
  if (program === "git" && /^[a-z][a-z-]*$/.test(does)) return [program, does];
  if (readers.has(program) && !changers.has(program)) return [program];
  return words as Prefix;
}
/** Readers by their words alone: they read no code, but what they name is changed. */
const changers = new Set(["mkdir", "touch", "rmdir", "rm", "tee", "prettier", "mypy", "tsc"]);

/** An option, a setting, a file with more of them. */
const sets = /^[-+@]|=/;

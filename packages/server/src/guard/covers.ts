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
/** An option, a setting, a file with more of them. */
const sets = /^[-+@]|=/;

/** What is looked for, as it can be sent to a thread: a regular expression, or the text itself. */
export type Query = { pattern: string; literal: boolean; ignoreCase: boolean };

/**
 * The expression as JavaScript has it. Throws where it is none. Of what other kinds of expressions know, the usual is understood:
 * `(?i)` at the beginning, `(?P<name>`, `[[:alpha:]]`.
 */
export function regexOf({ pattern, literal, ignoreCase }: Query): RegExp {
  const whole = pattern.startsWith("(?i)") && !literal;
  const source = literal ? pattern.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&") : plain(whole ? pattern.slice(4) : pattern);
  const flags = ignoreCase || whole ? "i" : "";
  try {
    return new RegExp(source, `${flags}u`);
  } catch {
    // Without `u` more is a pattern: an escape of what needs none, a brace that stands alone.
    return new RegExp(source, flags);
  }
}

const classes: Record<string, string> = {
  alpha: "a-zA-Z",
  digit: "0-9",
  alnum: "a-zA-Z0-9",
  space: "\\s",
  upper: "A-Z",
  lower: "a-z",
  xdigit: "0-9a-fA-F",
  word: "\\w",
};

const plain = (pattern: string): string =>
  pattern.replaceAll("(?P<", "(?<").replace(/\[:(\w+):\]/g, (all, name: string) => classes[name] ?? all);

/**
 * Whether a text may be looked through as a whole first: then a line that matches alone matches in there too. Not with what looks
 * around, and not with what goes over line ends, which may take long.
 */
export const mayLookAtOnce = ({ pattern, literal }: Query): boolean =>
  literal || !/\[\^|\\[SDWB]|\(\?<?[!=]/.test(pattern);

/** The same for ripgrep, whose digits and letters are those of all alphabets; where it knows no such thing it says so. */
export const forRipgrep = ({ pattern, literal }: Query): string =>
  literal ? pattern : pattern.replace(/\\(.)/gs, (escape, letter: string) => ascii[letter] ?? escape);

const ascii: Record<string, string> = {
  d: "[0-9]",
  D: "[^0-9]",
  w: "[A-Za-z0-9_]",
  W: "[^A-Za-z0-9_]",
  b: "(?-u:\\b)",
  B: "(?-u:\\B)",
  "/": "/",
};

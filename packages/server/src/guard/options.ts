/**
 * Whether an option stands among the words, in any spelling that programs take: alone, among other letters, with its value
 * attached, shortened (`--outp`). Rather once too often: what is taken for an option is asked about. "--" ends nothing here, for
 * it may be the value of the option before it.
 */
export function has(args: readonly string[], letters: string, ...long: readonly string[]): boolean {
  return args.some((arg) => {
    if (/^-[^-]/.test(arg)) return letters.split("").some((letter) => arg.includes(letter, 1));
    const [name = ""] = /^--[^=]+/.exec(arg) ?? [];
    return name !== "" && long.some((one) => `--${one}`.startsWith(name));
  });
}

/** Programs that write whole names behind one dash: `-exec`, and `-exec=x`. */
export const exactly = (args: readonly string[], ...names: readonly string[]): boolean =>
  args.some((arg) => names.includes(arg.replace(/=.*/s, "")));

/** What is no option, nor what looks like one. */
export const operands = (args: readonly string[]): string[] => args.filter((arg) => !/^-./.test(arg));

/** Git's own options stand before the name of what it does. */
export function gitOf(args: readonly string[]): { globals: readonly string[]; does: string; rest: readonly string[] } {
  let at = 0;
  while (args[at]?.startsWith("-")) at += takesValue.has(args[at] ?? "") ? 2 : 1;
  return { globals: args.slice(0, at), does: args[at] ?? "", rest: args.slice(at + 1) };
}
const takesValue = new Set(
  "-C -c --git-dir --work-tree --namespace --exec-path --config-env --super-prefix".split(" "),
);

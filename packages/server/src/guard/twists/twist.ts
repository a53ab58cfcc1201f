import { has } from "../options.ts";

export type Args = readonly string[];
/** With which words a program does something else than its name promises, and what. */
export type Twist = { why: string; when(args: Args): boolean };

export const twist = (why: string, when: Twist["when"]): Twist => ({ why, when });
export const always = (): boolean => true;

/** Letters behind one dash, then long names: `-oK output config`. */
export function option(spec: string): Twist["when"] {
  const names = spec.split(/\s+/);
  const letters = names
    .filter((name) => name.startsWith("-"))
    .join("")
    .replaceAll("-", "");
  const long = names.filter((name) => !name.startsWith("-"));
  return (args) => has(args, letters, ...long);
}

export const either =
  (...twists: readonly Twist["when"][]): Twist["when"] =>
  (args) =>
    twists.some((when) => when(args));
export const matches =
  (pattern: RegExp): Twist["when"] =>
  (args) =>
    args.some((arg) => pattern.test(arg));
/** The first word, as it is with programs that do many things. */
export const first =
  (pattern: RegExp): Twist["when"] =>
  ([does = ""]) =>
    pattern.test(does);
export const not =
  (when: Twist["when"]): Twist["when"] =>
  (args) =>
    !when(args);

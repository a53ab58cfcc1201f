import { usage } from "./failure.ts";
import { nearest } from "./nearest.ts";
import { type Command, commandNamed, commands, everywhere, type Option } from "./table.ts";

/** What was typed after a command's name, read by its row of the table. */
export class Arguments {
  readonly #words: readonly string[];
  readonly #options: ReadonlyMap<string, readonly string[]>;
  readonly #command: Command;
  constructor(command: Command, words: readonly string[], options: ReadonlyMap<string, readonly string[]>) {
    this.#command = command;
    this.#words = words;
    this.#options = options;
  }
  word(name: string): string | undefined {
    const index = this.#command.arguments.findIndex((argument) => argument.name === name);
    return index < 0 ? undefined : this.#words[index];
  }
  /** A word that the table says is always there. */
  needed(name: string): string {
    return this.word(name) ?? "";
  }
  flag(name: string): boolean {
    return this.#options.has(name);
  }
  option(name: string): string | undefined {
    return this.#options.get(name)?.at(-1);
  }
  all(name: string): readonly string[] {
    return this.#options.get(name) ?? [];
  }
}

export type Read =
  | { is: "help"; command?: Command }
  | { is: "version" }
  | { is: "command"; command: Command; given: Arguments };

/** The whole command line. `daimon` alone, or with options only, is `daimon attach`. */
export function readArguments(argv: readonly string[]): Read {
  const [first, ...rest] = argv;
  if (first === "--version" || first === "-V") return { is: "version" };
  if (first === "--help" || first === "-h") return { is: "help" };
  if (first === "help") return rest[0] === undefined ? { is: "help" } : { is: "help", command: named(rest[0]) };
  const bare = first === undefined || (first.startsWith("-") && first !== "-");
  const command = named(bare ? "attach" : first);
  const words: string[] = [];
  const options = new Map<string, string[]>();
  const args = bare ? argv : rest;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") {
      words.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
      continue;
    }
    const equals = arg.startsWith("--") ? arg.indexOf("=") : -1;
    const flag = equals < 0 ? arg : arg.slice(0, equals);
    const option = optionFor(command, flag);
    if (option.name === "help") return { is: "help", command };
    let value = equals < 0 ? undefined : arg.slice(equals + 1);
    if (option.value === undefined && value !== undefined) throw usage(`${flag} takes no value; write ${flag} alone`);
    if (option.value !== undefined && value === undefined) {
      value = args[++i];
      if (value === undefined) throw usage(`${flag} needs a value; write ${flag} ${option.value}`);
    }
    options.set(option.name, [...(options.get(option.name) ?? []), value ?? ""]);
  }
  checkWords(command, words);
  return { is: "command", command, given: new Arguments(command, words, options) };
}

function named(name: string): Command {
  const command = commandNamed(name);
  if (command) return command;
  const meant = nearest(name, [...commands.map((known) => known.name), "help"]);
  throw usage(`there is no command "${name}"; ${meant ? `did you mean "${meant}"?` : `"daimon --help" lists all`}`);
}

const spellings = ({ name, short }: Option) => [`--${name}`, ...(short ? [`-${short}`] : [])];

function optionFor(command: Command, flag: string): Option {
  const options = [...command.options, ...everywhere];
  const option = options.find((known) => spellings(known).includes(flag));
  if (option) return option;
  const meant = flag.startsWith("--")
    ? nearest(
        flag,
        options.map((known) => `--${known.name}`),
      )
    : undefined;
  const next = meant ? `did you mean ${meant}?` : `"daimon ${command.name} --help" lists all`;
  throw usage(
    `"daimon ${command.name}" has no option ${flag}; ${next}${/^--?[a-z]/i.test(flag) ? "" : ' (text that begins with "-" goes after --)'}`,
  );
}

function checkWords(command: Command, words: readonly string[]): void {
  const missing = command.arguments.find((argument, i) => !argument.optional && words[i] === undefined);
  if (missing) throw usage(`"daimon ${command.name}" needs ${missing.name}; ${usageOf(command)}`);
  const extra = words[command.arguments.length];
  if (extra === undefined) return;
  const quotes = command.arguments.length > 0 ? "put text with spaces in quotes" : usageOf(command);
  throw usage(`"daimon ${command.name}" does not know what to do with "${extra}"; ${quotes}`);
}

export function usageOf({ name, arguments: words, options }: Command): string {
  const optional = (text: string) => `[${text}]`;
  return [
    "usage: daimon",
    name,
    ...options.map((option) => optional(`${spellings(option).at(-1)}${option.value ? ` ${option.value}` : ""}`)),
    ...words.map((word) => (word.optional ? optional(word.name) : word.name)),
  ].join(" ");
}

import { posix } from "node:path";
import type { Where } from "../core/ports.ts";
import { harmOfCode } from "./harms/code.ts";
import { overwritten } from "./harms/files.ts";
import { harmOf, mayHarm } from "./harms/index.ts";
import type { Harm } from "./harms/harm.ts";
import { databases, harmOfSql } from "./harms/services.ts";
import { interpreters, shells, wrappers } from "./programs.ts";
import type { Command } from "./walk.ts";
import type { Word } from "./words.ts";

export type Worry = ({ is: "destructive" } & Harm) | { is: "unreadable"; why: string };
/** Reads what a command hands to another shell. */
export type Inner = (source: string, place: Where) => Worry | undefined;
type Reader = (source: string) => Worry | undefined;

const unseen: Worry = {
  is: "destructive",
  why: "it runs what the network sends, before anybody saw it",
  safer: "save it to a file, read it, then run the file",
};
const unreadable = (why: string): Worry => ({ is: "unreadable", why });
const asWorry = (harm: Harm | undefined): Worry | undefined => harm && { is: "destructive", ...harm };

/** What is to be asked about one command in every mode. */
export function assess(command: Command, place: Where, inner: Inner): Worry | undefined {
  const { words, writes } = command;
  const [name, ...args] = words.map(({ text }) => text);
  for (const { operator, to } of writes) {
    const harm = overwritten(operator, { program: name ?? "", args, words: [to], place, more: false });
    if (harm) return asWorry(harm);
  }
  if (words.length === 0) return undefined;
  if (command.recurses)
    return asWorry({ why: "a function calls itself without end, until the machine stands still", safer: "a loop" });
  return used(words, command, place, inner) ?? wrapped(words, command, place, inner);
}

/** By its own name. */
function used(words: readonly Word[], command: Command, place: Where, inner: Inner, more = false): Worry | undefined {
  const [name, ...rest] = words;
  if (!name?.sure) return command.fetched ? unseen : unreadable(`only running tells which program ${name?.text} is`);
  const program = posix.basename(name.text);
  const args = rest.map(({ text }) => text);
  const harm = harmOf({ program, args, words: rest, place, more });
  if (harm) return asWorry(harm);
  if (shells.has(program)) return shell(rest, command, (source) => inner(source, place));
  if (["eval", "source", "."].includes(program))
    return evaluated(program, rest, command, (source) => inner(source, place));
  if (interpreters.test(program)) return interpreted(rest, command);
  return databases.has(program) && command.input ? asWorry(harmOfSql(command.input.text)) : undefined;
}

/** Programs that run others: whichever of their words is a program we know is taken for one. */
function wrapped(words: readonly Word[], command: Command, place: Where, inner: Inner): Worry | undefined {
  const program = posix.basename(words[0]?.text ?? "");
  if (!wrappers.has(program) && program !== "find") return undefined;
  const more = ["xargs", "parallel"].includes(program);
  const rest = words.slice(1).filter(({ text }) => text !== "{}");
  const starts = rest.flatMap(({ text, sure }, at) => (sure && isProgram(posix.basename(text)) ? [at] : []));
  if (starts.length > mostStarts) return unreadable(`${program} is given more programs than can be looked at`);
  for (const at of starts) {
    const worry = used(rest.slice(at), command, place, inner, more);
    if (worry) return worry;
  }
  for (const { text, sure } of rest) {
    const worry = sure && /\s/.test(text) ? inner(text.replace(/^\w+=/, ""), place) : undefined;
    if (worry?.is === "destructive") return worry;
  }
  return undefined;
}
const mostStarts = 100;
const isProgram = (name: string): boolean =>
  mayHarm(name) || shells.has(name) || interpreters.test(name) || ["eval", "source"].includes(name);

function shell(args: readonly Word[], { input, piped, fetched }: Command, inner: Reader): Worry | undefined {
  const hidden = fetched ? unseen : unreadable("only running tells what the shell is given to run");
  const option = args.findIndex(({ text }) => /^-\w*c/.test(text));
  const code = option === -1 ? undefined : args.slice(option + 1).find(({ text }) => !/^[-+]/.test(text));
  if (code) return code.sure ? inner(code.text) : hidden;
  const script = args.find(({ text }) => !/^[-+]./.test(text) && text !== "-");
  if (script && !args.some(({ text }) => text === "-s") && !stdin.test(script.text))
    return script.sure ? undefined : hidden;
  if (input) return inner(input.text);
  return piped || fetched ? hidden : undefined;
}

const stdin = /^\/dev\/(?:stdin|fd\/)|^\/proc\//;

function evaluated(program: string, args: readonly Word[], { fetched }: Command, inner: Reader): Worry | undefined {
  if (args.every(({ sure, text }) => sure && !stdin.test(text)))
    return program === "eval" ? inner(args.map(({ text }) => text).join(" ")) : undefined;
  return fetched ? unseen : unreadable(`only running tells what ${program} runs`);
}

function interpreted(args: readonly Word[], { input, piped, fetched }: Command): Worry | undefined {
  const script = args.find(({ text }) => !text.startsWith("-"));
  if (fetched && script?.sure === false) return unseen;
  if ((piped || fetched) && !script)
    return fetched ? unseen : unreadable("only running tells what the program is given to run");
  const given = args.some(({ text }) => /^-\w*[ceErp]|^--(?:eval|print|command)/.test(text));
  return asWorry(harmOfCode([...(given ? args.map(({ text }) => text) : []), input?.text ?? ""].join("\n")));
}

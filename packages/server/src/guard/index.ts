import { posix } from "node:path";
import type { Node } from "web-tree-sitter";
import type { Guard, Judgement, Where } from "../core/ports.ts";
import { assess, type Inner, type Worry } from "./assess.ts";
import { covers, ruleFor } from "./covers.ts";
import { openParser, type Read } from "./parser.ts";
import { isWithin } from "./places.ts";
import { type Reading, readPlain, type Words } from "./plain.ts";
import { twistOf } from "./twists/index.ts";
import { type Command, commandsIn } from "./walk.ts";

/**
 * Reads what is to be run, before anybody is asked. It saves questions and warns of accidents; what means harm is held by the
 * sandbox, not by reading.
 */
export function openGuard(): Guard {
  let opening: Promise<Read> | undefined;
  return {
    async judge(command, place) {
      if (typeof command !== "string") return judgeWords(command, place);
      opening ??= openParser();
      return judgeLine(await opening, command, place);
    },
    covers,
    rulesFor: (commands) => commands.filter(([program]) => program !== "cd").map(ruleFor),
  };
}

/** What is not seen, or turns the line about for those who look at it. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]|(?! )\p{Zs}|[\u115f\u1160\u3164\uffa0]/u;
const mayStand = /[\n\t]/g;
const deepest = 3;

function judgeLine(read: Read, command: string, place: Where): Judgement {
  const source = command.trimEnd();
  if (unseen.test(command.replaceAll(mayStand, ""))) return unreadable("there are characters in it that nobody sees");
  const outcome = read(source, (root) => {
    const worry = worryIn(read, root, place, 0);
    if (worry?.is === "destructive") return worry;
    if (root.hasError) return unreadable("it cannot be parsed as bash");
    return worry ?? judgePlain(source, readPlain(source, root), place);
  });
  return outcome.is === "read" ? outcome.value : unreadable(outcome.why);
}

const unreadable = (why: string): Judgement => ({ is: "unreadable", why });
const unclear = (why: string): Judgement => ({ is: "unclear", why });

function judgePlain(source: string, reading: Reading, place: Where): Judgement {
  if (reading.is === "more") return unclear(reading.why);
  const { commands } = reading;
  const why =
    commands.map((words) => twistOf(words, place)).find((one) => one !== undefined) ?? leaves(source, commands, place);
  return why === undefined ? { is: "plain", commands } : unclear(why);
}

function judgeWords(words: readonly string[], place: Where): Judgement {
  const sure = words.map((text) => ({ text, sure: true }));
  const command: Command = { words: sure, writes: [], input: undefined, piped: false, fetched: false, recurses: false };
  const worry = assess(command, place, () => undefined);
  const why = twistOf(words, place);
  return worry ?? (why === undefined ? { is: "plain", commands: [words] } : unclear(why));
}

/** Everything a line runs, wherever it stands in it, and what it hands to other shells. */
function worryIn(read: Read, root: Node, place: Where, depth: number): Worry | undefined {
  const inner: Inner = (source, where) => {
    if (depth === deepest) return { is: "unreadable", why: "shells run shells, too deep to follow" };
    const outcome = read(source, (innerRoot): Worry | undefined => {
      const worry = worryIn(read, innerRoot, where, depth + 1);
      if (worry || !innerRoot.hasError) return worry;
      return { is: "unreadable", why: "what a shell is given cannot be parsed" };
    });
    return outcome.is === "read" ? outcome.value : { is: "unreadable", why: outcome.why };
  };
  let found: Worry | undefined;
  const certain = eachIfThose.test(root.text);
  let folders = [place.cwd];
  for (const command of commandsIn(root, place.home)) {
    for (const cwd of folders) {
      const worry = assess(command, { ...place, cwd }, inner);
      if (worry?.is === "destructive") return worry;
      found ??= worry;
    }
    const reached = wentTo(command, folders, place.home);
    if (reached.length > 0) folders = [...new Set(certain ? reached : [...folders, ...reached])];
    if (folders.length > mostFolders) return { is: "unreadable", why: "it changes its folder too often to follow" };
  }
  return found;
}
/** Where a line may stand after a cd: between && where that went, otherwise perhaps still where it was, for it may have failed. */
const eachIfThose = /^[^;|&\n(){}]*(?:&&[^;|&\n(){}]*)*$/;
const mostFolders = 16;

function wentTo({ words }: Command, folders: readonly string[], home: string): string[] {
  const [name, target] = words.filter(({ text }) => !/^-\w/.test(text));
  if (name?.text !== "cd" && name?.text !== "pushd") return [];
  if (!target) return [home];
  // Of a folder that nobody knows it is supposed that it is none of ours.
  return !target.sure || target.text === "-" ? ["/"] : folders.map((folder) => posix.resolve(folder, target.text));
}

/** Plain commands stay in the session's folders: a cd that leaves them is asked about. */
function leaves(source: string, commands: readonly Words[], place: Where): string | undefined {
  let folders = [place.cwd];
  for (const words of commands) {
    if (words[0] !== "cd") continue;
    const [, target = "", ...more] = words;
    if (/^$|^-/.test(target) || more.length > 0) return "it goes to a folder that it does not name";
    if (!folders.every((cwd) => isWithin(target, { ...place, cwd })))
      return `it leaves the session's folders for ${target}`;
    const reached = folders.map((folder) => posix.resolve(folder, target));
    folders = eachIfThose.test(source) ? reached : [...folders, ...reached];
    if (folders.length > mostFolders) return "it changes its folder too often to follow";
  }
  return undefined;
}

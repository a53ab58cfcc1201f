import { nearest } from "../nearest.ts";
import { type SettingName, settingNames, settings } from "../session/settings.ts";

/** What a slash command may do. The terminal implements it; the table below is all there is. */
export type Slashes = {
  mode(mode: "py" | "ai"): void;
  who(): void;
  approval(allow: boolean, rest: string): Promise<void>;
  approvals(rest: string): Promise<void>;
  whole(rest: string): Promise<void>;
  answer(rest: string): Promise<void>;
  compact(focus: string): Promise<void>;
  /** What is set, where no value is given. */
  setting(name: SettingName, value: string): Promise<string | undefined>;
  kernel(action: "restart" | "stop"): Promise<void>;
  /** What it is, where none is named. */
  runtime(named: string): Promise<string | undefined>;
  variables(): Promise<void>;
  undo(turn: string): Promise<void>;
  diff(turn: string): Promise<void>;
  trust(trusted: boolean): Promise<void>;
  status(): Promise<void>;
  say(text: string): void;
  leave(): void;
};

type Slash = { name: string; words?: string; about: string; run(on: Slashes, rest: string): void | Promise<void> };

export const slashes: readonly Slash[] = [
  { name: "help", about: "tell what there is", run: (on) => on.say(help()) },
  { name: "py", about: "type Python (TAB does it on any line)", run: (on) => on.mode("py") },
  { name: "ai", about: "talk to the assistant (TAB does it on any line)", run: (on) => on.mode("ai") },
  { name: "who", about: "tell who is here", run: (on) => on.who() },
  {
    name: "approve",
    words: "[QUESTION] [SCOPE]",
    about: "allow what the assistant asks to do: once, or for the session, the project, always",
    run: (on, rest) => on.approval(true, rest),
  },
  {
    name: "deny",
    words: "[QUESTION] [REASON]",
    about: "refuse it; the assistant is told the reason",
    run: (on, rest) => on.approval(false, rest),
  },
  { name: "whole", words: "[QUESTION]", about: "print all of what it asks to do", run: (on, rest) => on.whole(rest) },
  {
    name: "approvals",
    words: "[revoke RULE]",
    about: "list the answers that hold for more than once, or take one back",
    run: (on, rest) => on.approvals(rest),
  },
  {
    name: "answer",
    words: "TEXT",
    about: "answer a question that somebody else's work asks",
    run: (on, rest) => on.answer(rest),
  },
  {
    name: "compact",
    words: "[FOCUS]",
    about: "summarise what was said so far, so that the assistant reads less",
    run: (on, rest) => on.compact(rest),
  },
  {
    name: "undo",
    words: "[TURN]",
    about: "take back what the last turn did to files, or that one",
    run: (on, rest) => on.undo(rest.trim()),
  },
  {
    name: "diff",
    words: "[TURN]",
    about: "show what this session changed in files, or that turn",
    run: (on, rest) => on.diff(rest.trim()),
  },
  ...settingNames.map((name) => ({
    name: name.toLowerCase(),
    words: `[${settings[name].words}]`,
    about: settings[name].about,
    async run(on: Slashes, rest: string) {
      const told = await on.setting(name, rest.trim());
      if (told !== undefined) on.say(told);
    },
  })),
  { name: "restart", about: "start Python anew; its variables are gone", run: (on) => on.kernel("restart") },
  { name: "stop", about: "end this session's Python; the next cell starts a new one", run: (on) => on.kernel("stop") },
  {
    name: "runtime",
    words: "[pyodide|cpython [PYTHON]]",
    about: "start another Python: the sealed one, or one of this machine; alone it tells which it is",
    async run(on, rest) {
      const told = await on.runtime(rest.trim());
      if (told !== undefined) on.say(told);
    },
  },
  {
    name: "trust",
    about: "trust this project: the assistant goes by its AGENTS.md and .daimon/config.toml",
    run: (on) => on.trust(true),
  },
  { name: "untrust", about: "trust it no more", run: (on) => on.trust(false) },
  { name: "vars", about: "show what Python holds", run: (on) => on.variables() },
  { name: "status", about: "tell about this session and the daemon", run: (on) => on.status() },
  { name: "quit", about: "leave (as Ctrl-D); the session goes on", run: (on) => on.leave() },
];

const spelling = /^\/([a-z]*)(?:\s+(.*))?$/is;
/** Whether it is a slash command, or text like any other. */
export const isSlash = (line: string): boolean => spelling.test(line.trimEnd());

export async function slash(line: string, on: Slashes): Promise<void> {
  const [, name = "", rest = ""] = spelling.exec(line.trimEnd()) ?? [];
  const command = slashes.find((known) => known.name === name);
  if (command) await command.run(on, rest);
  else {
    const meant = nearest(
      name,
      slashes.map((known) => known.name),
    );
    on.say(
      `there is no /${name}; ${meant ? `did you mean /${meant}?` : "/help lists all"} (text that begins with "/" goes after a space)`,
    );
  }
}

function help(): string {
  const rows = slashes.map(({ name, words, about }) => [`/${name}${words ? ` ${words}` : ""}`, about] as const);
  const keys = [
    ["TAB", "switch between Python and the assistant; each keeps its draft and history"],
    ["Ctrl-C", "interrupt what you started, else clear the line"],
    ["Ctrl-D", "leave; the session goes on without you"],
  ] as const;
  const width = Math.max(...[...rows, ...keys].map(([left]) => left.length));
  return [...keys, ...rows].map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

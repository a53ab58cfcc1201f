import type { Arguments } from "./arguments.ts";
import type { Exit } from "./failure.ts";
import type { Prompt } from "./term/screen.ts";

export type Option = { name: string; short?: string; value?: string; about: string };
export type Argument = { name: string; optional?: true };
export type Command = {
  name: string;
  /** What it does, on one line of the overview. */
  about: string;
  arguments: readonly Argument[];
  options: readonly Option[];
  /** More that a person should know; below the options in its own help. */
  more?: string;
  load(): Promise<{ command(given: Arguments, painted?: Prompt): Promise<Exit> }>;
};

const session = { name: "SESSION" };
const ask = { name: "ASK", optional: true } as const;
const json = { name: "json", about: "print one JSON document" };
const jsonLines = { name: "json", about: "print the recorded events and deltas as JSON Lines" };
const scope = { name: "scope", value: "SCOPE", about: "for how long it holds: once, session, project, always" };
const digest = {
  name: "digest",
  value: "SHA256",
  about: "only if it is what you saw: its SHA-256, or the first 12 of it",
};
const turn = { name: "turn", value: "TURN", about: "of this turn, by its number" };
const reason = { name: "reason", value: "REASON", about: "say why; the assistant is told" };
const inSession = { name: "session", short: "s", value: "SESSION", about: "in this session" };

/** Every command there is. Reading the command line, help and "did you mean" derive from it. */
export const commands: readonly Command[] = [
  {
    name: "attach",
    about: "open a session here, beside whoever is in it (this is what daimon alone does)",
    arguments: [{ ...session, optional: true }],
    options: [{ name: "read-only", about: "only look: nothing typed here is sent" }],
    more: "Without SESSION: the session of this folder, made if there is none. Without a terminal on stdin it runs the\nlines it reads, waits for each, and ends with the input.",
    load: () => import("./commands/attach.ts"),
  },
  {
    name: "run",
    about: "ask the assistant once; its answer on stdout, progress on stderr",
    arguments: [{ name: "PROMPT", optional: true }],
    options: [
      inSession,
      { name: "continue", short: "c", about: "in the newest session of this folder; there must be one" },
      { name: "new", about: "in a new session" },
      { name: "model", short: "m", value: "MODEL", about: "with this model, provider/model" },
      { name: "profile", value: "PROFILE", about: "in the way that config.toml gives this name" },
      { name: "mode", value: "MODE", about: "approval mode: read-only, ask, auto-edit, full-auto" },
      { name: "approval-timeout", value: "TIME", about: "an approval nobody gives within 30s, 5m, ... counts as no" },
      { name: "file", short: "f", value: "FILE", about: "attach the text of FILE; may be given again" },
      jsonLines,
    ],
    more: 'PROMPT may be - for stdin. Piped stdin beside a PROMPT is attached as text. At an approval it asks on the\nterminal if there is one; else somebody else who is attached may answer; else it is denied and the exit code is 4.\nWith --approval-timeout it waits that long for somebody who comes, as with "daimon approve".',
    load: () => import("./commands/run.ts"),
  },
  {
    name: "py",
    about: "run one cell in the session's live Python; prints its output and result",
    arguments: [{ name: "CODE" }],
    options: [inSession, jsonLines],
    more: "CODE may be - for stdin.",
    load: () => import("./commands/py.ts"),
  },
  {
    name: "sessions",
    about: "list sessions, newest first",
    arguments: [{ name: "QUERY", optional: true }],
    options: [json],
    load: () => import("./commands/sessions.ts"),
  },
  {
    name: "show",
    about: "print a session as text, or as its view",
    arguments: [session],
    options: [json],
    load: () => import("./commands/show.ts"),
  },
  {
    name: "move",
    about: "change the folder that a session works in",
    arguments: [session, { name: "FOLDER" }],
    options: [],
    load: () => import("./commands/move.ts"),
  },
  {
    name: "delete",
    about: "remove a session and everything kept for it",
    arguments: [session],
    options: [],
    load: () => import("./commands/delete.ts"),
  },
  {
    name: "undo",
    about: "take back what the last turn did to files",
    arguments: [{ ...session, optional: true }],
    options: [turn, json],
    more: "Again, it takes back the turn before. Where somebody changed a file since, nothing is taken back, and you see\nwhat they changed (exit code 1). Without SESSION: the newest of this folder.",
    load: () => import("./commands/undo.ts"),
  },
  {
    name: "diff",
    about: "show what a session changed in files and did not take back",
    arguments: [{ ...session, optional: true }],
    options: [turn, json],
    more: "What nobody can tell is said on stderr. Without SESSION: the newest of this folder.",
    load: () => import("./commands/diff.ts"),
  },
  {
    name: "interrupt",
    about: "stop the running turn, else the running cell",
    arguments: [session],
    options: [],
    load: () => import("./commands/interrupt.ts"),
  },
  {
    name: "approve",
    about: "allow what the assistant asks to do",
    arguments: [session, ask],
    options: [scope, digest, reason],
    load: () => import("./commands/approve.ts"),
  },
  {
    name: "deny",
    about: "refuse what the assistant asks to do",
    arguments: [session, ask],
    options: [scope, digest, reason],
    load: () => import("./commands/deny.ts"),
  },
  {
    name: "approvals",
    about: "list the answers that hold for more than once, or take one back",
    arguments: [
      { name: "list|revoke", optional: true },
      { name: "RULE", optional: true },
    ],
    options: [{ ...inSession, about: "with those of this session" }, json],
    more: "Those for a project or for always are in rules.toml beside config.toml; those of a session end with it.",
    load: () => import("./commands/approvals.ts"),
  },
  {
    name: "answer",
    about: "answer a question: a line for input(), or a choice",
    arguments: [session, { name: "ASK" }, { name: "TEXT" }],
    options: [],
    load: () => import("./commands/answer.ts"),
  },
  {
    name: "models",
    about: "list the models that can be talked to, with their windows and prices",
    arguments: [],
    options: [json],
    more: "Prices are dollars for a million tokens, sent (in) and answered (out). A provider that does not answer within\ntwo seconds is named on stderr.",
    load: () => import("./commands/models.ts"),
  },
  {
    name: "login",
    about: "give daimon the key of a provider: anthropic, openai, openrouter, gemini, or one of config.toml",
    arguments: [{ name: "PROVIDER", optional: true }],
    options: [
      { name: "host", value: "URL", about: "keep the token for the daemon at wss://HOST:PORT, for DAIMON_HOST" },
      { name: "browser", about: "sign in at OpenRouter with a browser on this machine, which makes a key" },
      { name: "experimental", about: "sign in at OpenAI with a browser on this machine, and use your ChatGPT plan" },
    ],
    more: "The key is asked for without showing it, or read from stdin where it is piped in. It is tried at the provider, and\nkept in .env beside config.toml, readable by you alone. A key that is refused (exit code 4) and a provider that\ncannot be reached (3) change nothing. A key goes before a sign-in.",
    load: () => import("./commands/login.ts"),
  },
  {
    name: "logout",
    about: "end a sign-in at a provider (a key is a line of .env: take it out there)",
    arguments: [{ name: "PROVIDER" }],
    options: [],
    load: () => import("./commands/logout.ts"),
  },
  {
    name: "doctor",
    about: "look whether all is well: home, daemon, disk, Python, providers",
    arguments: [],
    options: [json],
    more: "One line each, with what to do where something is broken; the exit code is then 1. It starts the daemon, one Python\nof its own, and asks each provider that is set up.",
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "sandbox",
    about: "tell what confines commands, or attack it and tell what held",
    arguments: [{ name: "status|test", optional: true }],
    options: [json],
    more: "Where nothing confines them, everything that would run by itself is asked about; status says why and what to do.",
    load: () => import("./commands/sandbox.ts"),
  },
  {
    name: "config",
    about: "print what is set, set one thing, or say where the file is",
    arguments: [{ name: "get|set|path" }, { name: "KEY", optional: true }, { name: "VALUE", optional: true }],
    options: [],
    more: "KEY is written as in limits.steps or profiles.careful.model. What is set holds from the next turn on.",
    load: () => import("./commands/config.ts"),
  },
  {
    name: "profile",
    about: "list profiles, print one to hand on, or take what somebody handed on",
    arguments: [{ name: "list|export|import" }, { name: "NAME|FILE", optional: true }],
    options: [{ name: "force", about: "import: replace profiles of the same names" }],
    more: "export NAME prints TOML without keys; import FILE (or - for stdin) takes profiles alone, and no keys, addresses or\ncommands. What is wrong in it is said with its line.",
    load: () => import("./commands/profile.ts"),
  },
  {
    name: "serve",
    about: "start the daemon; other commands start it by themselves",
    arguments: [],
    options: [
      { name: "foreground", about: "stay, with the daemon's log on stderr, until Ctrl-C" },
      { name: "http", value: "HOST:PORT", about: "answer there, too: 127.0.0.1:8080, or elsewhere with TLS" },
      { name: "tls-cert", value: "FILE", about: "the certificate (PEM) for that address" },
      { name: "tls-key", value: "FILE", about: "the key of the certificate" },
    ],
    more: "These hold until it stops; [http] in config.toml holds at each start. Every request there needs a token, as on the\nsocket. Any address but 127.0.0.1 and [::1] needs a certificate.",
    load: () => import("./commands/serve.ts"),
  },
  {
    name: "token",
    about: "make, list, take back or replace tokens, with which others come in",
    arguments: [{ name: "create|list|revoke|rotate" }, { name: "TOKEN", optional: true }],
    options: [
      {
        name: "role",
        value: "ROLE",
        about: "create: observe (look), operate (ask), approve (answer asks), admin (all)",
      },
      {
        name: "session",
        short: "s",
        value: "SESSION",
        about: "create: it sees this session alone; may be given again",
      },
      { name: "ttl", value: "TIME", about: "create: how long it is good, as 30d, 12h or 45m; else until revoked" },
      { name: "name", value: "NAME", about: "create: what the log calls whoever comes with it" },
      json,
    ],
    more: "A token is shown once, on stdout, and only its SHA-256 is kept. TOKEN is an id or a name. revoke and rotate close at\nonce whatever the old one had open; rotate without TOKEN replaces the home's own, that your own clients read.",
    load: () => import("./commands/token.ts"),
  },
  {
    name: "status",
    about: "tell whether the daemon runs, and what it does",
    arguments: [],
    options: [json],
    load: () => import("./commands/status.ts"),
  },
  {
    name: "usage",
    about: "tell what models cost today, in the last seven days and in all",
    arguments: [],
    options: [json],
    more: 'Days are those of UTC. Where nobody knows a model\'s price its tokens are counted and its cost is "unknown".',
    load: () => import("./commands/usage.ts"),
  },
  {
    name: "audit",
    about: "tell what was asked, who answered, what ran and what let it; the newest last",
    arguments: [{ ...session, optional: true }],
    options: [
      { name: "since", value: "TIME", about: "from then on: 30m, 12h, 7d, or a date as 2026-01-31" },
      { name: "tool", value: "TOOL", about: "of this tool" },
      { name: "limit", value: "N", about: "at most so many, 100 where nothing is said" },
      json,
    ],
    more: "What only looks needs nobody's leave and is in its session alone. What was decided stays when its session is\ndeleted: such a one is named by its whole id.",
    load: () => import("./commands/audit.ts"),
  },
  {
    name: "tools",
    about: "tell what the assistant can do, with what, and within which limits",
    arguments: [{ name: "NAME", optional: true }],
    options: [json],
    load: () => import("./commands/tools.ts"),
  },
  {
    name: "stop",
    about: "stop the daemon; sessions stay and go on with the next start",
    arguments: [],
    options: [],
    load: () => import("./commands/stop.ts"),
  },
  {
    name: "logs",
    about: "print the daemon's log",
    arguments: [],
    options: [{ name: "follow", short: "f", about: "go on printing what is added" }],
    load: () => import("./commands/logs.ts"),
  },
];

export const everywhere: readonly Option[] = [{ name: "help", short: "h", about: "tell how it is used" }];
export const commandNamed = (name: string): Command | undefined => commands.find((command) => command.name === name);

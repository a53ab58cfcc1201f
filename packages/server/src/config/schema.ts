import { Limits, Mode, Thinking } from "@daimon/protocol/schema";
import { type Static, Type } from "typebox";

const closed = { additionalProperties: false };
const optional = Type.Optional;

export const LogLevel = Type.Enum(["debug", "info", "warn", "error"]);

/** One `[providers.NAME]`. What its last six say only servers of the language openai-chat need. */
export const ProviderTable = Type.Object(
  {
    speaks: optional(Type.Enum(["anthropic", "gemini", "openai", "openai-chat"])),
    url: optional(Type.String({ minLength: 1, maxLength: 2000 })),
    key: optional(Type.String({ maxLength: 200 })),
    headers: optional(Type.Record(Type.String(), Type.String({ maxLength: 2000 }))),
    maxTokensField: optional(Type.Enum(["max_tokens", "max_completion_tokens"])),
    thinking: optional(Type.Enum(["effort", "nested", "never"])),
    tools: optional(Type.Boolean()),
    details: optional(Type.Enum(["ollama", "lmstudio", "llamacpp"])),
    tellsCost: optional(Type.Boolean()),
    free: optional(Type.Boolean()),
  },
  closed,
);

/** One `[profiles.NAME]`. */
export const ProfileTable = Type.Object(
  {
    model: optional(Type.String({ minLength: 1, maxLength: 200 })),
    thinking: optional(Thinking),
    temperature: optional(Type.Number({ minimum: 0, maximum: 2 })),
    maxTokens: optional(Type.Integer({ minimum: 1 })),
    instructions: optional(Type.String({ maxLength: 16_384 })),
    personality: optional(Type.String({ maxLength: 4096 })),
    tools: optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 200 })),
    limits: optional(Limits),
  },
  closed,
);

const Path = Type.String({ minLength: 1, maxLength: 4096 });

/** Where the daemon is reached beside its socket; read when it starts. */
export const HttpTable = Type.Object(
  {
    listen: optional(Type.String({ minLength: 1, maxLength: 100 })),
    /** Pages that may come, as browsers name them. */
    origins: optional(Type.Array(Type.String({ minLength: 1, maxLength: 300 }), { maxItems: 50 })),
    cert: optional(Path),
    key: optional(Path),
    /** Requests a second of one token. */
    rate: optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  closed,
);

/** Timers know no longer one. */
const Silence = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 });

/** A name, `*.name` for all below it, `*` for all names, an address; each may have a port behind it. */
const host = "^(\\*|(\\*\\.)?[A-Za-z0-9_.-]+|\\[[0-9A-Fa-f:.]+\\])(:\\d{1,5})?$";
export const SandboxTable = Type.Object(
  {
    driver: optional(Type.Enum(["auto", "bwrap", "seatbelt", "none"])),
    network: optional(Type.Array(Type.String({ pattern: host, maxLength: 300 }), { maxItems: 200 })),
    memory: optional(Type.Integer({ minimum: 64, maximum: 2 ** 24 })),
    pids: optional(Type.Integer({ minimum: 16, maximum: 2 ** 20 })),
  },
  closed,
);

/** Of how our TOML files are written: raised when an older file would say something else by the same words. */
export const currentVersion = 1;
/** A file that names none is of the first. */
export const version = optional(Type.Integer({ minimum: 1 }));

/** What config.toml may say. Only what something uses; an unknown key is an error and never ignored. */
export const ConfigFile = Type.Object(
  {
    version,
    model: optional(Type.String({ minLength: 1, maxLength: 200 })),
    mode: optional(Mode),
    log: optional(LogLevel),
    python: optional(Type.Object({ runtime: optional(Type.String({ minLength: 1, maxLength: 4096 })) }, closed)),
    limits: optional(Limits),
    /** Dollars a day of all sessions together, and the part of them at which people are told. */
    budget: optional(
      Type.Object(
        { day: optional(Type.Number({ minimum: 0.01 })), warn: optional(Type.Number({ minimum: 0, maximum: 1 })) },
        closed,
      ),
    ),
    /** Milliseconds that a model may be silent: before its first sign of life, and after. */
    patience: optional(Type.Object({ first: optional(Silence), between: optional(Silence) }, closed)),
    /** What confines commands: with which hosts they may speak; MiB and processes that one of them may take. */
    sandbox: optional(SandboxTable),
    providers: optional(Type.Record(Type.String(), ProviderTable)),
    /** Folders of the user's own: what lies below them is trusted without asking. Never to be had from a project's file. */
    trust: optional(Type.Array(Type.String({ minLength: 1, maxLength: 4096 }))),
    profiles: optional(Type.Record(Type.String(), ProfileTable)),
    http: optional(HttpTable),
  },
  closed,
);

export type Config = {
  readonly version: number;
  readonly model: string;
  readonly mode: Static<typeof Mode>;
  readonly log: Static<typeof LogLevel>;
  readonly python: { readonly runtime: string };
  readonly limits: Readonly<Static<typeof Limits>>;
  readonly budget: { readonly day?: number; readonly warn: number };
  readonly patience: { readonly first?: number; readonly between?: number };
  readonly sandbox: Readonly<Required<Static<typeof SandboxTable>>>;
  readonly providers: Readonly<Record<string, Readonly<Static<typeof ProviderTable>>>>;
  readonly trust: readonly string[];
  readonly profiles: Readonly<Record<string, Readonly<Static<typeof ProfileTable>>>>;
  readonly http: Readonly<Static<typeof HttpTable>> & { readonly origins: readonly string[]; readonly rate: number };
};

/** What holds where nobody said anything. Limits and patience that are not named here are the core's. */
export const defaults: Config = {
  version: currentVersion,
  model: "offline/guide",
  mode: "ask",
  log: "info",
  python: { runtime: "pyodide" },
  limits: {},
  budget: { warn: 0.8 },
  patience: {},
  sandbox: { driver: "auto", network: [], memory: 8192, pids: 1024 },
  providers: {},
  trust: [],
  profiles: {},
  http: { origins: [], rate: 1000 },
};

import { DaimonError } from "@daimon/protocol";
import { fileIn, type Home } from "@daimon/protocol/client/home";
import { parse, TomlError } from "smol-toml";
import type { Static, TSchema } from "typebox";
import { type Fault, faultIn, fits } from "../check.ts";
import { invalid, readText } from "./file.ts";
import { at, lineOf } from "./line.ts";
import { type Config, ConfigFile, currentVersion, defaults, LogLevel } from "./schema.ts";
import { nonsenseIn } from "./sense.ts";

export type Flags = { model?: string | undefined; log?: string | undefined } & Partial<
  Record<"http" | "tls-cert" | "tls-key", string | undefined>
>;

/** Flags over environment over config.toml over defaults, frozen. A file that cannot be understood stops the start. */
export function loadConfig(home: Home, env: NodeJS.ProcessEnv = process.env, flags: Flags = {}): Config {
  const file = readConfig(fileIn.config(home));
  const model = flags.model || env["DAIMON_MODEL"] || file.profiles?.["default"]?.model || file.model || defaults.model;
  const { default: ordinary, ...profiles } = file.profiles ?? defaults.profiles;
  return freeze({
    version: currentVersion,
    model,
    mode: file.mode ?? defaults.mode,
    log: level("--log", flags.log) ?? level("DAIMON_LOG", env["DAIMON_LOG"]) ?? file.log ?? defaults.log,
    python: { ...defaults.python, ...file.python },
    limits: { ...defaults.limits, ...file.limits },
    budget: { ...defaults.budget, ...file.budget },
    patience: { ...defaults.patience, ...file.patience },
    sandbox: { ...defaults.sandbox, ...file.sandbox },
    providers: file.providers ?? defaults.providers,
    trust: file.trust ?? defaults.trust,
    // No variable of the environment opens a port.
    http: { ...defaults.http, ...file.http, ...httpOf(flags) },
    // What everybody has who named no profile has that model also where it was not the file that named it.
    profiles: { ...profiles, ...(ordinary ? { default: { ...ordinary, model } } : {}) },
  });
}

const httpOf = ({ http, "tls-cert": cert, "tls-key": key }: Flags) => ({
  ...(http === undefined ? {} : { listen: http }),
  ...(cert === undefined ? {} : { cert }),
  ...(key === undefined ? {} : { key }),
});

function readConfig(path: string): Static<typeof ConfigFile> {
  const text = readConfigText(path);
  return text === undefined ? {} : understood(path, text);
}

export const readConfigText = (path: string): string | undefined =>
  readText(path, (mode) => {
    if (mode & 0o022) throw new DaimonError("forbidden", `others can write ${path}; run: chmod go-w '${path}'`);
  });

/** What a text says that stands in this file; what is wrong with it is said with its line. */
export const understood = (path: string, text: string): Static<typeof ConfigFile> =>
  readAs(path, text, ConfigFile, { fitting: nonsenseIn });

type More<Of> = {
  /** What is wrong with a text, where the schema would say less. */
  any?(value: unknown): Fault | undefined;
  /** What no schema says. */
  fitting?(value: Of): Fault | undefined;
};

/** A TOML text of ours, or the line of the first thing that is wrong with it. */
export function readAs<S extends TSchema>(path: string, text: string, schema: S, more: More<Static<S>>): Static<S> {
  const value = parseToml(path, text);
  const early = newer(value) ?? more.any?.(value);
  if (!early && fits(schema, value)) {
    const fault = more.fitting?.(value);
    if (!fault) return value;
    throw wrong(path, text, fault);
  }
  throw wrong(path, text, early ?? faultIn(schema, value));
}

const wrong = (path: string, text: string, fault: Fault): DaimonError =>
  invalid(`${path}:${lineOf(text, fault.path)}: ${fault.path.join(".")} ${fault.says}`);

/**
 * Said before all else, because what such a file means is not known here. An older one is led to the current version
 * in this place, once there is one.
 */
function newer(value: unknown): Fault | undefined {
  const found = at(value, ["version"]);
  if (typeof found !== "number" || found <= currentVersion) return undefined;
  return { path: ["version"], says: `is ${found}, and this daimon reads ${currentVersion}; update daimon` };
}

function parseToml(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The first line of its message says what; the rest draws the place, which we give as line and column.
    const what = error.message.split("\n")[0]?.replace("Invalid TOML document: ", "");
    throw invalid(`${path}:${error.line}:${error.column}: ${what}`, error);
  }
}

function level(from: string, value: string | undefined): Config["log"] | undefined {
  if (!value) return undefined;
  if (fits(LogLevel, value)) return value;
  throw invalid(`${from} is ${JSON.stringify(value)}, but ${faultIn(LogLevel, value).says}`);
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === "object" && inner !== null) freeze(inner as object);
  return Object.freeze(value);
}

import type { Home } from "@daimon/protocol/client/home";
import { readKeys } from "./keys.ts";
import { type Flags, loadConfig } from "./load.ts";
import type { Config } from "./schema.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** All that was set at one moment. */
export type Settings = {
  readonly config: Config;
  /** The variables that providers are given their keys and addresses from: the environment's, and below it the file's. */
  readonly env: Environment;
  /** What nobody may read in a log. */
  readonly secrets: readonly string[];
};

export function readSettings(home: Home, env: Environment = process.env, flags: Flags = {}): Settings {
  const config = loadConfig(home, env, flags);
  const keys = readKeys(home);
  // Set to nothing is not set.
  const set = Object.entries(env).filter(([, value]) => value);
  return { config, env: { ...keys, ...Object.fromEntries(set) }, secrets: secretsIn(config, keys, env) };
}

/** What is in the file of keys, what looks like a key by its name, and what config.toml calls one. */
function secretsIn({ providers }: Config, keys: Environment, env: Environment): string[] {
  const called = new Set(Object.values(providers).map(({ key }) => key?.slice(1)));
  const own = Object.entries(env).filter(([name]) => /KEY|TOKEN|SECRET|PASSWORD/i.test(name) || called.has(name));
  const values = [...Object.values(keys), ...own.map(([, value]) => value)];
  return [...new Set(values.filter((value) => value !== undefined && value.length >= 8) as string[])];
}

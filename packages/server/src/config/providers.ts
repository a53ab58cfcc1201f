import type { Static } from "typebox";
import type { ProviderTable } from "./schema.ts";

/** Which providers there are: what people wrote down of them, and what everybody knows of the well-known ones. */

type Environment = Readonly<Record<string, string | undefined>>;
type Table = Readonly<Static<typeof ProviderTable>>;
type Quirks = Omit<Table, "speaks" | "url" | "key" | "headers">;
/** A server of the Chat Completions language that people know by name. */
type Server = Quirks & { baseURL: string };

type Common = {
  name: string;
  key?: string;
  headers?: Readonly<Record<string, string>>;
  /** The variable that holds its key. */
  variable?: string;
  /** It holds none, and without one nobody is let in. */
  locked?: true;
  /** Nobody said that it is there: it is looked for when somebody asks for its models, and not missed. */
  assumed?: true;
};
export type ProviderSettings = Common &
  (
    | { speaks: "anthropic" | "gemini" | "openai"; baseURL?: string }
    | ({ speaks: "openai-chat"; baseURL: string } & Quirks)
  );

/** Vendors: what they speak, the variable of their key, and of their address where they have one. */
const vendors: Record<string, { speaks: ProviderSettings["speaks"]; key: string; url?: string }> = {
  anthropic: { speaks: "anthropic", key: "ANTHROPIC_API_KEY", url: "ANTHROPIC_BASE_URL" },
  openai: { speaks: "openai", key: "OPENAI_API_KEY", url: "OPENAI_BASE_URL" },
  openrouter: { speaks: "openai-chat", key: "OPENROUTER_API_KEY" },
  gemini: { speaks: "gemini", key: "GEMINI_API_KEY" },
};

/** Servers whose address is known. */
const serverNames = ["openrouter", "ollama", "lmstudio", "llamacpp", "vllm"] as const;
type ServerName = (typeof serverNames)[number];
const isServer = (name: string): name is ServerName => (serverNames as readonly string[]).includes(name);
const vendorNamed = (name: string) => (Object.hasOwn(vendors, name) ? vendors[name] : undefined);

export const languageOf = (name: string, table?: Table): ProviderSettings["speaks"] =>
  table?.speaks ?? vendorNamed(name)?.speaks ?? "openai-chat";
/** Vendors have an address in their adapter, the servers here; any other has to be told. */
export const needsAddress = (name: string, table: Table): boolean =>
  languageOf(name, table) === "openai-chat" && !isServer(name);

/** The well-known ones first, then those of the file. `servers`: what is known of servers by their names. */
export function providersOf(
  tables: Readonly<Record<string, Table>>,
  env: Environment,
  servers: Readonly<Record<ServerName, Server>>,
): ProviderSettings[] {
  const names = new Set([...Object.keys(vendors), ...serverNames, ...Object.keys(tables)]);
  return [...names].map((name) => settingsOf(name, tables[name], env, isServer(name) ? servers[name] : undefined));
}

function settingsOf(name: string, table: Table | undefined, env: Environment, server?: Server): ProviderSettings {
  const vendor = vendorNamed(name);
  const speaks = languageOf(name, table);
  const { speaks: _, url, key: written, headers, ...quirks } = table ?? {};
  const named = (vendor?.url && env[vendor.url]) || (name === "ollama" && ollamaAt(env["OLLAMA_HOST"])) || url;
  const baseURL = named || server?.baseURL;
  const variable = written?.slice(1) ?? vendor?.key;
  const key = variable && env[variable];
  // A server at another address may ask for no key.
  const locked = variable !== undefined && !key && (written !== undefined || !named);
  const common: Common = {
    name,
    ...(key ? { key } : {}),
    ...(headers ? { headers: filled(headers, env) } : {}),
    ...(variable ? { variable } : {}),
    ...(locked ? { locked } : {}),
    ...(!table && !vendor && !named ? { assumed: true } : {}),
  };
  if (speaks !== "openai-chat") return { ...common, speaks, ...(baseURL ? { baseURL } : {}) };
  if (!baseURL) throw new Error(`the provider ${name} has no address`); // the file's check has asked for one
  return { ...server, ...quirks, ...common, speaks, baseURL };
}

/** Where OLLAMA_HOST says that it listens, as its own client reads it. */
function ollamaAt(host: string | undefined): string | undefined {
  const said = host?.trim().replace(/\/+$/, "");
  if (!said) return undefined;
  const [, scheme, rest = ""] = /^(https?:\/\/)?(.*)$/.exec(said) ?? [];
  const place = rest.startsWith(":") ? `127.0.0.1${rest}` : rest;
  const url = URL.parse(`${scheme ?? "http://"}${place}`);
  if (!url) return undefined;
  if (!scheme && !/:\d+$/.test(place.replace(/\/.*$/, ""))) url.port = "11434";
  // The address of "everywhere" is one to listen at, and not one to call.
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  if (url.hostname === "[::]") url.hostname = "[::1]";
  return `${url.href.replace(/\/$/, "")}/v1`;
}

/** `$NAME` in a header's value stands for that variable. */
const filled = (headers: Readonly<Record<string, string>>, env: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      value.replace(/\$([A-Za-z_]\w*)/g, (_, variable: string) => env[variable] ?? ""),
    ]),
  );

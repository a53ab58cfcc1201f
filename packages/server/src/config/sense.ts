import type { Static } from "typebox";
import type { Fault } from "../check.ts";
import { languageOf, needsAddress } from "./providers.ts";
import type { ConfigFile, ProviderTable } from "./schema.ts";

/** What no schema says: the first thing that fits, and still makes no sense. */
export function nonsenseIn({
  providers = {},
  profiles = {},
  trust = [],
  http = {},
}: Static<typeof ConfigFile>): Fault | undefined {
  const odd = (http.origins ?? []).findIndex((origin) => URL.parse(origin)?.origin !== origin);
  if (odd >= 0)
    return {
      path: ["http", "origins", `${odd}`],
      says: 'must be an origin as browsers name it, like "http://localhost:3000"',
    };
  const place = (["cert", "key"] as const).find((name) => !(http[name] ?? "/").startsWith("/"));
  if (place) return { path: ["http", place], says: "must be a whole path, from /" };
  const relative = trust.findIndex((folder) => !/^~?\//.test(folder));
  if (relative >= 0) return { path: ["trust", `${relative}`], says: "must be a whole path, from / or ~/" };
  for (const [name, table] of Object.entries(providers)) {
    const fault = inProvider(name, table);
    if (fault) return { path: ["providers", name, ...fault.path], says: fault.says };
  }
  const name = Object.keys(profiles).find((profile) => !/^[\w.-]{1,80}$/.test(profile));
  if (name === undefined) return undefined;
  return { path: ["profiles", name], says: "is no name for a profile; take letters, digits, dots, hyphens" };
}

function inProvider(name: string, table: Static<typeof ProviderTable>): Fault | undefined {
  const { speaks: _, url, key, headers = {}, ...quirks } = table;
  if (name === "offline") return { path: [], says: "is the guide that comes with daimon; take another name" };
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name))
    return { path: [], says: "is no name for a provider; take small letters, digits, dots, hyphens" };
  if (url === undefined && needsAddress(name, table))
    return { path: [], says: 'needs "url", the address of its server' };
  if (url !== undefined && !isAddress(url))
    return { path: ["url"], says: "must be an address that begins with http:// or https:// and has no password in it" };
  if (key !== undefined && !/^\$[A-Za-z_]\w*$/.test(key))
    return {
      path: ["key"],
      says: 'must name a variable, like "$MY_KEY"; the key itself belongs into .env beside this file',
    };
  for (const [header, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(header) || /[^\t\x20-\x7e]/.test(value))
      return { path: ["headers", header], says: "is no header that can be sent" };
    if (/auth|key|token|secret|cookie/i.test(header) && !value.includes("$"))
      return {
        path: ["headers", header],
        says: 'must name a variable, like "Bearer $MY_KEY"; secrets belong into .env',
      };
  }
  const [quirk] = Object.keys(quirks);
  const language = languageOf(name, table);
  return quirk !== undefined && language !== "openai-chat"
    ? { path: [quirk], says: `is for servers that speak openai-chat, and this one speaks ${language}` }
    : undefined;
}

function isAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

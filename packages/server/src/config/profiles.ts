import { DaimonError, nearest } from "@daimon/protocol";
import { stringify } from "smol-toml";
import { type Static, Type } from "typebox";
import type { Fault } from "../check.ts";
import { invalid } from "./file.ts";
import { says } from "./edit.ts";
import { readAs, understood } from "./load.ts";
import { ConfigFile, currentVersion, ProfileTable, version } from "./schema.ts";
import { nonsenseIn } from "./sense.ts";
import { notYours } from "./yours.ts";

/** What one person hands to another: profiles, and nothing that is theirs alone. */
const Handed = Type.Object(
  { version, profiles: Type.Record(Type.String(), ProfileTable) },
  { additionalProperties: false },
);
type Profiles = Static<typeof Handed>["profiles"];

export const handedOn = (name: string, profile: unknown): string =>
  stringify({ version: currentVersion, profiles: { [name]: profile } });

/** The profiles in a text from somebody, or the line of what may not be in it. */
export const handedIn = (text: string, tools: readonly string[]): Profiles =>
  readAs("profile", text, Handed, {
    any: (value) => notYours(value, Handed),
    fitting: (value) => nonsenseIn(value) ?? unknownTool(value.profiles, tools),
  }).profiles;

export function checkTools(file: string, text: string, tools: readonly string[]): void {
  readAs(file, text, ConfigFile, { fitting: ({ profiles = {} }) => unknownTool(profiles, tools) });
}

function unknownTool(profiles: Profiles, known: readonly string[]): Fault | undefined {
  for (const [name, { tools = [] }] of Object.entries(profiles))
    for (const [index, tool] of tools.entries()) {
      if (known.includes(tool)) continue;
      const meant = nearest(tool, known);
      const hint = meant === undefined ? `there are: ${known.join(", ")}` : `did you mean ${JSON.stringify(meant)}?`;
      return { path: ["profiles", name, "tools", `${index}`], says: `is no tool: ${JSON.stringify(tool)}; ${hint}` };
    }
  return undefined;
}

/** A settings file with these profiles in it, and all else as people wrote it. */
export function withProfiles(file: string, text: string, profiles: Profiles, force: boolean): string {
  const before = understood(file, text);
  const there = Object.keys(profiles).filter((name) => Object.hasOwn(before.profiles ?? {}, name));
  if (there.length > 0 && !force)
    throw new DaimonError("conflict", `there is a profile ${JSON.stringify(there[0])} already; --force replaces it`);
  const kept = there.reduce(without, text).trimEnd();
  const next = `${kept === "" ? "" : `${kept}\n\n`}${stringify({ profiles })}\n`;
  const wanted = { ...before, profiles: { ...before.profiles, ...profiles } };
  if (!says(next, JSON.parse(JSON.stringify(wanted))))
    throw invalid(`${there.join(", ")} cannot be replaced in one piece; edit ${file}`);
  understood(file, next);
  return next;
}

/** Without a profile's tables; what people noted above the next one stays there. */
function without(text: string, name: string): string {
  const lines = text.split("\n");
  const kept: string[] = [];
  let held: string[] | undefined;
  for (const line of lines) {
    const header = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    const own = header === `profiles.${name}` || header?.startsWith(`profiles.${name}.`);
    if (header !== undefined) {
      if (!own) kept.push(...(held ?? []));
      held = own ? [] : undefined;
    }
    if (!held) kept.push(line);
    else if (header === undefined) held = /^\s*(#|$)/.test(line) ? [...held, line] : [];
  }
  return kept.join("\n");
}

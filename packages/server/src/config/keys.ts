import { DaimonError } from "@daimon/protocol";
import { fileIn, type Home } from "@daimon/protocol/client/home";
import { invalid, readText } from "./file.ts";

/**
 * The keys that people keep in a file: `NAME=value` lines beside config.toml, for this user's eyes alone. What is wrong in it is
 * named by its line and never repeated.
 */
export function readKeys(home: Home): Record<string, string> {
  const path = fileIn.keys(home);
  const text = readText(path, (mode) => {
    if (mode & 0o077)
      throw new DaimonError("forbidden", `others can read the keys in ${path}; run: chmod 600 '${path}'`);
  });
  const keys: Record<string, string> = {};
  for (const [index, line] of (text ?? "").split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, rest = ""] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)$/.exec(line) ?? [];
    if (name === undefined) throw invalid(`${path}:${index + 1}: this is no line like NAME=value`);
    keys[name] = unquoted(rest.trim());
  }
  return keys;
}

const unquoted = (value: string): string => /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;

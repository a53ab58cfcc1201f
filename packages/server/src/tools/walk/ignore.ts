import { type Glob, globOf } from "./glob.ts";

/** What one .gitignore says of paths from its folder: true leaves out, false takes in again, undefined says nothing. */
export type Ignore = (path: string, isFolder: boolean) => boolean | undefined;

export function ignoreOf(text: string): Ignore {
  const rules = text.split("\n").flatMap(ruleOf);
  return (path, isFolder) => rules.findLast((rule) => (isFolder || !rule.folders) && rule.names(path))?.out;
}

type Rule = { names: Glob; out: boolean; folders: boolean };

function ruleOf(line: string): Rule[] {
  // Spaces at the end count only where they are escaped.
  const written = line.replace(/\r$/, "").replace(/(?<!\\)[ \t]+$/, "");
  if (written === "" || written.startsWith("#")) return [];
  const out = !written.startsWith("!");
  const pattern = out ? written : written.slice(1);
  if (pattern === "" || pattern === "/") return [];
  try {
    return [{ names: globOf(pattern, { braces: false }), out, folders: pattern.endsWith("/") }];
  } catch {
    return []; // no glob, so it names nothing
  }
}

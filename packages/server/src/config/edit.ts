import { isDeepStrictEqual } from "node:util";
import { parse, TomlError } from "smol-toml";
import { invalid } from "./file.ts";
import { at, lineOf } from "./line.ts";
import { understood } from "./load.ts";

/**
 * A settings file with one thing in it set, and all else as people wrote it. What cannot be done so in one line is refused, and
 * so is a file that would not be understood afterwards.
 */
export function edited(file: string, text: string, key: string, written: string): string {
  const path = key.split(".");
  const value = literal(written);
  if (path.some((step) => !/^[\w-]+$/.test(step) || step === "__proto__"))
    throw invalid(`${key} is no key; write it as in limits.steps`);
  // A file that is broken already is told with its line, before anything is made of it.
  understood(file, text);
  const wanted = withValue(text, path, value);
  const next = withLine(text, path, value);
  if (!says(next, wanted)) throw invalid(`${key} cannot be set in one line; edit ${file}`);
  understood(file, next);
  return next;
}

export const says = (text: string, wanted: unknown): boolean => isToml(text) && isDeepStrictEqual(plain(text), wanted);

/** As TOML writes it; what is no value there is meant as text. */
function literal(written: string): string {
  return !written.includes("\n") && isToml(`x = ${written}`) ? written : JSON.stringify(written);
}

function isToml(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof TomlError) return false;
    throw error;
  }
}

function withLine(text: string, path: readonly string[], value: string): string {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
  const joined = (all: readonly string[]): string => all.map((line) => line + eol).join("");
  const [name, table] = [path.at(-1) ?? "", path.slice(0, -1)];
  const setting = `${name} = ${value}`;
  const headers = lines.flatMap((line, index) => (/^\s*\[/.test(line) ? [index] : []));
  const first = headers[0] ?? lines.length;
  if (at(plain(text), path) !== undefined) {
    const line = lineOf(text, path) - 1;
    return joined(lines.with(line, rewritten(lines[line] ?? "", value)));
  }
  if (table.length === 0) return joined(lines.toSpliced(first, 0, setting));
  const header = headers.find((index) => lines[index]?.trim().replace(/\s*#.*$/, "") === `[${table.join(".")}]`);
  if (header !== undefined) return joined(lines.toSpliced(header + 1, 0, setting));
  return joined([...lines, `[${table.join(".")}]`, setting]);
}

/** Another value on a line, and behind it what people noted there. */
function rewritten(line: string, value: string): string {
  const marks = [...line.matchAll(/\s*#/g)].map(({ index }) => index);
  // A mark within a string cuts it in two, which nobody can read: the first that does not is where the value has ended.
  const end = marks.find((mark) => isToml(line.slice(0, mark)));
  const note = end === undefined ? "" : line.slice(end);
  return line.replace(/=.*$/, () => `= ${value}${note}`);
}

const plain = (text: string): unknown => JSON.parse(JSON.stringify(parse(text)));

/** What the text says, with this value where the path leads. */
function withValue(text: string, path: readonly string[], value: string): unknown {
  const whole = plain(text);
  let inner = whole as Record<string, unknown>;
  for (const step of path.slice(0, -1)) inner = (inner[step] ??= {}) as Record<string, unknown>;
  inner[path.at(-1) ?? ""] = (plain(`x = ${value}`) as { x: unknown }).x;
  return whole;
}

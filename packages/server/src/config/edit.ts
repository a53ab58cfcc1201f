import { isDeepStrictEqual } from "node:util";
import { parse, TomlError } from "smol-toml";
import { invalid } from "./file.ts";
import { lineOf } from "./line.ts";
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

function says(text: string, wanted: unknown): boolean {
  try {
    return isDeepStrictEqual(plain(text), wanted);
  } catch (error) {
    if (error instanceof TomlError) return false;
    throw error;
  }
}

/** As TOML writes it; what is no value there is meant as text. */
function literal(written: string): string {
  try {
    parse(`x = ${written}`);
    return written.includes("\n") ? JSON.stringify(written) : written;
  } catch {
    return JSON.stringify(written);
  }
}

function withLine(text: string, path: readonly string[], value: string): string {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const [name, table] = [path.at(-1) ?? "", path.slice(0, -1)];
  const setting = `${name} = ${value}`;
  const headers = lines.flatMap((line, index) => (/^\s*\[/.test(line) ? [index] : []));
  const first = headers[0] ?? lines.length;
  if (at(plain(text), path) !== undefined) {
    const line = lineOf(text, path) - 1;
    return joined(
      lines.with(
        line,
        (lines[line] ?? "").replace(/=.*$/, () => `= ${value}`),
      ),
    );
  }
  if (table.length === 0) return joined(lines.toSpliced(first, 0, setting));
  const header = headers.find((index) => lines[index]?.trim().replace(/\s*#.*$/, "") === `[${table.join(".")}]`);
  if (header !== undefined) return joined(lines.toSpliced(header + 1, 0, setting));
  return joined([...lines, `[${table.join(".")}]`, setting]);
}

const joined = (lines: readonly string[]): string => `${lines.join("\n")}\n`;
const plain = (text: string): unknown => JSON.parse(JSON.stringify(parse(text)));

/** What the text says, with this value where the path leads. */
function withValue(text: string, path: readonly string[], value: string): unknown {
  const whole = plain(text);
  let inner = whole as Record<string, unknown>;
  for (const step of path.slice(0, -1)) inner = (inner[step] ??= {}) as Record<string, unknown>;
  inner[path.at(-1) ?? ""] = (plain(`x = ${value}`) as { x: unknown }).x;
  return whole;
}

/** What stands at the end of a path of keys. */
export const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce(
    (inner, step) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, step) ? Reflect.get(inner, step) : undefined,
    value,
  );

import { DaimonError } from "@daimon/protocol";
import { replaceFile } from "@daimon/protocol/client/home";
import { readFileSync, realpathSync } from "node:fs";
import type { Door, Keyring } from "../core/ports.ts";

type Options = {
  doors(): readonly Door[];
  /** Where keys are kept, `NAME=value` a line. */
  file: string;
  /** Goes before the file. */
  env: Readonly<Record<string, string | undefined>>;
};

/** The keys of providers, in a file for this user's eyes alone. */
export const openKeyring = ({ doors, file, env }: Options): Keyring => ({
  doors,
  keep(variable, key) {
    replace(file, (text) => withLine(text, variable, key));
    return { file, shadowed: Boolean(env[variable]) };
  },
});

/** The text with this variable set so, once, in its old place where it had one. All else stays as people wrote it. */
function withLine(text: string, variable: string, value: string): string {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const sets = (line: string) => /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1] === variable;
  const at = lines.findIndex(sets);
  const line = `${variable}=${value}`;
  const kept = lines.flatMap((old, index) => (index === at ? [line] : sets(old) ? [] : [old]));
  return `${(at < 0 ? [...lines, line] : kept).join("\n")}\n`;
}

function replace(file: string, edit: (text: string) => string): void {
  try {
    // People link their settings to where they keep them: the link stays, and what it leads to is replaced.
    const path = realPath(file);
    replaceFile(path, edit(textOf(path)));
  } catch (error) {
    if (error instanceof DaimonError || !(error instanceof Error)) throw error;
    throw new DaimonError(
      "forbidden",
      `${file} cannot be written (${error.message}); make it writable or move it away`,
      {
        cause: error,
      },
    );
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (isMissing(error)) return file;
    throw error;
  }
}

function textOf(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new DaimonError("invalid", `${path} is not UTF-8 text; save it as UTF-8`, { cause: error });
  }
}

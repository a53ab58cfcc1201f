import { DaimonError } from "@daimon/protocol";
import { readFileSync } from "node:fs";
import type { Door, Keyring } from "../core/ports.ts";
import { isMissing, rewrite } from "./file.ts";

export { openSignIns } from "./signins.ts";

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
    rewrite(file, (path) => withLine(textOf(path), variable, key));
    const other = env[variable];
    return { file, shadowed: Boolean(other) && other !== key };
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

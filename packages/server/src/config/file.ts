import { DaimonError } from "@daimon/protocol";
import { checkOwner } from "@daimon/protocol/client/home";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";

/** A file of the user's own, as text; undefined where there is none. `checkMode` refuses who else can reach it. */
export function readText(path: string, checkMode: (mode: number) => void): string | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw invalid(`cannot read ${path} (${(error as Error).message}); make it readable or move it away`, error);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw invalid(`${path} is not a file; move it away`);
    checkOwner(path, stats);
    checkMode(stats.mode);
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof DaimonError) throw error;
    throw invalid(`${path} is not UTF-8 text; save it as UTF-8`, error);
  } finally {
    closeSync(file);
  }
}

export const invalid = (sentence: string, cause?: unknown) => new DaimonError("invalid", sentence, { cause });

import { DaimonError } from "@daimon/protocol";
import { replaceFile } from "@daimon/protocol/client/home";
import { realpathSync } from "node:fs";

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

/** Replaces a file of the user's, or makes it, with what is made of the place where it really is. */
export function rewrite(file: string, textFor: (path: string) => string): void {
  try {
    // People link their settings to where they keep them: the link stays, and what it leads to is replaced.
    const path = realPath(file);
    replaceFile(path, textFor(path));
  } catch (error) {
    if (error instanceof DaimonError || !(error instanceof Error)) throw error;
    throw new DaimonError(
      "forbidden",
      `${file} cannot be written (${error.message}); make it writable or move it away`,
      { cause: error },
    );
  }
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (isMissing(error)) return file;
    throw error;
  }
}

import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { isWithin } from "../paths/words.ts";

/** Where a program is on the PATH. One that lies where the assistant may write is somebody else's program. */
export function programOn(name: string, path: string | undefined, roots: readonly string[]): string | undefined {
  for (const folder of (path ?? "").split(delimiter).filter(isAbsolute)) {
    try {
      const file = join(folder, name);
      accessSync(file, constants.X_OK);
      const real = realpathSync.native(file);
      if (!roots.some((root) => isWithin(root, real) || isWithin(root, file))) return real;
    } catch {
      // not here
    }
  }
  return undefined;
}

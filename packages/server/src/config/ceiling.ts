import { type Ceiling as Taken, DaimonError, nearest } from "@daimon/protocol";
import { Ceiling } from "@daimon/protocol/schema";
import { join } from "node:path";
import { Type } from "typebox";
import type { Fault } from "../check.ts";
import type { Ceilings } from "../core/ports.ts";
import { invalid } from "./file.ts";
import { readAs } from "./load.ts";
import { version } from "./schema.ts";
import { notYours } from "./yours.ts";

/** What a project's own file may say: nothing in it can give anybody more than they have. */
const CeilingFile = Type.Object({ version, ...Ceiling.properties }, { additionalProperties: false });

export type CeilingPorts = {
  /** What a file of a project says, or why it is not read; undefined where there is none. */
  read(root: string, path: string): Promise<{ is: "text"; text: string } | { is: "unread"; why: string } | undefined>;
  isThere(path: string): Promise<boolean>;
  /** The names of all tools. */
  tools: readonly string[];
};

/** Read anew each time. A file that cannot be used leaves what it said before, as long as this daemon lives. */
export function fileCeilings({ read, isThere, tools }: CeilingPorts): Ceilings {
  const usable = new Map<string, Taken>();
  return {
    file,
    found: (root) => isThere(join(root, file)),
    async of(root) {
      const path = join(root, file);
      const found = await read(root, path);
      if (!found) {
        usable.delete(root);
        return undefined;
      }
      try {
        if (found.is === "unread") throw invalid(`${path} is not read: ${found.why}`);
        const holds = ceilingIn(path, found.text, tools);
        usable.set(root, holds);
        return { holds };
      } catch (error) {
        if (!(error instanceof DaimonError)) throw error;
        const holds = usable.get(root);
        const still = holds ? "what it said before stays" : "until it is mended this project takes nothing away";
        return { holds: holds ?? {}, fault: `${error.message}; ${still}` };
      }
    },
  };
}

const file = join(".daimon", "config.toml");

function ceilingIn(path: string, text: string, tools: readonly string[]): Taken {
  const { version: _, ...ceiling } = readAs(path, text, CeilingFile, {
    any: (value) => notYours(value, CeilingFile),
    fitting: (value) => misspelt(value.tools ?? [], tools),
  });
  return ceiling;
}

/** A name that nobody here knows takes nothing away that is there, unless it was meant to be another. */
function misspelt(names: readonly string[], known: readonly string[]): Fault | undefined {
  for (const [index, name] of names.entries()) {
    const meant = known.includes(name) ? undefined : nearest(name, known);
    if (meant !== undefined)
      return {
        path: ["tools", `${index}`],
        says: `is ${JSON.stringify(name)}; did you mean ${JSON.stringify(meant)}?`,
      };
  }
  return undefined;
}

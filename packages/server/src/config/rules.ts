import { DaimonError } from "@daimon/protocol";
import { replaceFile } from "@daimon/protocol/client/home";
import { Rule } from "@daimon/protocol/schema";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "smol-toml";
import { Type } from "typebox";
import { faultIn, fits } from "../check.ts";
import type { KeptRule, Rules } from "../core/ports.ts";

/** What people answered for more than one session: a file of its own beside config.toml, since daimon writes in it. */

const File = Type.Object(
  {
    rules: Type.Optional(
      Type.Array(
        Type.Object(
          {
            ...Rule.properties,
            project: Type.Optional(Type.String({ maxLength: 4096 })),
            at: Type.Integer(),
            by: Type.String({ maxLength: 200 }),
          },
          { additionalProperties: false },
        ),
        { maxItems: 5000 },
      ),
    ),
  },
  { additionalProperties: false },
);

const header =
  "# What may run unasked, and what never may: answers that hold for a project or always.\n" +
  "# daimon writes this file anew with each of them, so notes of yours do not stay in it.\n\n";

export function openRules(folder: string): Rules {
  const file = join(folder, "rules.toml");
  let writing: Promise<unknown> = Promise.resolve();

  async function read(): Promise<KeptRule[]> {
    try {
      const parsed: unknown = parse(await readFile(file, "utf8"));
      if (fits(File, parsed)) return parsed.rules ?? [];
      const { path, says } = faultIn(File, parsed);
      throw new Error(`${path.join(".")} ${says}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw new DaimonError("invalid", `${file} cannot be used: ${(error as Error).message}; mend it or remove it`, {
        cause: error,
      });
    }
  }

  /** One at a time: two answers at once are both kept. */
  function change<T>(make: (rules: KeptRule[]) => { rules: KeptRule[]; result: T }): Promise<T> {
    const done = writing.then(async () => {
      const { rules, result } = make(await read());
      replaceFile(file, header + stringify({ rules }));
      return result;
    });
    writing = done.catch(() => {});
    return done;
  }

  return {
    kept: read,
    keep: (rule) =>
      change((rules) => ({ rules: [...rules.filter((other) => other.rule !== rule.rule), rule], result: undefined })),
    revoke: (name) =>
      change((rules) => {
        const left = rules.filter(({ rule }) => rule !== name);
        return { rules: left, result: left.length < rules.length };
      }),
  };
}

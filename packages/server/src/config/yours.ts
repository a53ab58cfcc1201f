import type { TSchema } from "typebox";
import type { Fault } from "../check.ts";

/** What only a person's own config.toml may say, and why nothing that comes from others may. */
const reasons: readonly [RegExp, string][] = [
  [
    /^(providers?|speaks|urls?|base_?urls?|address|host|endpoint|headers?|proxy)$/i,
    "says where words and keys are sent",
  ],
  [/^(keys?|api_?keys?|token|secrets?|passwords?|credentials?|env)$/i, "is about keys, which nobody else deals with"],
  [
    /^(commands?|cmd|hooks?|scripts?|plugins?|mcp\w*|notify|shell|sandbox)$/i,
    "would have others choose what runs on your machine",
  ],
  [/^(python|runtimes?|interpreter|kernel)$/i, "would have others choose the program that runs as your Python"],
  [/^(trust|trusted)$/i, "is your word, and nobody can give it for you"],
  [/^(profiles?|models?|thinking|temperature|max_?tokens)$/i, "is about what you pay for, and with whom you talk"],
  [
    /^(personality|instructions|prompt|system)$/i,
    "is for the assistant to read: a project writes that into its AGENTS.md",
  ],
  [/^(log|warn)$/i, "is about what you are told"],
];

/** The first key that a file from others may not have though it makes sense, at whatever depth it stands. */
export function notYours(value: unknown, allowed: TSchema, path: readonly string[] = []): Fault | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const known: Record<string, TSchema> = Reflect.get(allowed, "properties") ?? {};
  const [anyKey] = Object.values<TSchema>(Reflect.get(allowed, "patternProperties") ?? {});
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, key];
    const schema = Object.hasOwn(known, key) ? known[key] : anyKey;
    const why = schema ? undefined : reasons.find(([name]) => name.test(key))?.[1];
    if (why) return { path: here, says: `may stand in your own config.toml only: it ${why}` };
    const deeper = notYours(inner, schema ?? {}, here);
    if (deeper) return deeper;
  }
  return undefined;
}

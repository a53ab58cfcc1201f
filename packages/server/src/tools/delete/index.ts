import { Type } from "typebox";
import type { ToolContext, ToolResult } from "../../core/ports.ts";
import { contentOf, textOf } from "../known.ts";
import { namedFrom, pathNames, renamed } from "../named.ts";
import { patchBetween } from "../patch.ts";
import { entryOf } from "../paths/place.ts";
import { relocate } from "../paths/relocate.ts";
import { quoted } from "../paths/words.ts";
import { described, holdOf, type Whole, wholeAt } from "../things.ts";
import { defineWriter, type Plan } from "../writer.ts";
import { placeInTrash } from "./trash.ts";

export const remove = defineWriter({
  name: "delete",
  about: "Delete a file or folder. People can take it back from a trash.",
  input: Type.Object(
    { path: Type.String({ minLength: 1, maxLength: 4096, description: "What is deleted" }) },
    { additionalProperties: false },
  ),
  mend: (input) => renamed(input, { path: pathNames }),
  show: ({ path }) => ({ text: `delete ${quoted(path)}` }),
  paths: async ({ path }, context) => [(await entryOf(context, path)).real],
  plan: ({ path }, context) => planned(path, context),
});

/** More is not shown before it goes. */
const shownAtMost = 64 * 1024;

async function planned(path: string, context: ToolContext): Promise<Plan> {
  const whole = await wholeAt(path, context);
  const what = `Delete ${quoted(path)}: ${await described(whole, path, context.signal)}. It is kept in the trash.`;
  const content = whole.stats.size <= shownAtMost ? await contentOf(whole, path) : undefined;
  const text = content && textOf(content);
  const patch = text === undefined ? "" : (await patchBetween(namedFrom(context, whole.real), text, undefined)).text;
  return { shows: [what, patch].join("\n").trim(), make: () => make(whole, path, context) };
}

async function make(whole: Whole, path: string, context: ToolContext): Promise<ToolResult> {
  const bytes = await contentOf(whole, path);
  using from = await holdOf(whole, path);
  using kept = await placeInTrash(context, whole.real);
  const before = bytes && { bytes, mode: Number(whole.stats.mode & 0o777n) };
  const announce = async () => {
    await kept.note();
    await context.changing({ path: whole.real, change: "deleted", to: kept.path, ...(before ? { before } : {}) });
  };
  try {
    await relocate({ from, to: kept, stats: whole.stats, announce, signal: context.signal }, path);
  } catch (error) {
    await kept.unnote();
    throw error;
  }
  return { text: `Deleted ${quoted(path)}. People get it back with daimon undo, or from ${quoted(kept.path)}.` };
}

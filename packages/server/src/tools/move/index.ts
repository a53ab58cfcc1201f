import { DaimonError } from "@daimon/protocol";
import { hash } from "node:crypto";
import { Type } from "typebox";
import type { ToolContext, ToolResult } from "../../core/ports.ts";
import { contentOf } from "../known.ts";
import { renamed } from "../named.ts";
import { refuseOwned } from "../paths/closed.ts";
import { holdFolderOf } from "../paths/hold.ts";
import { entryOf, type Place } from "../paths/place.ts";
import { relocate } from "../paths/relocate.ts";
import { isWithin, quoted, troubleChanging } from "../paths/words.ts";
import { carry } from "../seen.ts";
import { described, holdOf, type Whole, wholeAt } from "../things.ts";
import { defineWriter, type Plan } from "../writer.ts";

export const move = defineWriter({
  name: "move",
  about: "Move or rename a file or a folder, never over another.",
  input: Type.Object(
    {
      from: Type.String({ minLength: 1, maxLength: 4096, description: "What is moved" }),
      to: Type.String({ minLength: 1, maxLength: 4096, description: "Its new path and name" }),
    },
    { additionalProperties: false },
  ),
  mend: (input) =>
    renamed(input, { from: ["source", "src", "old_path", "path"], to: ["destination", "dest", "dst", "new_path"] }),
  show: ({ from, to }) => ({ text: `move ${quoted(from)} to ${quoted(to)}` }),
  paths: async ({ from, to }, context) =>
    Promise.all([from, to].map(async (path) => (await entryOf(context, path)).real)),
  plan: ({ from, to }, context) => planned({ from, to }, context),
});

type Paths = { from: string; to: string };

async function planned(paths: Paths, context: ToolContext): Promise<Plan> {
  const { from, to } = paths;
  const whole = await wholeAt(from, context);
  const target = await entryOf(context, to);
  refuseOwned(target, to);
  mustBeFree(whole, target, paths);
  const shows = `Move ${quoted(from)} to ${quoted(to)}: ${await described(whole, from, context.signal)}.`;
  return { shows, make: () => make(whole, target, paths, context) };
}

function mustBeFree(whole: Whole, target: Place, { from, to }: Paths): void {
  if (target.stats?.isDirectory())
    throw new DaimonError(
      "conflict",
      `There is a folder ${quoted(to)}: to move ${quoted(from)} into it, give its new name too.`,
    );
  if (target.stats)
    throw new DaimonError("conflict", `${quoted(to)} is there already: delete it first, or give another name.`);
  if (isWithin(whole.real, target.real))
    throw new DaimonError("invalid", `${quoted(from)} cannot be moved into itself.`);
}

async function make(whole: Whole, target: Place, { from, to }: Paths, context: ToolContext): Promise<ToolResult> {
  const content = await contentOf(whole, from);
  using source = await holdOf(whole, from);
  const making = (folder: string) => context.changing({ path: folder, change: "created" });
  using spot = await holdFolderOf(target, to, making).catch((error: unknown) => {
    throw troubleChanging(to, error);
  });
  const announce = () =>
    context.changing({
      path: whole.real,
      change: "moved",
      to: target.real,
      ...(content ? { after: hash("sha256", content) } : {}),
    });
  try {
    await relocate({ from: source, to: spot, stats: whole.stats, announce, signal: context.signal }, from);
  } catch (error) {
    await spot.unmake();
    throw error;
  }
  carry(context.session, whole.real, target.real);
  return { text: `Moved ${quoted(from)} to ${quoted(to)}.` };
}

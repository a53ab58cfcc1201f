import { hash } from "node:crypto";
import { Type } from "typebox";
import type { ToolContext, ToolResult } from "../../core/ports.ts";
import { changedSince, isKnown, knownFile, textOf, toBytes } from "../known.ts";
import { sized } from "../limits.ts";
import { namedFrom, pathNames, renamed } from "../named.ts";
import { type Patch, patchBetween, tooCoarse } from "../patch.ts";
import { refuseOwned } from "../paths/closed.ts";
import { placeOf } from "../paths/place.ts";
import { quoted, refusal } from "../paths/words.ts";
import { save, type Wanted as Saved } from "../save.ts";
import { defineWriter, type Plan } from "../writer.ts";

export const write = defineWriter({
  name: "write",
  about: "Write a whole file and the folders above it. One that is there must have been read.",
  input: Type.Object(
    {
      path: Type.String({ minLength: 1, maxLength: 4096, description: "The file" }),
      content: Type.String({
        maxLength: 10 * 1024 * 1024,
        description: "All of it",
      }),
    },
    { additionalProperties: false },
  ),
  mend: (input) => renamed(input, { path: pathNames, content: ["contents", "text", "file_text"] }),
  show: ({ path, content }) => ({ text: `write ${quoted(path)}: ${linesIn(content)}` }),
  paths: async ({ path }, context) => [(await placeOf(context, path)).real],
  plan: ({ path, content }, context) => planned(path, content, context),
});

async function planned(path: string, content: string, context: ToolContext): Promise<Plan> {
  const bytes = toBytes(content, "The content");
  const place = await placeOf(context, path);
  refuseOwned(place, path);
  const known = place.stats ? await knownFile(place, path) : undefined;
  if (known) mustBeKnown(isKnown(context.session, place.real, known), path);
  const wanted: Wanted = { path, place, known, content, bytes, sha256: hash("sha256", bytes) };
  if (known?.sha256 === wanted.sha256) {
    const text = `${quoted(path)} holds exactly that already.`;
    return { shows: text, make: () => Promise.resolve({ text }) };
  }
  const shown = await shownAs(wanted, context);
  return { shows: [shown.patch.text, ...shown.notes].join("\n"), make: () => make(wanted, shown, context) };
}

type Wanted = Saved & { content: string };
type Shown = { patch: Patch; notes: string[] };

function mustBeKnown(asSeen: boolean | undefined, path: string): void {
  if (asSeen === undefined)
    throw refusal(
      `${quoted(path)} is there already and you have not read it: read it first, or change a part with edit.`,
    );
  if (!asSeen) throw changedSince(path);
}

async function shownAs({ place, known, content }: Wanted, context: ToolContext): Promise<Shown> {
  const name = namedFrom(context, place.real);
  const before = known?.bytes && textOf(known.bytes);
  const patch = await patchBetween(name, known ? (before ?? "") : undefined, content);
  const notes: string[] = [];
  if (known && before === undefined)
    notes.push(`What it held until now is not shown: ${sized(Number(known.stats.size))}.`);
  if (patch.coarse) notes.push(tooCoarse);
  return { patch, notes };
}

async function make(wanted: Wanted, { patch, notes }: Shown, context: ToolContext): Promise<ToolResult> {
  const { path, known, content } = wanted;
  const said = await save(wanted, context);
  const what = `Wrote ${quoted(path)}: ${linesIn(content)}${known ? "" : ", a new file"}.`;
  return { text: [what, ...notes, ...said].join(" "), bundle: { "text/x-diff": patch.text } };
}

function linesIn(text: string): string {
  const lines = text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return `${lines} ${lines === 1 ? "line" : "lines"}`;
}

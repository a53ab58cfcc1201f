import { DaimonError } from "@daimon/protocol";
import { hash } from "node:crypto";
import { Type } from "typebox";
import type { ToolContext, ToolResult } from "../../core/ports.ts";
import { changedSince, isKnown, knownFile, textOf, toBytes } from "../known.ts";
import { bounded, sized } from "../limits.ts";
import { namedFrom } from "../named.ts";
import { type Patch, patchBetween, tooCoarse } from "../patch.ts";
import { placeOf } from "../paths/place.ts";
import { quoted } from "../paths/words.ts";
import { save, type Wanted } from "../save.ts";
import { defineWriter, type Plan } from "../writer.ts";
import { applyEdits, type Edit } from "./edits.ts";
import { mendEdits } from "./mend.ts";

const closed = { additionalProperties: false };
const textAtMost = 1024 * 1024;
const editedAtMost = 10 * 1024 * 1024;

export const edit = defineWriter({
  name: "edit",
  about: "Change parts of a file. Each oldText stands in it just once, as it is before the call.",
  input: Type.Object(
    {
      path: Type.String({ minLength: 1, maxLength: 4096, description: "The file" }),
      edits: Type.Array(
        Type.Object(
          {
            oldText: Type.String({ minLength: 1, maxLength: textAtMost, description: "What is there" }),
            newText: Type.String({ maxLength: textAtMost, description: "What comes there" }),
          },
          closed,
        ),
        { minItems: 1, maxItems: 200, description: "None within another" },
      ),
    },
    closed,
  ),
  mend: mendEdits,
  show: ({ path, edits }) => ({ text: `edit ${quoted(path)}: ${placesIn(edits)}` }),
  paths: async ({ path }, context) => [(await placeOf(context, path)).real],
  plan: ({ path, edits }, context) => planned(path, edits, context),
});

async function planned(path: string, edits: readonly Edit[], context: ToolContext): Promise<Plan> {
  for (const { oldText, newText } of edits) for (const text of [oldText, newText]) toBytes(text, "An edit");
  const place = await placeOf(context, path);
  if (place.stats?.isFile() && place.stats.size > editedAtMost) throw tooLarge(place.stats.size, path);
  const known = await knownFile(place, path);
  // Who gives the text that is there has seen it, after a restart too; not so who read another.
  if (isKnown(context.session, place.real, known) === false) throw changedSince(path);
  const before = textOf(known.bytes ?? Buffer.alloc(0));
  if (before === undefined) throw noText(path);
  const { text, alike } = applyEdits(before, edits, path);
  const bytes = toBytes(text, "The result");
  const patch = await patchBetween(namedFrom(context, place.real), before, text);
  const wanted = { path, place, known, bytes, sha256: hash("sha256", bytes) };
  return {
    shows: [patch.text, ...(patch.coarse ? [tooCoarse] : [])].join("\n"),
    make: () => make(wanted, { patch, edits, alike }, context),
  };
}

const placesIn = ({ length }: readonly Edit[]): string => `${length} ${length === 1 ? "place" : "places"}`;

const tooLarge = (size: bigint, path: string) =>
  new DaimonError(
    "too_large",
    `${quoted(path)} holds ${sized(Number(size))}; edit takes up to ${sized(editedAtMost)}: change it with Python or a command.`,
  );
const noText = (path: string) =>
  new DaimonError("invalid", `${quoted(path)} is no text in UTF-8, so nothing in it is edited: use Python.`);

type Made = { patch: Patch; edits: readonly Edit[]; alike: readonly number[] };

async function make(wanted: Wanted, { patch, edits, alike }: Made, context: ToolContext): Promise<ToolResult> {
  const notes = await save(wanted, context);
  if (patch.coarse) notes.unshift(tooCoarse);
  const which = edits.length === 1 ? "It" : `Edit ${alike.join(", ")}`;
  if (alike.length > 0) notes.unshift(`${which} was found only but for quotes, dashes, spaces or forms of letters.`);
  const { text } = bounded(patch.rows, (count) =>
    count < patch.rows.length ? `The first ${count} lines of what changed.` : "",
  );
  const head = [`Changed ${quoted(wanted.path)} in ${placesIn(edits)}, from line ${patch.first}.`, ...notes].join(" ");
  return { text: `${head}\n${text}`, bundle: { "text/x-diff": patch.text } };
}

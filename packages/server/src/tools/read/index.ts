import { DaimonError } from "@daimon/protocol";
import { hash } from "node:crypto";
import { basename } from "node:path";
import { Type } from "typebox";
import type { ToolContext, ToolResult } from "../../core/ports.ts";
import { defineTool } from "../define.ts";
import { linesAtMost, sized, withinTime } from "../limits.ts";
import { openFile, type Opened } from "../paths/open.ts";
import { quoted } from "../paths/words.ts";
import { resultNamed } from "../results.ts";
import { remember, seenOf } from "../seen.ts";
import { pictureIn, type Picture } from "./picture.ts";
import { fromUtf16, startOf, type Window, windowIn, windowOf } from "./window.ts";

export const read = defineTool({
  name: "read",
  about: "Read a text file, each line behind its number and a tab; or see a picture (png, jpeg, gif, webp).",
  input: Type.Object(
    {
      path: Type.String({ minLength: 1, maxLength: 4096, description: "The file, or result:12" }),
      offset: Type.Optional(Type.Integer({ minimum: 1, description: "The first line to read" })),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: linesAtMost, description: `Lines at most, else ${linesAtMost}` }),
      ),
    },
    { additionalProperties: false },
  ),
  touches: "nothing",
  repeatable: true,
  parallel: true,
  show: ({ path, offset, limit }) => ({
    text: `read ${quoted(path)}${offset === undefined ? "" : ` from line ${offset}`}${limit === undefined ? "" : `, ${limit} lines`}`,
  }),
  run: (input, context) => withinTime(context.signal, (signal) => look(input, context, signal)),
});

type Wanted = { path: string; offset?: number; limit?: number };

async function look(wanted: Wanted, context: ToolContext, signal: AbortSignal): Promise<ToolResult> {
  const { path, offset = 1, limit = linesAtMost } = wanted;
  const kept = await resultNamed(context, path);
  if (kept) return shown(await windowIn(kept, offset - 1, offset - 1 + limit, signal), offset - 1, path);
  using file = await openFile(context, path);
  const start = await startOf(file);
  const picture = pictureIn(start.bytes);
  if (picture) return await seePicture(file, picture, context, path);
  const converted = await fromUtf16(file, start, path);
  if (!converted && start.bytes.subarray(0, binaryWithin).includes(0)) throw binary(file, path);
  const first = offset - 1;
  const window = await windowOf(file, converted ?? start, first, first + limit, signal);
  if (converted) window.notes.push("The file is UTF-16.");
  else if (window.text.includes("\0")) throw binary(file, path);
  const sha256 = start.whole ? hash("sha256", start.bytes) : undefined;
  remember(context.session, file.place.real, seenOf(file.stats, sha256));
  return shown(window, first, path);
}

const binaryWithin = 8 * 1024;
const binary = ({ stats }: Opened, path: string) =>
  new DaimonError("invalid", `${quoted(path)} is binary (${sized(Number(stats.size))}); use Python to look into it.`);

/** The lines, and what to do to see more. */
function shown(window: Window, first: number, path: string): ToolResult {
  const { text, lines, begun, total, counted, notes } = window;
  if (total === 0) return { text: `(${quoted(path)} is empty)` };
  if (first >= total)
    return { text: `${quoted(path)} has ${total} lines: line ${first + 1} is behind its end.`, ok: false };
  const last = first + lines;
  if (begun) notes.push(`Line ${last} is longer: this is only its beginning. For the rest use Python.`);
  const of = counted ? `${total}` : `more than ${total}`;
  if (last < total) notes.push(`Lines ${first + 1}-${last} of ${of}. Go on with offset ${last + 1}.`);
  return { text: notes.length > 0 ? `${text}\n\n[${notes.join(" ")}]` : text };
}

/** What vendors refuse would be refused in every later request too. */
const pictureBytes = 4 * 1024 * 1024;
const pictureSide = 8000;

async function seePicture(file: Opened, picture: Picture, context: ToolContext, path: string): Promise<ToolResult> {
  const { type, width, height } = picture;
  const size = Number(file.stats.size);
  const about = `${quoted(path)} is a picture: ${type}, ${width} x ${height}, ${sized(size)}.`;
  if (size > pictureBytes || Math.max(width, height) > pictureSide)
    return {
      text: `${about} It is too large to be shown: make a copy of at most ${sized(pictureBytes)} and ${pictureSide} pixels a side.`,
      ok: false,
    };
  const bytes = await file.read(Buffer.allocUnsafe(size), 0);
  const blob = await context.blobs.put(bytes, type, basename(file.place.real));
  remember(context.session, file.place.real, seenOf(file.stats, hash("sha256", bytes)));
  return { text: about, bundle: { [type]: blob } };
}

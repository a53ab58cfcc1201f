import { prefixWithin } from "@daimon/protocol";
import type { ToolContext, ToolResult } from "../../core/ports.ts";
import { putText } from "../../core/value.ts";
import { linesAtMost, weightAtMost } from "../limits.ts";
import { noteWeight, type Shown } from "./gathered.ts";

/** What is left out of a text is kept as a whole beside it. */
export async function shownIn({ text, whole }: Shown, { blobs }: Pick<ToolContext, "blobs">): Promise<ToolResult> {
  const shown = text === "" ? "(no output)" : text;
  if (whole === undefined) return { text: shown };
  return { text: shown, cut: true, bundle: { "text/plain": await putText(blobs, whole) } };
}

/** Of a text that is read from its beginning as much as a result holds, in whole lines; all of it is kept beside it. */
export async function headIn(given: string, nothing: string, context: Pick<ToolContext, "blobs">): Promise<ToolResult> {
  const whole = given.replace(/\n+$/, "");
  const lines = whole.split("\n");
  const some = prefixWithin(lines.slice(0, linesAtMost).join("\n"), weightAtMost - noteWeight);
  if (some.length === whole.length) return { text: whole === "" ? nothing : whole };
  const end = some.length < whole.length && whole[some.length] !== "\n" ? some.lastIndexOf("\n") : some.length;
  const text = end <= 0 ? some : some.slice(0, end);
  const note = `[... ${text.split("\n").length} of ${lines.length} lines are shown ...]`;
  return shownIn({ text: `${text}\n${note}`, whole }, context);
}

/** What is said about a text stands behind it, so that a text cannot pass for it. */
export const noted = ({ text, ...more }: ToolResult, notes: readonly (string | undefined)[]): ToolResult => ({
  ...more,
  text: [text, ...notes.flatMap((note) => (note === undefined ? [] : [`[${note}]`]))].join("\n"),
});

import type { ToolContext, ToolResult } from "../../core/ports.ts";
import { putText } from "../../core/value.ts";
import type { Shown } from "./gathered.ts";

/** What is left out of a text is kept as a whole beside it. */
export async function shownIn({ text, whole }: Shown, { blobs }: Pick<ToolContext, "blobs">): Promise<ToolResult> {
  const shown = text === "" ? "(no output)" : text;
  if (whole === undefined) return { text: shown };
  return { text: shown, cut: true, bundle: { "text/plain": await putText(blobs, whole) } };
}

/** What is said about a text stands behind it, so that a text cannot pass for it. */
export const noted = ({ text, ...more }: ToolResult, notes: readonly (string | undefined)[]): ToolResult => ({
  ...more,
  text: [text, ...notes.flatMap((note) => (note === undefined ? [] : [`[${note}]`]))].join("\n"),
});

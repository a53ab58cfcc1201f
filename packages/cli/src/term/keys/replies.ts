import type { Reply } from "./heard.ts";

/** What terminals answer. Anything well-formed that we do not know is an answer all the same: nobody typed it. */

export function csiReply(body: string, final: string): Reply {
  const numbers = body
    .replace(/^[?>=]|[ -/]+$/g, "")
    .split(";")
    .map(Number);
  const [a = NaN, b = NaN, c = NaN] = numbers;
  const asked = body.startsWith("?");
  if (asked && final === "c") return { is: "reply", to: "attributes", values: numbers.filter(Number.isInteger) };
  if (asked && final === "u" && a >= 0) return { is: "reply", to: "kitty keys", flags: a };
  if (asked && final === "y" && body.endsWith("$") && a >= 0 && b >= 0)
    return { is: "reply", to: "mode", mode: a, value: b };
  if (final === "R" && !body.startsWith(">") && a >= 1 && b >= 1)
    return { is: "reply", to: "cursor", row: a - 1, column: b - 1 };
  if (final === "t" && b >= 1 && c >= 1 && a in sizes)
    return { is: "reply", to: "size", of: sizes[a]!, height: b, width: c };
  return other(`[${body}${final}`);
}
const sizes: Record<number, "window" | "cell" | "screen"> = { 4: "window", 6: "cell", 8: "screen" };

/** `ESC kind body ST`. */
export function stringReply(kind: string, body: string): Reply {
  if (kind === "_" && body.startsWith("G")) return { is: "reply", to: "graphics", text: body.slice(1) };
  if (kind === "P" && body.startsWith(">|")) return { is: "reply", to: "version", text: body.slice(2) };
  const colour = kind === "]" && /^(\d{1,3});(?:\d{1,3};)?(rgba?:[\da-f/]{3,24}|#[\da-f]{3,12})$/i.exec(body);
  if (colour) return { is: "reply", to: "colour", which: Number(colour[1]), value: colour[2]! };
  return other(kind + body);
}

const other = (text: string): Reply => ({ is: "reply", to: "other", text });

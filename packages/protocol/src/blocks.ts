import type { Delta, OpenBlock } from "./types.ts";
import { sizes } from "./version.ts";

/**
 * The text of a block that is still open. Output of cells and calls keeps its first and last 24 KiB while it
 * grows, on the server and in every client alike, so that nobody's memory grows with it; `omitted` counts the
 * UTF-16 code units between the two. Words of the model are never cut: their block closes at 48 KiB.
 */
export type BlockText = { readonly text: string; readonly omitted: number };

export const emptyText: BlockText = { text: "", omitted: 0 };
export const lengthOf = (block: BlockText): number => block.text.length + block.omitted;
export const isOutput = (kind: OpenBlock["kind"]): boolean => kind === "stdout" || kind === "stderr" || kind === "call";

const half = sizes.halfBlock;
const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;

/** Where `text` may be cut at or before `at` without splitting a surrogate pair. */
export const cutAt = (text: string, at: number): number =>
  at > 0 && at < text.length && isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at)) ? at - 1 : at;

/** The block with `more` at its end, bounded where it is output. */
export function grow(block: BlockText, more: string, bounded: boolean): BlockText {
  const text = block.text + more;
  if (!bounded || text.length <= 4 * half) return { text, omitted: block.omitted };
  return squeeze({ text, omitted: block.omitted });
}

/** First and last 24 KiB. Growing squeezes only past twice that, so that a flood is not copied at every step. */
export function squeeze(block: BlockText): BlockText {
  if (block.text.length <= 2 * half) return block;
  const head = cutAt(block.text, half);
  const tail = cutAt(block.text, block.text.length - half);
  return { text: block.text.slice(0, head) + block.text.slice(tail), omitted: block.omitted + tail - head };
}

/** Takes a delta in: what it repeats is trimmed; "gap" means that something before it is missing here. */
export function applyDelta(block: BlockText, delta: Delta, bounded: boolean): BlockText | "gap" {
  const end = lengthOf(block);
  if (delta.at > end) return "gap";
  const fresh = delta.text.slice(end - delta.at);
  return fresh === "" ? block : grow(block, fresh, bounded);
}

/** How people are shown that something is missing in the middle. */
export const withOmission = ({ text, omitted }: BlockText): string => {
  if (omitted === 0) return text;
  const head = cutAt(text, half);
  return `${text.slice(0, head)}\n[... ${omitted} characters left out ...]\n${text.slice(head)}`;
};

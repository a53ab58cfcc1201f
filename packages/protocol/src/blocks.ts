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

/** First and last 24 Ki units. Growing squeezes only past twice that, so that a flood is not copied at every step. */
function squeeze(block: BlockText): BlockText {
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

/** Tabs, line ends and the like have an escape of two characters. */
const isShort = (unit: number) => unit >= 0x08 && unit <= 0x0d && unit !== 0x0b;

/** What one UTF-16 code unit takes in a JSON text: an event's bound is in bytes, whatever alphabet it is in. */
function weigh(unit: number): number {
  if (unit < 0x20) return isShort(unit) ? 2 : 6;
  if (unit === 0x22 || unit === 0x5c) return 2;
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  // Half of a four-byte pair counts two; alone it is written as an escape.
  return isHigh(unit) || isLow(unit) ? 6 : 3;
}

export function weightOf(text: string): number {
  let weight = 0;
  for (let index = 0; index < text.length; index++) weight += weigh(text.charCodeAt(index));
  return weight;
}

/** The longest beginning that weighs at most `budget`, pairs kept whole. */
export function prefixWithin(text: string, budget: number): string {
  let end = 0;
  for (let weight = 0; end < text.length; end++) {
    weight += weigh(text.charCodeAt(end));
    if (weight > budget) break;
  }
  return text.slice(0, cutAt(text, end));
}

/** The longest end that weighs at most `budget`, pairs kept whole. */
export function suffixWithin(text: string, budget: number): string {
  let start = text.length;
  for (let weight = 0; start > 0; start--) {
    weight += weigh(text.charCodeAt(start - 1));
    if (weight > budget) break;
  }
  const low = start < text.length && isLow(text.charCodeAt(start)) && start > 0 && isHigh(text.charCodeAt(start - 1));
  return text.slice(low ? start + 1 : start);
}

/** Text that fits an event: its first and last half, and how much is missing between. */
export function fit(text: string, budget: number): { text: string; omitted: number } {
  if (weightOf(text) <= budget) return { text, omitted: 0 };
  const head = prefixWithin(text, budget / 2);
  const tail = suffixWithin(text, budget / 2);
  const omitted = text.length - head.length - tail.length;
  return { text: head + omission(omitted) + tail, omitted };
}

const omission = (omitted: number) => `\n[... ${omitted} characters left out ...]\n`;

/** How a block whose text was bounded while it grew is shown and kept: the gap is said where it is. */
export const withOmission = ({ text, omitted }: BlockText): string => {
  if (omitted === 0) return text;
  const head = cutAt(text, half);
  return text.slice(0, head) + omission(omitted) + text.slice(head);
};

/** What the event that closes a block of output holds of it: one gap, however often something was left out. */
export function closing(block: BlockText): { text: string; omitted: number } {
  if (block.omitted === 0) return fit(block.text, sizes.block);
  const gap = cutAt(block.text, half);
  const head = prefixWithin(block.text.slice(0, gap), sizes.block / 2);
  const tail = suffixWithin(block.text.slice(gap), sizes.block / 2);
  const omitted = lengthOf(block) - head.length - tail.length;
  return { text: head + omission(omitted) + tail, omitted };
}

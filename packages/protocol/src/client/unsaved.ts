import { type BlockText, cutAt, lengthOf } from "../blocks.ts";
import type { SessionView } from "../types.ts";
import { sizes } from "../version.ts";

/** What the log now holds of a block that was open here; undefined when the view does not reach back to it. */
export function savedOf(view: SessionView, open: ReadonlyMap<number, BlockText>, block: number): BlockText | undefined {
  const still = open.get(block);
  if (still) return still;
  for (const item of view.items.toReversed()) {
    if ((item.kind === "text" || item.kind === "thinking") && item.id === block) return { text: item.text, omitted: 0 };
    if (item.kind === "call" && item.progress?.block === block)
      return { text: item.progress.text, omitted: omittedIn(item.progress.text) };
    if (item.kind !== "cell") continue;
    const output = item.outputs.find((one) => one.block === block);
    if (output) return { text: output.text, omitted: output.omitted ?? 0 };
  }
  // Nothing is kept of a block that closes empty: gone from a window that reaches back to it means just that.
  const reaches = view.older === undefined || view.items.some(({ id }) => id < block);
  return reaches ? { text: "", omitted: 0 } : undefined;
}

/** The words that people saw and the log does not hold; empty when it holds all. What is lost is always an end. */
export function lostWords(shown: BlockText, saved: BlockText): string {
  if (shown.omitted === 0 && saved.omitted === 0) {
    const same = commonStart(shown.text, saved.text);
    return shown.text.slice(cutAt(shown.text, same));
  }
  return lostOutput(shown, saved);
}

/**
 * Long output lacks its middle on both sides, cut at different places, and the log says so in words that count as
 * length. So lengths tell only when they are far apart; near each other the ends decide.
 */
function lostOutput(shown: BlockText, saved: BlockText): string {
  const more = lengthOf(saved) - lengthOf(shown);
  if (more > omissionWords || (more >= 0 && saved.text.includes(shown.text.slice(-endKept)))) return "";
  // What was saved is so short that it is whole: its length is where it stops.
  if (saved.omitted === 0)
    return shown.text.slice(cutAt(shown.text, Math.max(sizes.halfBlock, shown.text.length + more)));
  const end = saved.text.slice(-endKept);
  // Not later than its length allows: output repeats itself.
  const at = shown.text.lastIndexOf(end, shown.text.length + Math.min(more, 0) - end.length);
  if (at >= 0) return shown.text.slice(at + end.length);
  return more >= 0 ? "" : shown.text.slice(cutAt(shown.text, sizes.halfBlock));
}

/** More than "[... N characters left out ...]" can take, twice. */
const omissionWords = 100;
const endKept = 200;

/** A call's progress says only in its text that something is left out. */
const omittedIn = (text: string): number =>
  Number(/\n\[\.\.\. (\d+) characters left out \.\.\.\]\n/.exec(text)?.[1] ?? 0);

function commonStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** What `is` has at its end over `was`, when the one is the other grown. */
export function growth(was: BlockText, is: BlockText): string | undefined {
  const more = lengthOf(is) - lengthOf(was);
  const tail = is.omitted === 0 ? is.text.length : sizes.halfBlock;
  if (more < 0 || more > tail) return undefined;
  if (was.omitted === 0 && is.omitted === 0 && !is.text.startsWith(was.text)) return undefined;
  return is.text.slice(is.text.length - more);
}

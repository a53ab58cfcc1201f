import {
  applyDelta,
  type BlockText,
  type Delta,
  emptyText,
  isOutput,
  lengthOf,
  type SessionView,
} from "@daimon/protocol";
import type { Partial } from "./ports.ts";

/** Text of open blocks, twice: as far as it was recorded, and as far as people were shown it. */
export class OpenTexts {
  readonly #texts = new Map<number, { recorded: BlockText; shown: BlockText }>();

  constructor(partials: readonly Partial[]) {
    for (const { block, text, omitted = 0 } of partials)
      this.#texts.set(block, { recorded: { text, omitted }, shown: { text, omitted } });
  }

  /** The fragment that this text is, in its block; undefined where the block is not open (any more). */
  add(view: SessionView, block: number, text: string): Delta | undefined {
    const open = view.blocks.find(({ id }) => id === block);
    if (!open || text === "") return undefined;
    let held = this.#texts.get(block);
    if (!held) this.#texts.set(block, (held = { recorded: emptyText, shown: emptyText }));
    const delta = { block, at: lengthOf(held.recorded), text };
    const grown = applyDelta(held.recorded, delta, isOutput(open.kind));
    if (grown !== "gap") held.recorded = grown;
    return delta;
  }

  show(view: SessionView, delta: Delta): void {
    const held = this.#texts.get(delta.block);
    const open = view.blocks.find(({ id }) => id === delta.block);
    if (!held || !open) return;
    const shown = applyDelta(held.shown, delta, isOutput(open.kind));
    if (shown !== "gap") held.shown = shown;
  }

  recorded(block: number): BlockText {
    return this.#texts.get(block)?.recorded ?? emptyText;
  }

  shown(block: number): BlockText {
    return this.#texts.get(block)?.shown ?? emptyText;
  }

  all(): ReadonlyMap<number, BlockText> {
    return new Map([...this.#texts].map(([block, { recorded }]) => [block, recorded]));
  }

  /** A block that was closed for people needs its text no more: the event that closed it has all of it. */
  forgetClosed({ seq, blocks }: SessionView): void {
    // One past the durable view was opened and perhaps closed since: people have yet to see it open.
    for (const block of this.#texts.keys())
      if (block <= seq && !blocks.some(({ id }) => id === block)) this.#texts.delete(block);
  }

  /** Blocks past this view never were: others will have their numbers. */
  forgetUnwritten({ blocks }: SessionView): void {
    for (const block of this.#texts.keys()) if (!blocks.some(({ id }) => id === block)) this.#texts.delete(block);
  }
}

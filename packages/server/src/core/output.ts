import { type BlobRef, closing, type SessionEvent, sizes, type Stream, weightOf } from "@daimon/protocol";
import { daemon } from "./actors.ts";
import type { Blobs } from "./ports.ts";
import { type Scribe, seqOf } from "./scribe.ts";
import { Spool } from "./value.ts";

/** How often a cell may change between stdout and stderr before both stay open side by side. */
const switchesAtMost = 32;
/** Each is an event of its own: a loop that shows things must not fill the log. */
const displaysAtMost = 200;

/**
 * What one cell says, as blocks: in order of writing, one block open at a time, until there were so many changes
 * or so much text that each stream keeps one block to the end. Bounded in events, in memory and in every view.
 */
export class CellOutput {
  readonly #scribe: Scribe;
  readonly #cell: number;
  readonly #open = new Map<Stream, number>();
  readonly #spool = new Spool();
  #said = 0;
  #switches = 0;
  #displays = 0;
  #shown: Promise<void> = Promise.resolve();

  constructor(scribe: Scribe, cell: number) {
    this.#scribe = scribe;
    this.#cell = cell;
  }

  write(stream: Stream, text: string): void {
    if (text === "") return;
    this.#spool.add(text);
    let block = this.#open.get(stream);
    if (block === undefined) {
      const settled = this.#switches >= switchesAtMost || this.#said > sizes.halfBlock;
      const left = settled ? [] : [...this.#open.keys()].flatMap((other) => this.#close(other));
      if (left.length > 0) this.#switches++;
      const recorded = this.#scribe.record(daemon, [...left, { type: "cell.opened", cell: this.#cell, stream }]);
      block = seqOf(recorded.slice(left.length));
      this.#open.set(stream, block);
    }
    this.#said += weightOf(text);
    this.#scribe.delta(block, text);
  }

  /** One thing after the other, and before the cell ends: a picture is kept as a blob first, which takes a moment. */
  show(one: () => Promise<void>): void {
    if (++this.#displays > displaysAtMost) return;
    this.#shown = this.#shown.then(one);
    this.#shown.catch(() => undefined); // the end of the cell says it
  }

  /** Closes what is open. Where something was left out, all of it (as far as it was kept) goes into a blob first. */
  async end(blobs: Blobs): Promise<SessionEvent[]> {
    await this.#shown;
    const unshown = this.#displays - displaysAtMost;
    if (unshown > 0) this.write("stderr", `[${unshown} more were not shown: a cell shows at most ${displaysAtMost}]\n`);
    const cut = [...this.#open.values()].some((block) => closing(this.#scribe.text(block)).omitted > 0);
    const whole = cut ? await this.#spool.put(blobs) : undefined;
    return [...this.#open.keys()].flatMap((stream) => this.#close(stream, whole));
  }

  #close(stream: Stream, whole?: BlobRef): SessionEvent[] {
    const block = this.#open.get(stream);
    if (block === undefined) return [];
    this.#open.delete(stream);
    const { text, omitted } = closing(this.#scribe.text(block));
    return [{ type: "cell.closed", block, text, ...(omitted > 0 ? { omitted, ...(whole ? { whole } : {}) } : {}) }];
  }
}

import { prefixWithin, sizes, weightOf } from "@daimon/protocol";
import { assistant } from "./actors.ts";
import { type Scribe, seqOf } from "./scribe.ts";

/** Words and payload of one event, with room for its envelope. */
const payloadAtMost = sizes.event - 4096;

type Kind = "text" | "thinking";
type End = { cut?: true; payload?: string };
const isHalf = (text: string) => /[\ud800-\udbff]$/.test(text);

/** Streams a model's words into blocks: one kind at a time, none larger than an event may be. */
export class Words {
  readonly #scribe: Scribe;
  #open: { block: number; kind: Kind; weight: number } | undefined;
  #half = "";

  constructor(scribe: Scribe) {
    this.#scribe = scribe;
  }

  say(kind: Kind, text: string): void {
    if (this.#open && this.#open.kind !== kind) this.close();
    const whole = this.#half + text;
    // The first half of a surrogate pair waits for the second: alone it could not be saved.
    this.#half = isHalf(whole) ? whole.slice(-1) : "";
    for (let rest = this.#half ? whole.slice(0, -1) : whole; rest !== "";) {
      this.#open ??= { block: seqOf(this.#scribe.record(assistant, [{ type: `${kind}.opened` }])), kind, weight: 0 };
      const part = prefixWithin(rest, sizes.block - this.#open.weight);
      if (part === "") {
        this.#closeBlock({});
        continue;
      }
      this.#scribe.delta(this.#open.block, part);
      this.#open.weight += weightOf(part);
      rest = rest.slice(part.length);
    }
  }

  close(end: End = {}): void {
    this.#half = "";
    this.#closeBlock(end);
  }

  #closeBlock(end: End): void {
    if (!this.#open) return;
    const { block, kind } = this.#open;
    this.#open = undefined;
    const { text } = this.#scribe.text(block);
    const { payload, ...cut } = end;
    this.#scribe.record(assistant, [
      kind === "text"
        ? { type: "text.closed", block, text, ...cut }
        : { type: "thinking.closed", block, text, ...cut, ...(payload === undefined ? {} : { payload }) },
    ]);
  }

  /** What the provider wants back belongs to the thinking it has just sent; without any it makes an empty block. */
  payload(payload: string): void {
    const weight = weightOf(payload);
    if (weight > payloadAtMost) throw new Error("the model's thinking came with more to keep than an event holds");
    if (this.#open?.kind !== "thinking" || this.#open.weight + weight > payloadAtMost) {
      this.close();
      this.#open = {
        block: seqOf(this.#scribe.record(assistant, [{ type: "thinking.opened" }])),
        kind: "thinking",
        weight: 0,
      };
    }
    this.close({ payload });
  }
}

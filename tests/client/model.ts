import { type BlockText, closing, emptyText, grow, isOutput } from "../../packages/protocol/src/blocks.ts";
import type {
  Attached,
  Delta,
  OpenBlock,
  Recorded,
  SessionEvent,
  SessionView,
} from "../../packages/protocol/src/types.ts";
import { applyEvent, emptyView } from "../../packages/protocol/src/view.ts";

/** A session as the daemon has it: a log, and text of blocks that are open. */
export class SessionModel {
  readonly log: Recorded[] = [];
  epoch = 1;
  view: SessionView = emptyView;
  /** What was ever said in a block and is still known: all of it while it is open, what was kept once it is closed. */
  readonly said = new Map<number, string>();
  readonly #texts = new Map<number, BlockText>();

  constructor() {
    const { title, cwd, roots, profile, runtime, mode, model, thinking } = emptyView;
    this.record({ type: "session.created", id: "s", title, cwd, roots, profile, runtime, mode, model, thinking });
    this.record({ type: "cell.queued", code: "1" });
  }

  record(event: SessionEvent): Recorded {
    const seq = this.log.length + 1;
    const recorded: Recorded = { seq, at: seq, v: 1, by: { principal: "p", client: "cli" }, event };
    this.log.push(recorded);
    this.view = applyEvent(this.view, recorded);
    return recorded;
  }

  open(kind: "text" | "stdout"): Recorded {
    const recorded = this.record(
      kind === "text" ? { type: "text.opened" } : { type: "cell.opened", cell: 2, stream: "stdout" },
    );
    this.said.set(recorded.seq, "");
    this.#texts.set(recorded.seq, emptyText);
    return recorded;
  }

  say({ id, kind }: OpenBlock, text: string): Delta {
    const before = this.said.get(id)!;
    this.said.set(id, before + text);
    this.#texts.set(id, grow(this.#texts.get(id)!, text, isOutput(kind)));
    return { block: id, at: before.length, text };
  }

  shut({ id, kind }: OpenBlock, cut = false): Recorded {
    const text = this.#texts.get(id)!;
    this.#texts.delete(id);
    const mark = cut ? { cut: true as const } : {};
    if (!isOutput(kind)) return this.record({ type: "text.closed", block: id, text: text.text, ...mark });
    const { text: kept, omitted } = closing(text);
    return this.record({ type: "cell.closed", block: id, text: kept, ...mark, ...(omitted > 0 ? { omitted } : {}) });
  }

  /** Killed and come back: of every open block only `keep` of its text was saved. */
  crash(keep: number): void {
    this.epoch++;
    for (const block of this.view.blocks) {
      const said = this.said.get(block.id)!;
      const kept = said
        .slice(0, Math.floor(said.length * keep))
        .toWellFormed()
        .replace(/\uFFFD$/, "");
      this.said.set(block.id, kept);
      this.#texts.set(block.id, grow(emptyText, kept, isOutput(block.kind)));
      this.shut(block, true);
    }
  }

  attach({ after }: { after?: number }, whole = false): Attached {
    const open = this.view.blocks.map(({ id }) => ({ block: id, ...this.#texts.get(id)! }));
    const { epoch } = this;
    const seq = this.log.length;
    if (after === undefined || after > seq || whole)
      return { mode: "view", epoch, seq, open, view: { ...this.view, epoch } };
    return { mode: "events", epoch, seq, open, events: this.log.slice(after) };
  }

  /** The view that anybody would have who folded the log from its beginning. */
  fresh(): SessionView {
    return { ...this.log.reduce((view, recorded) => applyEvent(view, recorded), emptyView), epoch: this.epoch };
  }
}

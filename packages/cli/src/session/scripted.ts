import {
  type Actor,
  applyDelta,
  applyEvent,
  emptyText,
  emptyView,
  type BlockText,
  type Frame,
  isOutput,
  type SessionEvent,
  type SessionView,
} from "@daimon/protocol";
import type { Change, Following } from "@daimon/protocol/client";

/** For tests: a session told as a list of frames, and what a client knows after each of them. */

export const mia: Actor = { principal: "owner", name: "mia", client: "cli" };
export const ben: Actor = { principal: "owner", name: "ben", client: "cli" };
export const assistant: Actor = { principal: "daemon", name: "assistant", client: "daemon" };
export const daemon: Actor = { principal: "daemon", client: "daemon" };

export type Step = { by: Actor; event: SessionEvent; turn?: number } | { block: number; text: string };
export type Moment = { change: Change; now: Following };

const begun: SessionView = {
  ...emptyView,
  id: "s",
  cwd: "/w",
  kernel: { is: "idle", generation: 1, python: "3.14", names: [] },
};

/** The seq of the first step is 1; deltas take no number. */
export function play(steps: readonly Step[]): Moment[] {
  let view = begun;
  let open: ReadonlyMap<number, BlockText> = new Map();
  const lengths = new Map<number, number>();
  let seq = 0;
  return steps.map((step) => {
    let frame: Frame;
    if ("event" in step) {
      frame = {
        seq: ++seq,
        at: seq,
        v: 1,
        by: step.by,
        event: step.event,
        ...(step.turn === undefined ? {} : { turn: step.turn }),
      };
      view = applyEvent(view, frame, (what) => {
        throw new Error(what);
      });
      open = new Map(view.blocks.map(({ id }) => [id, open.get(id) ?? emptyText]));
    } else {
      const at = lengths.get(step.block) ?? 0;
      lengths.set(step.block, at + step.text.length);
      frame = { block: step.block, at, text: step.text };
      const { kind } = view.blocks.find(({ id }) => id === step.block)!;
      const grown = applyDelta(open.get(step.block)!, frame, isOutput(kind));
      if (grown === "gap") throw new Error("a gap");
      open = new Map(open).set(step.block, grown);
    }
    const change: Change = "seq" in frame ? { is: "event", recorded: frame } : { is: "delta", delta: frame };
    return { change, now: { view, open, present: [], link: "live" } };
  });
}

import type { Actor, Ask, SessionView } from "@daimon/protocol";
import { nameOf, sameActor } from "./people.ts";

/** Where one person stands in a session: what of the running work is theirs, and what it waits for. */

export type Mine =
  | { is: "turn"; turn: number }
  | { is: "cell"; cell: number }
  | { is: "queuedInput"; inputId: number }
  | { is: "queuedCell"; cell: number };

/** What Ctrl-C stops: a running turn, a running cell, else the newest that waits. */
export function startedBy(me: Actor, view: SessionView): Mine | undefined {
  const { turn, kernel } = view;
  if (turn.is !== "idle" && sameActor(turn.by, me)) return { is: "turn", turn: turn.id };
  if (kernel.is === "running" && kernel.call === undefined && sameActor(kernel.by, me))
    return { is: "cell", cell: kernel.cell };
  const cell = view.cells.findLast(({ by, call }) => call === undefined && sameActor(by, me));
  if (cell) return { is: "queuedCell", cell: cell.id };
  const input = view.queue.findLast(({ by }) => sameActor(by, me));
  return input && { is: "queuedInput", inputId: input.id };
}

/** The question that a line typed here answers: the one that Python asks in this person's own cell, or in their turn. */
export function askedOfMe(me: Actor, view: SessionView): Ask | undefined {
  return view.asks.find(({ kind, cell, call }) => {
    if (kind === "approval") return false;
    if (call !== undefined) return view.turn.is !== "idle" && sameActor(view.turn.by, me);
    const item = view.items.findLast((one) => one.kind === "cell" && one.id === cell);
    return item !== undefined && sameActor(item.by, me);
  });
}

/** What the assistant wants to do in this person's turn, and may not before somebody says yes. */
export const approvalOfMe = (me: Actor, view: SessionView): Ask | undefined =>
  view.turn.is !== "idle" && sameActor(view.turn.by, me)
    ? view.asks.find(({ kind }) => kind === "approval")
    : undefined;

/**
 * What this person's work is waiting for, while there is nothing else to see of it. Undefined: nothing of theirs
 * runs, or it waits for them, and they may type; "" : it runs and speaks for itself.
 */
export function waitingFor(me: Actor, view: SessionView): string | undefined {
  const mine = startedBy(me, view);
  if (!mine || view.asks.length > 0) return undefined;
  if (mine.is === "turn") return view.blocks.some(({ kind }) => kind === "text") ? "" : "thinking ...";
  if (mine.is === "cell") return "";
  if (mine.is === "queuedInput") return view.held ? undefined : "waiting for the running turn ...";
  if (view.kernel.is === "starting" || view.kernel.is === "none" || view.kernel.is === "dead")
    return "starting Python ...";
  return view.kernel.is === "running" ? `waiting for the cell of ${nameOf(view.kernel.by)} ...` : "";
}

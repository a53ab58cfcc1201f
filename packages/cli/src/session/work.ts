import { type Ask, DaimonError, type Item, type SessionView } from "@daimon/protocol";
import type { Attachment, Change, Client } from "@daimon/protocol/client";
import { type Exit, exits } from "../failure.ts";

/** One cell or one turn that this client started: where it stands in the view, and when it is over. */

export type End = { exit: Exit; outcome: string; reason?: string };

export interface Work {
  /** Whether an item belongs to it. */
  owns(item: Item, view: SessionView): boolean;
  asked(ask: Ask, view: SessionView): boolean;
  end(view: SessionView): End | undefined;
  interrupt(client: Client, view: SessionView): Promise<unknown>;
}

const exitOf: Record<string, Exit> = { done: exits.done, interrupted: exits.interrupted, cancelled: exits.interrupted };
const ended = (outcome: string, reason?: string): End => ({
  exit: exitOf[outcome] ?? exits.failed,
  outcome,
  ...(reason === undefined ? {} : { reason }),
});

export function cellWork(sessionId: string, cell: number): Work {
  const queued = (view: SessionView) => view.cells.some(({ id }) => id === cell);
  const running = ({ kernel }: SessionView) => kernel.is === "running" && kernel.cell === cell;
  return {
    owns: (item) => item.kind === "cell" && item.id === cell,
    asked: (ask) => ask.cell === cell,
    end(view) {
      if (queued(view) || running(view)) return undefined;
      const item = view.items.findLast((one) => one.kind === "cell" && one.id === cell);
      if (item?.kind === "cell" && item.state === "done") return ended(item.ok ? "done" : (item.outcome ?? "failed"));
      return view.seq < cell ? undefined : ended("unknown");
    },
    interrupt: (client, view) =>
      queued(view)
        ? client.request("session/cancel", { sessionId, cell })
        : client.request("session/interrupt", { sessionId, target: "cell", expect: cell }),
  };
}

export function turnWork(sessionId: string, inputId: number): Work {
  const queued = (view: SessionView) => view.queue.some(({ id }) => id === inputId);
  const turnOf = (view: SessionView): number | undefined =>
    view.turn.is !== "idle" && view.turn.input === inputId
      ? view.turn.id
      : view.items.findLast((item) => item.kind === "input" && item.id === inputId)?.turn;
  return {
    owns: (item, view) => item.turn !== undefined && item.turn === turnOf(view) && item.kind !== "input",
    asked: (ask, view) => ask.call !== undefined && view.turn.is !== "idle" && view.turn.input === inputId,
    end(view) {
      if (queued(view) || view.seq < inputId) return undefined;
      const turn = turnOf(view);
      if (turn === undefined) return ended("cancelled");
      if (view.turn.is !== "idle" && view.turn.id === turn) return undefined;
      const end = view.items.findLast((item) => item.kind === "ended" && item.turn === turn);
      return end?.kind === "ended" ? ended(end.outcome, end.reason) : ended("done");
    },
    interrupt(client, view) {
      if (queued(view)) return client.request("session/cancel", { sessionId, inputId });
      const expect = turnOf(view);
      return client.request("session/interrupt", {
        sessionId,
        target: "turn",
        ...(expect === undefined ? {} : { expect }),
      });
    },
  };
}

/** Waits for its end, telling every change on the way. */
export function untilEnd(attachment: Attachment, work: Work, changed: (change: Change) => void): Promise<End> {
  const { promise, resolve, reject } = Promise.withResolvers<End>();
  const look = () => {
    const end = work.end(attachment.now.view);
    if (end) resolve(end);
    else if (attachment.now.link === "closed")
      reject(attachment.ended ?? new DaimonError("gone", "the session was closed"));
  };
  const stop = attachment.onChange((change) => {
    try {
      changed(change);
      look();
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
  look();
  return promise.finally(stop);
}

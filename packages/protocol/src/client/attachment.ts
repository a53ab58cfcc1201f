import { applyDelta, type BlockText, emptyText, isOutput, lengthOf } from "../blocks.ts";
import type { Attached, Delta, Frame, Present, Recorded, SessionView } from "../types.ts";
import { applyEvent, emptyView, knownEvent } from "../view.ts";
import { ConnectionLost, Refusal } from "./errors.ts";
import { backoff, type Timers } from "./link.ts";
import type { Requests } from "./requests.ts";
import type { Attachment, Change, Following } from "./types.ts";
import { lostWords } from "./unsaved.ts";

export type FollowOptions = {
  sessionId: string;
  requests: Requests;
  link: { readonly up: boolean };
  timers: Timers;
  log: (line: string) => void;
  /** The first attach was answered, or nothing more will come of it. */
  attached(): void;
  failed(error: Error): void;
  left(): void;
};

export type Follower = Attachment & {
  up(): void;
  down(): void;
  end(error: Error): void;
  notified(method: string, params: Record<string, unknown>): void;
};

/** Follows one session: folds what it is told, notices what is missing, and asks again. */
export function follow(options: FollowOptions): Follower {
  const { sessionId, requests, link, timers, log } = options;
  const listeners = new Set<(change: Change) => void>();
  let open = new Map<number, BlockText>();
  const now = { view: emptyView, open, present: [] as readonly Present[], link: "reconnecting" as Following["link"] };
  let ended: Error | undefined;
  let first = true;
  /** Frames are folded only between an attach reply and the next attach: the reply holds all that came before it. */
  let folding = false;
  let unanswered = () => {};
  let cancelTimer = () => {};
  let troubles = 0;

  function emit(change: Change): void {
    for (const listener of listeners) listener(change);
  }

  function setLink(state: Following["link"]): void {
    if (now.link === state) return;
    now.link = state;
    emit({ is: "link" });
  }

  function pause(): void {
    folding = false;
    unanswered();
    cancelTimer();
  }

  /** `fresh`: whatever we have, send the view anew. */
  function attach(fresh = false): void {
    pause();
    if (!link.up || now.link === "closed") return;
    const resume = first || fresh ? {} : { after: now.view.seq, epoch: now.view.epoch };
    unanswered = requests.ask("session/attach", { sessionId, ...resume }, false, {
      done: (result) => guarded(() => take(result as Attached)),
      failed: refused,
    });
  }

  function attachAfter(ms: number, fresh = false): void {
    pause();
    setLink("reconnecting");
    cancelTimer = timers.after(ms, () => attach(fresh));
  }

  function refused(error: Error): void {
    if (error instanceof ConnectionLost) return; // up() attaches again
    if (first) return finish(error, () => options.failed(error));
    if (error instanceof Refusal && error.retry) return attachAfter(backoff(troubles++, timers.random()));
    finish(error, () => emit({ is: "warning", message: error.message }));
  }

  /** Something is missing or makes no sense: at once the first time, then slower, so that no fault becomes a storm. */
  function resync(why: string, fresh = false): void {
    log(`${sessionId}: ${why}; attaching again`);
    if (troubles++ === 0) attach(fresh);
    else attachAfter(backoff(troubles, timers.random()), fresh);
  }

  /** What the daemon sends was not checked by a schema here. If folding it fails, a fresh view is worth a try. */
  function guarded(fold: () => Change[] | void): void {
    let changes: Change[] | void;
    try {
      changes = fold();
    } catch (error) {
      return resync(`a frame could not be folded (${String(error)})`, true);
    }
    // Outside: a listener's own fault is not the daemon's.
    for (const change of changes ?? []) emit(change);
  }

  function take(attached: Attached): Change[] {
    const was = { view: now.view, open };
    const view = attached.view ?? was.view;
    if (attached.mode === "events" && first) throw new Error("events without a view to fold them into");
    const changes: Change[] = [];
    now.view = attached.older === undefined ? view : { ...view, older: attached.older };
    return changes;
  }

  function finish(error: Error | undefined, tell: () => void): void {
    pause();
    ended = error;
    options.left();
    setLink("closed");
    tell();
  }
}

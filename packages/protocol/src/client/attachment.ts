import { applyDelta, type BlockText, emptyText, isOutput, lengthOf } from "../blocks.ts";
import type { Attached, Delta, Frame, Present, Recorded, SessionView, Variables } from "../types.ts";
import { applyEvent, emptyView, knownEvent } from "../view.ts";
import { Refusal } from "./errors.ts";
import { backoff, type Timers } from "./link.ts";
import type { Requests } from "./requests.ts";
import type { Attachment, Change, Following } from "./types.ts";
import { growth, lostWords, savedOf } from "./unsaved.ts";

export type FollowOptions = {
  sessionId: string;
  requests: Requests;
  link: { readonly up: boolean };
  timers: Timers;
  log: (line: string) => void;
  /** The first attach succeeded. */
  attached(): void;
  /** The first attach was refused. */
  failed(error: Error): void;
  /** It follows no longer, for whatever reason. */
  left(): void;
};

export type Follower = Attachment & {
  up(): void;
  down(): void;
  end(error: Error): void;
  notified(method: string, params: Record<string, unknown>): void;
};

/** Follows one session: folds what it is told, notices what is missing, and asks for it. */
export function follow({ sessionId, requests, link, timers, log, ...tell }: FollowOptions): Follower {
  const listeners = new Set<(change: Change) => void>();
  const now: { -readonly [K in keyof Following]: Following[K] } = {
    view: emptyView,
    open: new Map(),
    present: [],
    link: "reconnecting",
  };
  let open = new Map<number, BlockText>();
  let ended: Error | undefined;
  let first = true;
  let watching = false;
  /** Frames are folded only after an attach reply and before the next attach: that reply holds what came before it. */
  let folding = false;
  let forget = () => {};
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
    forget();
    cancelTimer();
  }

  /** `fresh`: whatever is known here, the daemon shall send a whole view. */
  function attach(fresh: boolean): void {
    pause();
    if (!link.up) return; // up() attaches
    const from = first || fresh ? {} : { after: now.view.seq, epoch: now.view.epoch };
    const wish = watching ? { variables: true } : {};
    forget = requests.ask("session/attach", { sessionId, ...from, ...wish }, false, {
      done: (result) => take(result as Attached),
      failed: refused,
    });
  }

  function attachAfter(ms: number, fresh: boolean): void {
    pause();
    cancelTimer = timers.after(ms, () => attach(fresh));
    setLink("reconnecting");
  }

  function refused(error: Error): void {
    if (first) {
      finish(error);
      tell.failed(error);
    } else if (error instanceof Refusal && error.retry) attachAfter(backoff(troubles++, timers.random()), false);
    else finish(error);
  }

  /** Something is missing or makes no sense: at once the first time, then slower, so that no fault becomes a storm. */
  function resync(why: string, fresh: boolean): void {
    log(`session ${sessionId}: ${why}; attaching again`);
    const before = troubles++;
    if (before === 0) attach(fresh);
    else attachAfter(backoff(before - 1, timers.random()), fresh);
  }

  function take(attached: Attached): void {
    try {
      check(attached);
    } catch (error) {
      return confused(error);
    }
    if (!first && attached.mode === "events" && attached.epoch === now.view.epoch) resume(attached);
    else replace(attached);
  }

  /** What arrives was checked by no schema here. */
  function confused(error: unknown): void {
    const why = `what the daemon sent could not be understood: ${error instanceof Error ? error.message : String(error)}`;
    if (first) return refused(new Error(`session ${sessionId}: ${why}`));
    resync(why, true);
  }

  function replace(attached: Attached): void {
    const shown = first || attached.epoch === now.view.epoch ? [] : [...open];
    try {
      let view = attached.view ?? now.view;
      for (const recorded of attached.events ?? []) view = foldOne(view, recorded) ?? view;
      now.view = { ...view, epoch: attached.epoch };
      setOpen(new Map(attached.open.map(({ block, text, omitted = 0 }) => [block, { text, omitted }])));
    } catch (error) {
      return confused(error);
    }
    live({ is: "view" });
    for (const [block, was] of shown) {
      const saved = savedOf(now.view, open, block);
      const text = saved ? lostWords(was, saved) : "";
      if (text !== "") emit({ is: "unsaved", block, text });
    }
    askAnewIfUnknown(attached.events ?? []);
  }

  /** The same daemon goes on where we left: what was missed arrives as it would have. */
  function resume(attached: Attached): void {
    live();
    frames(attached.events ?? []);
    for (const { block, text, omitted = 0 } of attached.open) {
      const was = open.get(block);
      if (!was) continue;
      const more = growth(was, { text, omitted });
      open.set(block, { text, omitted });
      if (more === undefined) emit({ is: "view" });
      else if (more !== "") emit({ is: "delta", delta: { block, at: lengthOf(was), text: more } });
    }
  }

  function live(change?: Change): void {
    const was = now.link;
    now.link = "live";
    folding = true;
    if (change) emit(change);
    if (was !== "live") emit({ is: "link" });
    if (first) tell.attached();
    first = false;
  }

  function frames(list: unknown): void {
    if (!folding) return; // the attach reply that is under way holds them
    if (!Array.isArray(list)) return resync("frames that are no list", true);
    for (const frame of list as unknown[]) {
      let change: Change | undefined;
      try {
        change = fold(frame);
      } catch (error) {
        return error instanceof Gap ? resync(error.message, false) : confused(error);
      }
      troubles = 0;
      // Outside of the try: a listener's own fault is not the daemon's.
      if (change) emit(change);
    }
    askAnewIfUnknown(list as Frame[]);
  }

  function fold(frame: unknown): Change | undefined {
    if (isRecorded(frame)) {
      const view = foldOne(now.view, frame);
      if (!view) return undefined;
      const blocks = view.blocks !== now.view.blocks;
      now.view = view;
      if (blocks) setOpen(open);
      return { is: "event", recorded: frame };
    }
    if (isDelta(frame)) return foldDelta(frame);
    throw new Error("a frame that is neither an event nor a delta");
  }

  function foldDelta(delta: Delta): Change | undefined {
    const block = now.view.blocks.find(({ id }) => id === delta.block);
    if (!block && delta.block > now.view.seq) throw new Gap(`text of block ${delta.block} before the block`);
    const was = open.get(delta.block);
    if (!block || !was) return undefined; // late: its block has closed, and the event that closed it had all of it
    const grown = applyDelta(was, delta, isOutput(block.kind));
    if (grown === "gap") throw new Gap(`text of block ${delta.block} is missing from ${lengthOf(was)} to ${delta.at}`);
    if (grown === was) return undefined;
    open.set(delta.block, grown);
    const at = lengthOf(was);
    return { is: "delta", delta: { block: delta.block, at, text: delta.text.slice(at - delta.at) } };
  }

  /** Open texts are kept of exactly the blocks that are open in the view. */
  function setOpen(texts: ReadonlyMap<number, BlockText>): void {
    open = new Map(now.view.blocks.map(({ id }) => [id, texts.get(id) ?? emptyText]));
    now.open = open;
  }

  /** A newer daemon's event changed something this fold cannot see; its own fold can. */
  function askAnewIfUnknown(list: readonly Frame[]): void {
    const unknown = list.find(
      (frame) => "event" in frame && !knownEvent(frame.event.type) && !isPlugins(frame.event.type),
    );
    if (!unknown || !folding) return;
    log(`session ${sessionId}: an event of a type not known here; asking for the whole view`);
    attach(true);
  }

  function finish(error?: Error): void {
    pause();
    ended = error;
    tell.left();
    setLink("closed");
    listeners.clear();
  }

  return {
    sessionId,
    now,
    get ended() {
      return ended;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    watchVariables(on) {
      if (watching === on || now.link === "closed") return;
      watching = on;
      if (!on) now.variables = undefined;
      // The wish is part of an attach: so it is there again after every loss.
      if (now.link === "live") attach(false);
    },
    detach() {
      if (now.link === "closed") return Promise.resolve();
      finish();
      if (!link.up) return Promise.resolve();
      // Whether it is told, or the connection ends before: the link is gone.
      return new Promise((resolve) => {
        requests.ask("session/detach", { sessionId }, false, { done: () => resolve(), failed: () => resolve() });
      });
    },
    up: () => attach(false),
    down() {
      pause();
      setLink("reconnecting");
    },
    end(error) {
      const unanswered = first;
      finish(error);
      if (unanswered) tell.failed(error);
    },
    notified(method, params) {
      if (method === "session/frames") frames(params["frames"]);
      if (method === "session/presence" && Array.isArray(params["present"])) {
        now.present = params["present"] as Present[];
        emit({ is: "presence" });
      }
      if (method === "session/variables" && watching && isVariables(params["variables"])) {
        now.variables = params["variables"];
        emit({ is: "variables" });
      }
      if (method === "session/warning") emit({ is: "warning", message: String(params["message"]) });
      if (method === "session/closed" && now.link !== "closed") {
        emit({ is: "warning", message: String(params["reason"]) });
        attachAfter(waitOf(params["resumeAfter"]), false);
      }
    },
  };
}

class Gap extends Error {}

/** The view with one more event, or undefined when it has that already. */
function foldOne(view: SessionView, recorded: Recorded): SessionView | undefined {
  if (!isRecorded(recorded)) throw new Error("an event without its place or type");
  if (recorded.seq <= view.seq) return undefined;
  if (recorded.seq > view.seq + 1) throw new Gap(`events ${view.seq + 1} to ${recorded.seq - 1} are missing`);
  return applyEvent(view, recorded);
}

/** Plugins' events never change what clients show. */
const isPlugins = (type: string) => type.startsWith("x.");
const isPlace = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function isRecorded(frame: unknown): frame is Recorded {
  const { seq, event } = (frame ?? {}) as Partial<Recorded>;
  return isPlace(seq) && typeof event === "object" && event !== null && typeof event.type === "string";
}

const isVariables = (value: unknown): value is Variables =>
  Array.isArray((value as Partial<Variables> | null | undefined)?.rows);

function isDelta(frame: unknown): frame is Delta {
  const { block, at, text } = (frame ?? {}) as Partial<Delta>;
  return isPlace(block) && isPlace(at) && typeof text === "string";
}

function check(attached: Attached): void {
  const { mode, epoch, seq, view, events, open } = attached ?? {};
  if (!isPlace(epoch) || !isPlace(seq) || !Array.isArray(open)) throw new Error("an attach reply without its place");
  if (
    mode === "view"
      ? !isPlace(view?.seq) || !Array.isArray(view?.items) || !Array.isArray(view?.blocks)
      : !Array.isArray(events)
  )
    throw new Error("an attach reply without what it promises");
  for (const { block, text } of open)
    if (!isPlace(block) || typeof text !== "string") throw new Error("an open block that is none");
}

/** Milliseconds; a minute at most, whatever it says. */
const waitOf = (resumeAfter: unknown): number =>
  typeof resumeAfter === "number" && resumeAfter >= 0 ? Math.min(resumeAfter, 60_000) : 1_000;

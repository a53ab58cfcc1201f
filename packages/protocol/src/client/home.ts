import type { Summary } from "../types.ts";
import { ConnectionLost, Refusal } from "./errors.ts";
import { backoff, type Timers } from "./link.ts";
import type { Requests } from "./requests.ts";

/** all: every session there is, at first and after every reconnect. some: what changed since. */
export type HomeChange =
  | { is: "all"; sessions: readonly Summary[] }
  | { is: "some"; sessions: readonly Summary[]; removed: readonly string[] };

export type Home = {
  listen(listener: (change: HomeChange) => void): Promise<() => void>;
  up(): void;
  down(): void;
  end(error: Error): void;
  notified(params: Record<string, unknown>): void;
};

type Listener = { tell(change: HomeChange): void; ready(): void; failed(error: Error): void };

/** The feed of all sessions, attached while anybody listens. */
export function createHome(requests: Requests, link: { readonly up: boolean }, timers: Timers): Home {
  const listeners = new Set<Listener>();
  const sessions = new Map<string, Summary>();
  let state: "off" | "asked" | "on" = "off";
  let cancelTimer = () => {};
  let troubles = 0;

  function attach(): void {
    if (state !== "off" || !link.up || listeners.size === 0) return;
    state = "asked";
    requests.ask("home/attach", {}, false, {
      done: (result) => take(result as { sessions?: Summary[] }),
      failed: refused,
    });
  }

  function take(result: { sessions?: Summary[] } | undefined): void {
    troubles = 0;
    state = "on";
    sessions.clear();
    for (const summary of result?.sessions ?? []) sessions.set(summary.id, summary);
    const change: HomeChange = { is: "all", sessions: [...sessions.values()] };
    for (const listener of listeners) {
      listener.ready();
      listener.tell(change);
    }
  }

  function refused(error: Error): void {
    state = "off";
    if (error instanceof ConnectionLost) return; // up() attaches
    if (error instanceof Refusal && error.retry)
      cancelTimer = timers.after(backoff(troubles++, timers.random()), attach);
    else fail(error);
  }

  function fail(error: Error): void {
    const told = [...listeners];
    listeners.clear();
    for (const listener of told) listener.failed(error);
  }

  return {
    listen(tell) {
      return new Promise((resolve, reject) => {
        const listener: Listener = {
          tell,
          ready: () => resolve(() => void listeners.delete(listener)),
          failed: reject,
        };
        listeners.add(listener);
        if (state === "on") {
          listener.ready();
          tell({ is: "all", sessions: [...sessions.values()] });
        } else attach();
      });
    },
    up: attach,
    down() {
      state = "off";
      cancelTimer();
    },
    end: fail,
    notified(params) {
      if (state !== "on") return; // the reply that is under way holds it
      const changed = Array.isArray(params["sessions"]) ? (params["sessions"] as Summary[]) : [];
      const removed = Array.isArray(params["removed"]) ? (params["removed"] as string[]) : [];
      for (const summary of changed) sessions.set(summary.id, summary);
      for (const id of removed) sessions.delete(id);
      for (const listener of listeners) listener.tell({ is: "some", sessions: changed, removed });
    },
  };
}

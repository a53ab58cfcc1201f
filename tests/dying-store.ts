import { readFileSync } from "node:fs";
import type { EventType, Recorded } from "../packages/protocol/src/index.ts";
import type { Batch, Store } from "../packages/server/src/core/ports.ts";

/** Which event is the last that a daemon writes: that one of a session, or the first of its type. */
export type LastWords = { session: string; seq: number } | { type: EventType };

/**
 * The real store of a daemon that dies of `kill -9` in the moment in which an event was written and nobody was told of it
 * yet. The file says which; it is read anew each time, so that a test may name another while the daemon runs.
 */
export function dyingStore(store: Store, file: string): Store {
  async function append(batches: readonly Batch[]) {
    const outcomes = await store.append(batches);
    const last = JSON.parse(readFileSync(file, "utf8")) as LastWords;
    const isLast = (session: string, { seq, event }: Recorded) =>
      "type" in last ? event.type === last.type : session === last.session && seq === last.seq;
    if (batches.some(({ session, events }) => events.some((recorded) => isLast(session, recorded))))
      process.kill(process.pid, "SIGKILL");
    return outcomes;
  }
  return new Proxy(store, {
    get(target, name) {
      if (name === "append") return append;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

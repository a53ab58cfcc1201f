import { readFileSync } from "node:fs";
import type { Batch, Store } from "../packages/server/src/core/ports.ts";

/** Which event, of which session, is the last that a daemon writes. */
export type LastWords = { session: string; seq: number };

/**
 * The real store of a daemon that dies of `kill -9` in the moment in which an event was written and nobody was told of it
 * yet. The file says which; it is read anew each time, so that a test may name another while the daemon runs.
 */
export function dyingStore(store: Store, file: string): Store {
  async function append(batches: readonly Batch[]) {
    const outcomes = await store.append(batches);
    const { session, seq } = JSON.parse(readFileSync(file, "utf8")) as LastWords;
    const written = batches.flatMap((batch) => (batch.session === session ? batch.events : []));
    if (written.some((recorded) => recorded.seq === seq)) process.kill(process.pid, "SIGKILL");
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

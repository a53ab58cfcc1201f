import type { Recorded } from "@daimon/protocol";
import type { Store } from "./ports.ts";

const page = 1000;

/** The log from a place to its end, read in pages. */
export async function readAll(store: Store, session: string, after: number): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for (let from = after; ;) {
    const events = await store.read(session, { after: from, limit: page });
    all.push(...events);
    const last = events.at(-1);
    if (!last || events.length < page) return all;
    from = last.seq;
  }
}

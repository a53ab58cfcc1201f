import { describe, expect } from "vitest";
import type { Store } from "../../packages/server/src/core/ports.ts";
import {
  batch,
  everything,
  filled,
  is,
  listed,
  type MakePlace,
  note,
  notes,
  promises,
  receipt,
  seqs,
  summary,
} from "./store-world.ts";

export function storeFollowing(make: MakePlace): void {
  const promise = promises(make);

  describe("following a log", () => {
    promise("a follower gets what is there and then what comes, each once", async (store) => {
      const epoch = await filled(store, "s", 1200);
      await filled(store, "other", 3);
      const end = new AbortController();
      const seen: number[] = [];
      for await (const events of store.tail("s", 100, end.signal)) {
        seen.push(...seqs(events));
        const last = seen.at(-1) ?? 0;
        if (last === 1230) end.abort();
        // Written while the follower is at work with what it got, and another session between.
        else if (last >= 1200) {
          await store.append([batch("s", epoch, { events: notes(last + 1, last + 5) })]);
          await store.append([batch("s", epoch, { events: notes(last + 6, last + 10) })]);
        }
      }
      expect(seen).toEqual(Array.from({ length: 1130 }, (_, index) => index + 101));
    });

    promise("a waiting follower is woken by the next event", async (store) => {
      const epoch = await filled(store, "s", 1);
      const end = new AbortController();
      const follower = store.tail("s", 1, end.signal)[Symbol.asyncIterator]();
      for (let seq = 2; seq < 20; seq += 1) {
        const next = follower.next();
        await store.append([batch("s", epoch, { partials: [{ block: 1, text: "no event" }] })]);
        await store.append([batch("s", epoch, { events: [note(seq)] })]);
        expect((await next).value).toEqual([note(seq)]);
      }
      end.abort();
    });

    promise("what is written at the moment a follower looks is not missed", async (store) => {
      const epoch = await filled(store, "s", 1);
      const end = new AbortController();
      const follower = store.tail("s", 1, end.signal)[Symbol.asyncIterator]();
      for (let seq = 2; seq < 20; seq += 1) {
        const next = follower.next();
        // After more and more of what the follower does before it waits.
        for (let turns = 2; turns < seq; turns += 1) await Promise.resolve();
        await store.append([batch("s", epoch, { events: [note(seq)] })]);
        expect((await next).value).toEqual([note(seq)]);
      }
      end.abort();
    });

    promise("a follower leaves when it is told to, waiting or not", async (store) => {
      await filled(store, "s", 1);
      const end = new AbortController();
      const follower = store.tail("s", 0, end.signal)[Symbol.asyncIterator]();
      expect((await follower.next()).value).toEqual([note(1)]);
      const waiting = follower.next();
      end.abort();
      expect((await waiting).done).toBe(true);
      const late = store.tail("s", 0, end.signal)[Symbol.asyncIterator]();
      expect((await late.next()).done).toBe(true);
    });

    promise("a refused batch reaches no follower", async (store) => {
      const epoch = await filled(store, "s", 1);
      const end = new AbortController();
      const follower = store.tail("s", 1, end.signal)[Symbol.asyncIterator]();
      const next = follower.next();
      await store.append([batch("s", epoch, { events: [note(9)] })]);
      await store.append([batch("s", epoch, { events: [note(2, "right")] })]);
      expect((await next).value).toEqual([note(2, "right")]);
      end.abort();
    });
  });

  describe("following the list", () => {
    promise("a list follows what changes from the moment it asks", async (store) => {
      const epoch = await filled(store, "s", 1);
      const end = new AbortController();
      const changes = store.changes(end.signal)[Symbol.asyncIterator]();
      await store.append([batch("s", epoch, { events: [note(2)], summary: summary("s", 2) })]);
      expect((await changes.next()).value).toEqual({ changed: [summary("s", 2)], removed: [] });
      const waiting = changes.next();
      await store.append([
        batch("s", epoch, { events: [note(3)] }),
        batch("s", epoch + 1, { summary: summary("s", 9) }),
      ]);
      await store.append([batch("s", epoch, { summary: summary("s", 4) })]);
      expect((await waiting).value).toEqual({ changed: [summary("s", 4)], removed: [] });
      end.abort();
    });

    promise("a list that looks seldom gets the newest of each session, once", async (store) => {
      const [a, b] = [await filled(store, "a", 1), await filled(store, "b", 1)];
      const end = new AbortController();
      const changes = store.changes(end.signal)[Symbol.asyncIterator]();
      for (let at = 1; at <= 50; at += 1)
        await store.append([
          batch("a", a, { summary: summary("a", at) }),
          batch("b", b, { summary: summary("b", at) }),
        ]);
      await store.remove("b");
      expect((await changes.next()).value).toEqual({ changed: [summary("a", 50)], removed: ["b"] });
      const waiting = changes.next();
      end.abort();
      expect((await waiting).done).toBe(true);
    });

    promise("each list follows for itself", async (store) => {
      const epoch = await filled(store, "s", 1);
      const [one, other] = [new AbortController(), new AbortController()];
      const first = store.changes(one.signal)[Symbol.asyncIterator]();
      const second = store.changes(other.signal)[Symbol.asyncIterator]();
      await store.append([batch("s", epoch, { summary: summary("s", 1) })]);
      expect((await first.next()).value).toMatchObject({ changed: [{ at: 1 }] });
      one.abort();
      await store.append([batch("s", epoch, { summary: summary("s", 2) })]);
      expect((await second.next()).value).toMatchObject({ changed: [{ at: 2 }] });
      expect((await first.next()).done).toBe(true);
      other.abort();
    });
  });

  describe("removing", () => {
    promise("a removed session leaves nothing, and the others all", async (store, place) => {
      await fullSession(store, "gone");
      await fullSession(store, "other");
      await store.remove("gone");
      await store.close();
      const again = await place.open();
      expect(await everything(again, "gone")).toEqual([]);
      expect(await again.partials("gone")).toEqual([]);
      expect(await again.snapshot("gone", 1)).toBeUndefined();
      expect(await again.summary("gone")).toBeUndefined();
      expect(await listed(again)).toEqual([summary("other", 5)]);
      expect(await everything(again, "other")).toEqual(notes(1, 3));
      expect(await again.partials("other")).toHaveLength(1);
      expect(await again.snapshot("other", 1)).toBeDefined();
    });

    promise("the retry of a command that removed its session is still answered", async (store) => {
      await fullSession(store, "gone");
      await store.remove("gone");
      expect(await store.receipt("ann", "op of gone")).toEqual(receipt("op of gone"));
    });

    promise(
      "a write on its way to a removed session is refused, and whoever takes it anew begins anew",
      async (store) => {
        const former = await fullSession(store, "s");
        await store.remove("s");
        expect(is(await store.append([batch("s", former, { events: [note(4)] })]))).toEqual(["stale"]);
        const { epoch, seq } = await store.acquire("s", "here");
        expect(seq).toBe(0);
        expect(epoch).toBeGreaterThan(former);
        expect(is(await store.append([batch("s", former, { events: [note(1)] })]))).toEqual(["stale"]);
        expect(is(await store.append([batch("s", epoch, { events: [note(1, "anew")] })]))).toEqual(["ok"]);
        expect(await everything(store, "s")).toEqual([note(1, "anew")]);
      },
    );

    promise("removing what is not there is no error", async (store) => {
      await store.remove("unknown");
      expect((await store.acquire("unknown", "here")).seq).toBe(0);
    });
  });
}

async function fullSession(store: Store, session: string): Promise<number> {
  const epoch = await filled(store, session, 3);
  await store.append([
    batch(session, epoch, {
      partials: [{ block: 3, text: "so far" }],
      receipts: [receipt(`op of ${session}`)],
      summary: summary(session, 5),
    }),
  ]);
  await store.saveSnapshot(session, epoch, { seq: 3, reducerVersion: 1, view: {} as never, contextFrom: 0, moves: [] });
  return epoch;
}

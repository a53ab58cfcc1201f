import { describe, expect } from "vitest";
import { sizes } from "../../packages/protocol/src/index.ts";
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

export function storeWriting(make: MakePlace): void {
  const promise = promises(make);

  describe("who owns a session", () => {
    promise("a session never seen before starts at the beginning", async (store) => {
      const { epoch, seq } = await store.acquire("new", "here");
      expect(seq).toBe(0);
      expect(is(await store.append([batch("new", epoch, { events: notes(1, 2) })]))).toEqual(["ok"]);
    });

    promise("whoever takes a session over learns where its log ends", async (store) => {
      const first = await filled(store, "s", 7);
      const { epoch, seq } = await store.acquire("s", "there");
      expect(seq).toBe(7);
      expect(epoch).toBeGreaterThan(first);
    });

    promise("a late write of the former owner never lands", async (store) => {
      const former = await filled(store, "s", 1);
      const { epoch } = await store.acquire("s", "there");
      const late = batch("s", former, {
        events: [note(2, "late")],
        partials: [{ block: 2, text: "late" }],
        receipts: [receipt("late")],
        summary: summary("s", 5),
      });
      expect(is(await store.append([late]))).toEqual(["stale"]);
      expect(seqs(await everything(store, "s"))).toEqual([1]);
      expect(await store.partials("s")).toEqual([]);
      expect(await store.receipt("ann", "late")).toBeUndefined();
      expect(await store.summary("s")).toBeUndefined();
      expect(is(await store.append([batch("s", epoch, { events: [note(2)] })]))).toEqual(["ok"]);
    });

    promise("text of an open block is fenced like events", async (store) => {
      const former = await filled(store, "s", 1);
      await store.acquire("s", "there");
      const late = batch("s", former, { partials: [{ block: 1, text: "late" }] });
      expect(is(await store.append([late]))).toEqual(["stale"]);
      expect(await store.partials("s")).toEqual([]);
    });

    promise("a session that nobody took is not written to", async (store) => {
      expect(is(await store.append([batch("s", 0, { events: [note(1)] }), batch("s", 1)]))).toEqual(["stale", "stale"]);
    });

    promise("an owner can ask whether it still is one", async (store) => {
      const former = await filled(store, "s", 1);
      expect(await store.renew("s", former)).toBe(true);
      const { epoch } = await store.acquire("s", "there");
      expect(await store.renew("s", former)).toBe(false);
      expect(await store.renew("s", epoch)).toBe(true);
      await store.release("s", epoch);
      expect(await store.renew("s", epoch)).toBe(false);
      expect(await store.renew("unknown", 1)).toBe(false);
    });

    promise("whoever gave a session back writes no more", async (store) => {
      const epoch = await filled(store, "s", 1);
      await store.release("s", epoch);
      expect(is(await store.append([batch("s", epoch, { events: [note(2)] })]))).toEqual(["stale"]);
    });

    promise("a former owner cannot give back what is not its own", async (store) => {
      const former = await filled(store, "s", 1);
      const { epoch } = await store.acquire("s", "there");
      await store.release("s", former);
      expect(await store.renew("s", epoch)).toBe(true);
    });

    promise("the epoch grows over a restart", async (store, place) => {
      const former = await filled(store, "s", 1);
      await store.close();
      const again = await place.open();
      expect((await again.acquire("s", "here")).epoch).toBeGreaterThan(former);
      expect(is(await again.append([batch("s", former, { events: [note(2)] })]))).toEqual(["stale"]);
    });
  });

  describe("writing", () => {
    promise("what was acknowledged is there after a restart", async (store, place) => {
      const { epoch } = await store.acquire("s", "here");
      const written = batch("s", epoch, {
        events: notes(1, 3),
        partials: [{ block: 3, text: "so far", omitted: 12 }],
        receipts: [receipt("op")],
        summary: summary("s", 5),
      });
      expect(is(await store.append([written]))).toEqual(["ok"]);
      await store.close();
      const again = await place.open();
      expect(await everything(again, "s")).toEqual(notes(1, 3));
      expect(await again.partials("s")).toEqual([{ block: 3, text: "so far", omitted: 12 }]);
      expect(await again.receipt("ann", "op")).toEqual(receipt("op"));
      expect(await listed(again)).toEqual([summary("s", 5)]);
    });

    promise("one session's trouble never refuses the others", async (store) => {
      const [a, b, c] = [await filled(store, "a", 1), await filled(store, "b", 1), await filled(store, "c", 1)];
      await store.append([batch("a", a, { receipts: [receipt("used")] })]);
      const outcomes = await store.append([
        batch("a", a, { events: [note(2)] }),
        batch("b", b, { events: [note(7)] }),
        batch("b", b + 1, { events: [note(2)] }),
        batch("a", a, { events: [note(3)], receipts: [receipt("used")] }),
        batch("c", c, { events: [note(2)] }),
      ]);
      expect(is(outcomes)).toEqual(["ok", "failed", "stale", "failed", "ok"]);
      expect(seqs(await everything(store, "a"))).toEqual([1, 2]);
      expect(seqs(await everything(store, "b"))).toEqual([1]);
      expect(seqs(await everything(store, "c"))).toEqual([1, 2]);
    });

    promise("a batch is written whole or not at all", async (store) => {
      const epoch = await filled(store, "s", 1);
      await store.append([
        batch("s", epoch, {
          receipts: [receipt("used")],
          partials: [{ block: 1, text: "kept" }],
          summary: summary("s", 1),
        }),
      ]);
      const refused = batch("s", epoch, {
        events: notes(2, 3),
        partials: [{ block: 2, text: "new" }],
        closed: [1],
        receipts: [receipt("fresh"), receipt("used")],
        summary: summary("s", 2),
      });
      const [outcome] = await store.append([refused]);
      expect(outcome).toMatchObject({ is: "failed", reason: expect.stringMatching(/./) });
      expect(seqs(await everything(store, "s"))).toEqual([1]);
      expect(await store.partials("s")).toEqual([{ block: 1, text: "kept" }]);
      expect(await store.receipt("ann", "fresh")).toBeUndefined();
      expect(await store.summary("s")).toEqual(summary("s", 1));
    });

    promise("events go on where the log ends, without gap or repetition", async (store) => {
      const epoch = await filled(store, "s", 3);
      for (const wrong of [[note(3)], [note(5)], [note(0)], [note(4), note(6)], [note(4), note(4)]])
        expect(is(await store.append([batch("s", epoch, { events: wrong })]))).toEqual(["failed"]);
      expect(is(await store.append([batch("s", epoch, { events: [note(4)] })]))).toEqual(["ok"]);
      expect(seqs(await everything(store, "s"))).toEqual([1, 2, 3, 4]);
    });

    promise("two batches of one session in one commit follow each other", async (store) => {
      const epoch = await filled(store, "s", 1);
      const both = [batch("s", epoch, { events: [note(2)] }), batch("s", epoch, { events: [note(3)] })];
      expect(is(await store.append(both))).toEqual(["ok", "ok"]);
      expect(seqs(await everything(store, "s"))).toEqual([1, 2, 3]);
    });

    promise("where the first batch of a session is refused, what builds on it is refused too", async (store) => {
      const epoch = await filled(store, "s", 1);
      await store.append([batch("s", epoch, { receipts: [receipt("used")] })]);
      const outcomes = await store.append([
        batch("s", epoch, { events: [note(2)], receipts: [receipt("used")] }),
        batch("s", epoch, { events: [note(3)] }),
      ]);
      expect(is(outcomes)).toEqual(["failed", "failed"]);
      expect(seqs(await everything(store, "s"))).toEqual([1]);
    });

    promise("an event of 64 KiB is kept, a larger one refused", async (store) => {
      const epoch = await filled(store, "s", 0);
      const room = sizes.event - Buffer.byteLength(JSON.stringify(note(1, "")));
      expect(is(await store.append([batch("s", epoch, { events: [note(1, "x".repeat(room + 1))] })]))).toEqual([
        "failed",
      ]);
      // Counted as it is written: two bytes each.
      expect(is(await store.append([batch("s", epoch, { events: [note(1, "é".repeat(room))] })]))).toEqual(["failed"]);
      expect(is(await store.append([batch("s", epoch, { events: [note(1, "x".repeat(room))] })]))).toEqual(["ok"]);
      expect(await everything(store, "s")).toEqual([note(1, "x".repeat(room))]);
    });

    promise("an event that cannot be written down fails alone", async (store) => {
      const [a, b] = [await filled(store, "a", 0), await filled(store, "b", 0)];
      const impossible = { ...note(1), event: { ...note(1).event, text: 1n as unknown as string } };
      const outcomes = await store.append([
        batch("a", a, { events: [impossible] as ReturnType<typeof notes> }),
        batch("b", b, { events: [note(1)] }),
      ]);
      expect(is(outcomes)).toEqual(["failed", "ok"]);
    });

    promise("nothing to write is answered with nothing", async (store) => {
      expect(await store.append([])).toEqual([]);
    });

    promise("the newest text of an open block is kept, until the event that closes the block", async (store) => {
      const epoch = await filled(store, "s", 2);
      await filled(store, "other", 1);
      const save = (block: number, text: string) => batch("s", epoch, { partials: [{ block, text }] });
      await store.append([save(2, "two"), save(1, "o")]);
      await store.append([save(1, "one")]);
      expect(await store.partials("s")).toEqual([
        { block: 1, text: "one" },
        { block: 2, text: "two" },
      ]);
      await store.append([batch("s", epoch, { events: [note(3)], closed: [1] })]);
      expect(await store.partials("s")).toEqual([{ block: 2, text: "two" }]);
      expect(await store.partials("other")).toEqual([]);
    });

    promise("any text comes back as it was, halves of pairs and zeros too", async (store) => {
      const epoch = await filled(store, "s", 0);
      const odd = "\ud83d \udc4d \u0000 \u001b[31m 👍 \r\n \\ \" ' é \uffff \ufeff";
      await store.append([batch("s", epoch, { events: [note(1, odd)], partials: [{ block: 1, text: odd }] })]);
      expect(await everything(store, "s")).toEqual([note(1, odd)]);
      expect(await store.partials("s")).toEqual([{ block: 1, text: odd }]);
    });
  });

  describe("trouble", () => {
    promise("a probe of a store that works answers and leaves nothing", async (store) => {
      await filled(store, "s", 1);
      await store.probe();
      expect(seqs(await everything(store, "s"))).toEqual([1]);
      expect(await listed(store)).toEqual([]);
    });

    promise("a closed store refuses and says that it is unavailable", async (store) => {
      const epoch = await filled(store, "s", 1);
      await store.close();
      expect(is(await store.append([batch("s", epoch, { events: [note(2)] })]))).toEqual(["failed"]);
      await expect(store.acquire("s", "here")).rejects.toMatchObject({ code: "store_unavailable" });
      await expect(store.read("s", { after: 0, limit: 1 })).rejects.toMatchObject({ code: "store_unavailable" });
      await expect(store.probe()).rejects.toMatchObject({ code: "store_unavailable" });
    });
  });
}

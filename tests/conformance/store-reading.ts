import { describe, expect } from "vitest";
import type { SessionView } from "../../packages/protocol/src/index.ts";
import { batch, everything, filled, is, type MakePlace, note, promises, receipt, seqs } from "./store-world.ts";

const view = (title: string) => ({ title }) as SessionView;

export function storeReading(make: MakePlace): void {
  const promise = promises(make);

  describe("reading", () => {
    promise("a log is read forward in pages", async (store) => {
      await filled(store, "s", 10);
      expect(seqs(await store.read("s", { after: 0, limit: 4 }))).toEqual([1, 2, 3, 4]);
      expect(seqs(await store.read("s", { after: 8, limit: 4 }))).toEqual([9, 10]);
      expect(await store.read("s", { after: 10, limit: 4 })).toEqual([]);
      expect(await store.read("s", { after: 99, limit: 4 })).toEqual([]);
      expect(await store.read("s", { after: 0, limit: 0 })).toEqual([]);
    });

    promise("a log is read backward in pages, each oldest first", async (store) => {
      await filled(store, "s", 10);
      expect(seqs(await store.read("s", { before: 11, limit: 3 }))).toEqual([8, 9, 10]);
      expect(seqs(await store.read("s", { before: 8, limit: 3 }))).toEqual([5, 6, 7]);
      expect(seqs(await store.read("s", { before: 3, limit: 3 }))).toEqual([1, 2]);
      expect(seqs(await store.read("s", { before: 99, limit: 2 }))).toEqual([9, 10]);
      expect(await store.read("s", { before: 1, limit: 3 })).toEqual([]);
      expect(await store.read("s", { before: 5, limit: 0 })).toEqual([]);
    });

    promise("nobody reads another session's events", async (store) => {
      await filled(store, "s", 2);
      await filled(store, "s2", 3);
      expect(seqs(await everything(store, "s"))).toEqual([1, 2]);
      expect(await everything(store, "unknown")).toEqual([]);
    });

    promise("an event comes back with everything that was recorded of it", async (store) => {
      const epoch = await filled(store, "s", 0);
      const whole = { ...note(1), parent: null, turn: 0, op: "op-1", foreign: "other:7" };
      await store.append([batch("s", epoch, { events: [whole] })]);
      expect(await everything(store, "s")).toEqual([whole]);
    });

    promise("what an older daimon wrote reads as today's, and stays as it was written", async (store, place) => {
      const epoch = await filled(store, "s", 0);
      const old = { ...note(1, ""), v: 0, event: { type: "note.added" as const, text: "", words: "old" } };
      await store.append([batch("s", epoch, { events: [old, note(2)] })]);
      await store.close();
      const upcasting = await place.open({
        upcasters: { 0: (event) => ({ ...event, event: { type: "note.added", text: "was old" } }) },
      });
      expect(await everything(upcasting, "s")).toEqual([note(1, "was old"), note(2)]);
      await upcasting.close();
      const otherwise = await place.open({ upcasters: { 0: (event) => event } });
      expect((await everything(otherwise, "s"))[0]).toMatchObject({ v: 1, event: { words: "old" } });
      await otherwise.close();
      await expect(everything(await place.open(), "s")).rejects.toMatchObject({ code: "version" });
    });

    promise("an event of a newer daimon is refused, not guessed at", async (store) => {
      const epoch = await filled(store, "s", 1);
      await store.append([batch("s", epoch, { events: [{ ...note(2), v: 2 }] })]);
      expect(seqs(await store.read("s", { after: 0, limit: 1 }))).toEqual([1]);
      await expect(everything(store, "s")).rejects.toMatchObject({ code: "version" });
    });
  });

  describe("receipts", () => {
    promise("a command's outcome is found again by whoever gave it, and by nobody else", async (store) => {
      const epoch = await filled(store, "s", 0);
      await store.append([batch("s", epoch, { receipts: [receipt("op")] })]);
      expect(await store.receipt("ann", "op")).toEqual(receipt("op"));
      expect(await store.receipt("bob", "op")).toBeUndefined();
      expect(await store.receipt("ann", "other")).toBeUndefined();
      const bobs = batch("s", epoch, { receipts: [{ ...receipt("op"), principal: "bob" }] });
      expect(is(await store.append([bobs]))).toEqual(["ok"]);
    });

    promise("receipts are forgotten by age, however many there are", async (store) => {
      const epoch = await filled(store, "s", 0);
      const old = Array.from({ length: 2500 }, (_, index) => receipt(`old ${index}`, index % 50));
      await store.append([batch("s", epoch, { receipts: [receipt("new", 50), ...old] })]);
      expect(await store.forgetReceipts(50)).toBe(2500);
      expect(await store.forgetReceipts(50)).toBe(0);
      expect(await store.receipt("ann", "old 1")).toBeUndefined();
      expect(await store.receipt("ann", "new")).toEqual(receipt("new", 50));
    });
  });

  describe("saved views", () => {
    promise("the newest saved view is found, if it was folded by the same reducer", async (store, place) => {
      const epoch = await filled(store, "s", 5);
      expect(await store.snapshot("s", 1)).toBeUndefined();
      await store.saveSnapshot("s", epoch, {
        seq: 3,
        reducerVersion: 1,
        view: view("three"),
        contextFrom: 2,
        moves: [],
      });
      const newest = { seq: 5, reducerVersion: 1, view: view("five"), contextFrom: 4, moves: [{ seq: 2, to: null }] };
      await store.saveSnapshot("s", epoch, newest);
      await store.close();
      const again = await place.open();
      expect(await again.snapshot("s", 1)).toEqual(newest);
      expect(await again.snapshot("s", 2)).toBeUndefined();
    });

    promise("a former owner saves no view", async (store) => {
      const former = await filled(store, "s", 1);
      await store.acquire("s", "there");
      await store.saveSnapshot("s", former, {
        seq: 1,
        reducerVersion: 1,
        view: view("late"),
        contextFrom: 0,
        moves: [],
      });
      expect(await store.snapshot("s", 1)).toBeUndefined();
    });

    promise("no view is saved of what is not in the log", async (store) => {
      const epoch = await filled(store, "s", 1);
      await store.saveSnapshot("s", epoch, {
        seq: 2,
        reducerVersion: 1,
        view: view("ahead"),
        contextFrom: 0,
        moves: [],
      });
      expect(await store.snapshot("s", 1)).toBeUndefined();
    });
  });
}

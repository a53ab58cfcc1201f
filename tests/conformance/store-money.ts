import { describe, expect } from "vitest";
import type { Spent } from "../../packages/server/src/core/ports.ts";
import { batch, filled, is, type MakePlace, note, promises, receipt } from "./store-world.ts";

const spent = (day: string, cost: number | undefined, model = "a/one"): Spent => ({
  day,
  model,
  usage: { input: 100, output: 10, cacheRead: 40, cacheWrite: 20, reasoning: 5 },
  ...(cost === undefined ? {} : { cost }),
});
const nothing = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  reasoning: 0,
  cost: 0,
  unpricedTokens: 0,
  uncounted: 0,
};
const once = { ...nothing, input: 100, output: 10, cacheRead: 40, cacheWrite: 20, reasoning: 5 };
const always = { since: "" };

export function storeMoney(make: MakePlace): void {
  const promise = promises(make);

  describe("tokens and money", () => {
    promise(
      "what all sessions spent is added up by day and model, and is there after a restart",
      async (store, place) => {
        const [a, b] = [await filled(store, "a", 0), await filled(store, "b", 0)];
        await store.append([
          batch("a", a, { events: [note(1)], spent: [spent("2026-10-01", 0.25), spent("2026-10-01", 0.5)] }),
          batch("b", b, { events: [note(1)], spent: [spent("2026-10-01", 1), spent("2026-10-01", 2, "b/two")] }),
        ]);
        await store.append([batch("a", a, { events: [note(2)], spent: [spent("2026-10-02", 4)] })]);
        await store.close();
        const again = await place.open();
        const thrice = { ...nothing, input: 300, output: 30, cacheRead: 120, cacheWrite: 60, reasoning: 15 };
        expect(await again.usage(always)).toEqual([
          { day: "2026-10-01", model: "a/one", ...thrice, cost: 1.75 },
          { day: "2026-10-01", model: "b/two", ...once, cost: 2 },
          { day: "2026-10-02", model: "a/one", ...once, cost: 4 },
        ]);
        expect(await again.usage({ since: "2026-10-02" })).toEqual([
          { day: "2026-10-02", model: "a/one", ...once, cost: 4 },
        ]);
        expect(await again.usage({ since: "2026-10-03" })).toEqual([]);
      },
    );

    promise("tokens whose price nobody knows are counted apart from those that cost nothing", async (store) => {
      const epoch = await filled(store, "s", 0);
      const free = { day: "2026-10-01", model: "a/one", usage: { input: 7, output: 1 }, cost: 0 };
      await store.append([batch("s", epoch, { events: [note(1)], spent: [spent("2026-10-01", undefined), free] })]);
      expect(await store.usage(always)).toEqual([
        { day: "2026-10-01", model: "a/one", ...once, input: 107, output: 11, unpricedTokens: 110 },
      ]);
    });

    promise(
      "an answer that nobody counted is no token, and is counted itself where it may have cost something",
      async (store) => {
        const epoch = await filled(store, "s", 0);
        const uncounted = { day: "2026-10-01", model: "a/one" };
        const free = { ...uncounted, cost: 0 };
        await store.append([batch("s", epoch, { events: [note(1)], spent: [uncounted, free, uncounted] })]);
        expect(await store.usage(always)).toEqual([{ day: "2026-10-01", model: "a/one", ...nothing, uncounted: 2 }]);
      },
    );

    promise("a batch that was not written costs nothing, and counts once when it is sent again", async (store) => {
      const epoch = await filled(store, "s", 0);
      await store.append([batch("s", epoch, { receipts: [receipt("used")] })]);
      const given = { events: [note(1)], spent: [spent("2026-10-01", 1)] };
      const outcomes = await store.append([
        batch("s", epoch, { ...given, receipts: [receipt("used")] }),
        batch("s", epoch - 1, given),
        batch("s", epoch, { ...given, events: [note(2)] }),
      ]);
      expect(is(outcomes)).toEqual(["failed", "stale", "failed"]);
      expect(await store.usage(always)).toEqual([]);
      // The second of these comes where the first one stands already.
      expect(is(await store.append([batch("s", epoch, given), batch("s", epoch, given)]))).toEqual(["ok", "failed"]);
      expect(await store.usage(always)).toEqual([{ day: "2026-10-01", model: "a/one", ...once, cost: 1 }]);
    });

    promise(
      "what people were told on a day is known after a restart, and forgotten with the next day",
      async (store, place) => {
        expect(await store.told("2026-10-01")).toEqual([]);
        await store.tell("2026-10-01", "one");
        await store.tell("2026-10-01", "two");
        await store.close();
        const again = await place.open();
        expect(await again.told("2026-10-01")).toEqual(["one", "two"]);
        expect(await again.told("2026-10-02")).toEqual([]);
        await again.tell("2026-10-02", "one");
        expect(await again.told("2026-10-01")).toEqual([]);
      },
    );

    promise("deleting a session does not give its money back", async (store) => {
      const epoch = await filled(store, "s", 0);
      await store.append([batch("s", epoch, { events: [note(1)], spent: [spent("2026-10-01", 1)] })]);
      await store.remove("s");
      expect(await store.usage(always)).toEqual([{ day: "2026-10-01", model: "a/one", ...once, cost: 1 }]);
    });
  });
}

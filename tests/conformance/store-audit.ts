import { describe, expect } from "vitest";
import type { Audited } from "../../packages/protocol/src/index.ts";
import type { Store } from "../../packages/server/src/core/ports.ts";
import { batch, filled, is, type MakePlace, note, promises } from "./store-world.ts";

const row = (at: number, rest: Partial<Audited> = {}): Audited => ({
  at,
  what: "ran",
  by: { principal: "owner", name: "ann", client: "cli" },
  ...rest,
});
const told = async (store: Store, query: Partial<Parameters<Store["audited"]>[0]> = {}) =>
  (await store.audited({ limit: 100, ...query })).map((found) => found.row);

export function storeAudit(make: MakePlace): void {
  const promise = promises(make);

  describe("what was decided", () => {
    promise(
      "is told newest first, is there after a restart, and stays when its session is deleted",
      async (store, place) => {
        const rows = [row(10, { session: "s", tool: "bash", exit: 1 }), row(20, { what: "allowed", digest: "d" })];
        const epoch = await filled(store, "s", 0);
        expect(is(await store.append([batch("s", epoch, { events: [note(1)], audited: rows })]))).toEqual(["ok"]);
        await store.audit(row(30, { what: "rule removed", because: "bash-1" }));
        await store.close();
        const again = await place.open();
        const all = [row(30, { what: "rule removed", because: "bash-1" }), ...rows.toReversed()];
        expect(await told(again)).toEqual(all);
        await again.remove("s");
        expect(await told(again)).toEqual(all);
      },
    );

    promise(
      "is told of one session, one tool and from one moment on, page by page, though much happens at once",
      async (store) => {
        const rows = Array.from({ length: 60 }, (_, n) =>
          row(Math.floor(n / 10), { session: n % 2 ? "odd" : "even", tool: n % 3 ? "bash" : "edit", seq: n }),
        );
        const epoch = await filled(store, "odd", 0);
        await store.append([batch("odd", epoch, { events: [note(1)], audited: rows })]);
        const want = (passes: (one: Audited) => boolean) => rows.filter(passes).toReversed();
        expect(await told(store, { session: "odd" })).toEqual(want(({ session }) => session === "odd"));
        expect(await told(store, { tool: "edit" })).toEqual(want(({ tool }) => tool === "edit"));
        expect(await told(store, { tool: "edit", session: "odd", since: 3 })).toEqual(
          want((one) => one.tool === "edit" && one.session === "odd" && one.at >= 3),
        );
        expect(await told(store, { session: "nobody" })).toEqual([]);

        const paged: Audited[] = [];
        for (let before: { at: number; id: number } | undefined; ;) {
          const page = await store.audited({ session: "even", limit: 7, ...(before ? { before } : {}) });
          paged.push(...page.map((found) => found.row));
          const last = page.at(-1);
          if (!last || page.length < 7) break;
          before = { at: last.row.at, id: last.id };
        }
        expect(paged).toEqual(want(({ session }) => session === "even"));
      },
    );

    promise("is not told of a batch that was not written", async (store) => {
      const epoch = await filled(store, "s", 0);
      const given = { events: [note(1)], audited: [row(1)] };
      const outcomes = await store.append([
        batch("s", epoch - 1, given),
        batch("s", epoch, { ...given, events: [note(2)] }),
      ]);
      expect(is(outcomes)).toEqual(["stale", "failed"]);
      expect(await told(store)).toEqual([]);
    });
  });
}

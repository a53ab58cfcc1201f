import { expect, test } from "vitest";
import { summary } from "../../../../tests/conformance/store-world.ts";
import type { Store, SummaryQuery } from "./ports.ts";
import { find, list } from "./shelf.ts";

const anybody = {};

/** A store of more sessions than anybody reads at once, three to a moment; it counts the rows that it hands out. */
function storeOf(count: number) {
  const all = Array.from({ length: count }, (_, index) => {
    const id = `s${String(index).padStart(6, "0")}`;
    return summary(id, Math.floor((count - index - 1) / 3), { cwd: index % 2 === 0 ? "/even" : "/odd" });
  });
  const told = { rows: 0, store: {} as Store };
  told.store = {
    summary: async () => undefined,
    async summaries({ behind, limit }: SummaryQuery) {
      const from = behind ? all.findIndex(({ at, id }) => at < behind.at || (at === behind.at && id > behind.id)) : 0;
      const page = from < 0 ? [] : all.slice(from, from + limit);
      told.rows += page.length;
      return page;
    },
  } as Partial<Store> as Store;
  return told;
}

test("a session is found by the beginning of its id or by its title, however many are newer", async () => {
  const { store } = storeOf(12_000);
  expect((await find(store, anybody, "s011999")).id).toBe("s011999");
  expect((await find(store, anybody, "title of s011998")).id).toBe("s011998");
  await expect(find(store, anybody, "s0119")).rejects.toMatchObject({ code: "ambiguous" });
  await expect(find(store, anybody, "s2")).rejects.toMatchObject({ code: "not_found" });
});

test.each([undefined, "/odd"])("a list goes on to the last session of them all (of folder %s)", async (cwd) => {
  const { store } = storeOf(3000);
  const seen: string[] = [];
  for (let before: number | undefined; ;) {
    const asked = { limit: 100, ...(cwd ? { cwd } : {}), ...(before === undefined ? {} : { before }) };
    const { sessions, next } = await list(store, anybody, asked);
    expect(sessions.length).toBeGreaterThan(0);
    // Whoever shares the last moment of a page is on it.
    expect(sessions.length).toBeLessThan(103);
    seen.push(...sessions.map(({ id }) => id));
    if (next === undefined) break;
    before = next;
  }
  expect(seen).toHaveLength(cwd ? 1500 : 3000);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.at(-1)).toBe("s002999");
});

test("the newest sessions cost what is shown of them, not the whole list", async () => {
  const told = storeOf(12_000);
  expect((await list(told.store, anybody, { limit: 20 })).sessions).toHaveLength(21);
  expect(told.rows).toBeLessThan(100);
});

import type { Summary } from "@daimon/protocol";
import { expect, test } from "vitest";
import { summary } from "../../../../tests/conformance/store-world.ts";
import { Homes } from "./homes.ts";
import type { Link, Store, SummaryQuery } from "./ports.ts";
import { find, list } from "./shelf.ts";

type Changes = { changed: Summary[]; removed: string[] };

function home(all: Summary[], changes: Changes[]) {
  const store = {
    summary: async (id: string) => all.find((one) => one.id === id),
    async summaries({ behind, limit }: SummaryQuery) {
      const from = behind ? all.findIndex(({ id }) => id === behind.id) + 1 : 0;
      return all.slice(from, from + limit);
    },
    changes: async function* () {
      yield* changes;
    },
  } as Partial<Store> as Store;
  return { store, homes: new Homes({ store, marked: (one) => one }) };
}

function link(sessions?: string[]): Link & { heard: unknown[] } {
  const heard: unknown[] = [];
  const caller = { actor: { principal: "t", client: "cli" as const }, role: "admin" as const };
  return {
    heard,
    reducer: 1,
    caller: sessions ? { ...caller, sessions } : caller,
    unsent: () => 0,
    send: (text) => heard.push(JSON.parse(text.toString()).params),
    close: () => undefined,
  };
}

const many = Array.from({ length: 1200 }, (_, n) => summary(`s${n}`, 2000 - n));

test("who may see some sessions hears of those alone, however many are newer", async () => {
  const changed = [summary("s3", 3000), summary("s1100", 3001)];
  const { homes } = home(many, [
    { changed, removed: ["s4"] },
    { changed: [summary("s7", 3002)], removed: [] },
    { changed: [], removed: ["s1100", "s9"] },
  ]);
  const [everybody, some] = [link(), link(["s1100"])];
  expect((await homes.now(everybody)).sessions).toHaveLength(200);
  expect((await homes.now(some)).sessions.map(({ id }) => id)).toEqual(["s1100"]);
  homes.add(everybody);
  homes.add(some);
  await homes.feed(new AbortController().signal);
  expect(some.heard).toEqual([{ sessions: [changed[1]] }, { sessions: [], removed: ["s1100"] }]);
  expect(everybody.heard).toHaveLength(3);
});

test("a list and a search have the sessions that the asker may see, and no others", async () => {
  const { store } = home(many, []);
  const some = { sessions: ["s5", "s1100"] };
  expect((await list(store, some, { limit: 1 })).sessions.map(({ id }) => id)).toEqual(["s5"]);
  expect((await list(store, some, {})).sessions.map(({ id }) => id)).toEqual(["s5", "s1100"]);
  // Of all that begin so it may see one.
  expect((await find(store, some, "s11")).id).toBe("s1100");
  await expect(find(store, some, "s6")).rejects.toMatchObject({ code: "not_found" });
  await expect(find(store, some, "title of s7")).rejects.toMatchObject({ code: "not_found" });
});

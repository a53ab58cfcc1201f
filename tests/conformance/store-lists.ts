import { describe, expect } from "vitest";
import type { Summary } from "../../packages/protocol/src/index.ts";
import type { Store } from "../../packages/server/src/core/ports.ts";
import { batch, listed, type MakePlace, promises, summary } from "./store-world.ts";

async function list(store: Store, summaries: readonly Summary[]): Promise<void> {
  for (const one of summaries) {
    const { epoch } = await store.acquire(one.id, "here");
    await store.append([batch(one.id, epoch, { summary: one })]);
  }
}

const ids = (summaries: readonly Summary[]): string[] => summaries.map(({ id }) => id);

export function storeLists(make: MakePlace): void {
  const promise = promises(make);

  describe("the list of sessions", () => {
    promise("sessions are listed newest first, each as it last was", async (store) => {
      await list(store, [summary("a", 1), summary("b", 3), summary("c", 2), summary("a", 4, { title: "renamed" })]);
      expect(ids(await listed(store))).toEqual(["a", "b", "c"]);
      expect(await store.summary("a")).toEqual(summary("a", 4, { title: "renamed" }));
      expect(await store.summary("unknown")).toBeUndefined();
    });

    promise("a list is read in pages, those of one moment by id, without losing or repeating one", async (store) => {
      const sessions = ["c", "a", "B", "é", "h", "f", "d", "\u{1f40d}"];
      await list(
        store,
        sessions.map((id, index) => summary(id, Math.floor(index / 5))),
      );
      for (const text of ["", "title"]) {
        const seen: string[] = [];
        for (let behind: { at: number; id: string } | undefined; ;) {
          const page = await store.summaries({ text, limit: 3, ...(behind ? { behind } : {}) });
          seen.push(...ids(page));
          const last = page.at(-1);
          if (!last) break;
          behind = { at: last.at, id: last.id };
        }
        expect(seen).toEqual(["d", "f", "\u{1f40d}", "B", "a", "c", "h", "é"]);
      }
      expect(await store.summaries({ limit: 0 })).toEqual([]);
    });

    promise(
      "a search finds a session by title, folder or what was last said, in any case of letters",
      async (store) => {
        await list(store, [
          summary("t", 1, { title: "Über den Wolken" }),
          summary("c", 2, { cwd: "/home/ann/Clouds" }),
          summary("p", 3, { preview: "what does it cost, 100%?" }),
        ]);
        expect(ids(await listed(store, { text: "ÜBER" }))).toEqual(["t"]);
        expect(ids(await listed(store, { text: "clouds" }))).toEqual(["c"]);
        expect(ids(await listed(store, { text: "COST" }))).toEqual(["p"]);
        expect(ids(await listed(store, { text: "ann" }))).toEqual(["p", "c", "t"]);
        expect(ids(await store.summaries({ text: "ann", limit: 1, behind: { at: 3, id: "p" } }))).toEqual(["c"]);
        expect(ids(await listed(store, { text: "0%" }))).toEqual(["p"]);
        // No letter is special to a search.
        for (const text of ["_", "%o", "*", "'", '"', "\\", "no such words"])
          expect(await listed(store, { text })).toEqual([]);
      },
    );
  });
}

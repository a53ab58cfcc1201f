import { describe, expect } from "vitest";
import type { Summary } from "../../packages/protocol/src/index.ts";
import type { Store } from "../../packages/server/src/core/ports.ts";
import { batch, type MakePlace, promises, summary } from "./store-world.ts";

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
      expect(ids(await store.summaries())).toEqual(["a", "b", "c"]);
      expect(await store.summary("a")).toEqual(summary("a", 4, { title: "renamed" }));
      expect(await store.summary("unknown")).toBeUndefined();
    });

    promise("a list is read in pages, without losing who shares a moment", async (store) => {
      await list(
        store,
        "abcdefgh".split("").map((id, index) => summary(id, Math.floor(index / 3))),
      );
      const seen: string[] = [];
      let before: number | undefined;
      for (;;) {
        const page = await store.summaries({ limit: 2, ...(before === undefined ? {} : { before }) });
        if (page.length === 0) break;
        expect(page.length).toBeLessThanOrEqual(3);
        seen.push(...ids(page));
        before = page.at(-1)?.at;
      }
      expect(seen).toHaveLength(8);
      expect(new Set(seen)).toEqual(new Set("abcdefgh"));
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
        expect(ids(await store.summaries({ text: "ÜBER" }))).toEqual(["t"]);
        expect(ids(await store.summaries({ text: "clouds" }))).toEqual(["c"]);
        expect(ids(await store.summaries({ text: "COST" }))).toEqual(["p"]);
        expect(ids(await store.summaries({ text: "ann" }))).toEqual(["p", "c", "t"]);
        expect(ids(await store.summaries({ text: "ann", limit: 1, before: 3 }))).toEqual(["c"]);
        expect(ids(await store.summaries({ text: "0%" }))).toEqual(["p"]);
        // No letter is special to a search.
        for (const text of ["_", "%o", "*", "'", '"', "\\", "no such words"])
          expect(await store.summaries({ text })).toEqual([]);
      },
    );
  });
}

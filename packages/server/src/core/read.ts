import type { Recorded, Summary } from "@daimon/protocol";
import type { Store, SummaryQuery } from "./ports.ts";

const pageSize = 1000;

/** The log from a place to its end, page by page: however long it is, one page of it is in memory. */
export async function* pagesOf(store: Store, session: string, after: number): AsyncGenerator<Recorded[], void> {
  for (let from = after; ;) {
    const page = await store.read(session, { after: from, limit: pageSize });
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (!last || page.length < pageSize) return;
    from = last.seq;
  }
}

export async function readAll(store: Store, session: string, after: number): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for await (const page of pagesOf(store, session, after)) all.push(...page);
  return all;
}

const rowsAtOnce = 500;

/** Summaries newest first, for as long as somebody asks for the next: however many there are, a page of them is in memory. */
export async function* summariesOf(
  store: Pick<Store, "summaries">,
  query: Omit<SummaryQuery, "limit"> = {},
  atOnce = rowsAtOnce,
): AsyncGenerator<Summary, void> {
  for (let { behind } = query; ;) {
    const page = await store.summaries({ ...query, ...(behind ? { behind } : {}), limit: atOnce });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < atOnce) return;
    behind = { at: last.at, id: last.id };
  }
}

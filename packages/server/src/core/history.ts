import { applyEvent, emptyView, type Item, type Recorded } from "@daimon/protocol";
import { pathOf } from "./context.ts";

/**
 * Items older than a place, newest page first, oldest item of the page first: folded from the log by the same
 * reducer, but along the head's path only and without its window.
 */
export function itemsBefore(
  events: readonly Recorded[],
  head: number | null,
  before: number,
  limit: number,
): { items: Item[]; older?: number } {
  const path = pathOf(events, head);
  const all: Item[] = [];
  let view = { ...emptyView };
  for (const recorded of events) {
    if (recorded.parent !== undefined && !path.has(recorded.seq)) continue;
    if (recorded.event.type === "head.moved") continue;
    view = applyEvent(view, recorded);
    // Settled items leave the window here, so that the fold copies a handful a step and not the whole session.
    const settled = view.items.findIndex((item) => item.entries.length === 0 && !isSettled(item));
    const leaving = settled < 0 ? view.items.length - 1 : settled;
    if (leaving > foldWindow) {
      all.push(...view.items.slice(0, leaving));
      view = { ...view, items: view.items.slice(leaving) };
    }
  }
  all.push(...view.items);
  const older = all.filter(({ id }) => id < before);
  const items = older.slice(-limit);
  const first = items[0];
  return older.length > items.length && first ? { items, older: first.id } : { items };
}

const foldWindow = 50;
const isSettled = (item: Item): boolean =>
  item.kind === "notice" || item.kind === "ended" || (item.kind === "cell" && item.state === "done");

import { applyEvent, emptyView, type Item, placeOf, type Recorded, type SessionView } from "@daimon/protocol";
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
  const settled: Item[] = [];
  let view = emptyView;
  let headThen: number | null = null;
  for (const recorded of events) {
    const { seq, parent, event } = recorded;
    if (event.type === "head.moved") {
      headThen = event.to;
      continue;
    }
    if (parent !== undefined) headThen = seq;
    view = applyEvent(view, recorded);
    if (headThen !== null && !path.has(headThen)) view = without(view, seq);
    if (view.items.length <= foldWindow) continue;
    // What is settled leaves the window, so that the fold copies a handful a step and not the whole session.
    settled.push(...view.items.filter(isSettled));
    view = { ...view, items: view.items.filter((item) => !isSettled(item)) };
  }
  const all = [...settled, ...view.items].toSorted((a, b) => placeOf(a) - placeOf(b));
  const older = all.filter((item) => placeOf(item) < before);
  const items = older.slice(-limit);
  const first = items[0];
  return older.length > items.length && first ? { items, older: placeOf(first) } : { items };
}

const foldWindow = 50;
const isSettled = (item: Item): boolean =>
  item.kind === "call" || item.kind === "cell" ? item.state === "done" : !("open" in item);

/** Takes back what an event of another branch added: the item that it began or completed. */
const without = (view: SessionView, seq: number): SessionView => ({
  ...view,
  items: view.items.flatMap((item) => {
    if (!item.entries.includes(seq)) return item.id === seq ? [] : [item];
    const entries = item.entries.filter((entry) => entry !== seq);
    return entries.length > 0 ? [{ ...item, entries }] : [];
  }),
});

import type { Item, ItemOf, Recorded, SessionView } from "../types.ts";
import { sizes } from "../version.ts";

/** What people see of a session, newest last. Only a window of it: history pages the rest. */

export const stamp = ({ seq, at, by, turn, parent }: Recorded, id = seq) => ({
  id,
  at,
  by,
  ...(turn === undefined ? {} : { turn }),
  entries: parent === undefined ? [] : [seq],
});

/** Where an item stands among the others. An input has its id from when it began to wait, which may be long before. */
export const placeOf = (item: Item): number => (item.kind === "input" ? (item.entries[0] ?? item.id) : item.id);

export function addItem(view: SessionView, item: Item): SessionView {
  const items = [...view.items, item];
  const oldest = items.length > sizes.viewItems ? items[items.length - sizes.viewItems] : undefined;
  return oldest ? { ...view, items: items.slice(-sizes.viewItems), older: placeOf(oldest) } : { ...view, items };
}

/** Changes the newest item of this kind and id. One that has left the window is left alone. */
export function patchItem<K extends Item["kind"]>(
  view: SessionView,
  kind: K,
  id: number,
  change: (item: ItemOf<K>) => ItemOf<K> | undefined,
): SessionView {
  const index = view.items.findLastIndex((item) => item.kind === kind && item.id === id);
  if (index < 0) return view;
  const changed = change(view.items[index] as ItemOf<K>);
  const items = changed === undefined ? view.items.toSpliced(index, 1) : view.items.with(index, changed);
  return { ...view, items };
}

export const withEntry = <I extends Item>(item: I, { seq, parent }: Recorded): I =>
  parent === undefined ? item : { ...item, entries: [...item.entries, seq] };

/**
 * The head moved. The window holds exactly the newest part of the old path, so going back along it cuts the
 * window; going anywhere else leaves nothing of it, and history pages the new path.
 */
export function moveHead(view: SessionView, to: number | null): SessionView {
  const onPath = to !== null && view.items.some((item) => item.entries.includes(to));
  if (!onPath) {
    const { older: _, ...rest } = view;
    return { ...rest, head: to, items: [], ...(to === null ? {} : { older: to + 1 }) };
  }
  const items = view.items
    .filter((item) => (item.entries[0] ?? item.id) <= to)
    .map((item) => ({ ...item, entries: item.entries.filter((entry) => entry <= to) }));
  return { ...view, head: to, items };
}

export const closeBlock = (view: SessionView, id: number): SessionView => ({
  ...view,
  blocks: view.blocks.filter((block) => block.id !== id),
});
export const notice = (view: SessionView, recorded: Recorded, text: string) =>
  addItem(view, { kind: "notice", ...stamp(recorded), text });
/** `undefined` fields of an update mean "as it was". */
export const given = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

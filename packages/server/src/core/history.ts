import { applyEvent, emptyView, type Item, placeOf, type Recorded, type SessionView } from "@daimon/protocol";
import type { Move, ReadRange } from "./ports.ts";

export type Page = { items: Item[]; older?: number };
type Read = (range: ReadRange) => Promise<Recorded[]>;
const atMost = 2000;

/**
 * Items of the head's path older than a place, newest page first, oldest item of the page first. Reads backwards from
 * there as far as the page needs, and forward only for what had begun there and ended later.
 */
export async function pageBefore(
  read: Read,
  branch: Branch,
  before: number,
  limit: number,
  atOnce = 4 * limit,
): Promise<Page> {
  const events = await read({ before, limit: atOnce });
  for (let more = atOnce; ; more = Math.min(2 * more, atMost)) {
    const page = itemsBefore([...(await inputsOf(events, read)), ...events], branch, before, limit);
    const [first, last] = [events[0], events.at(-1)];
    if (!first || !last) return page;
    if (first.seq > 1 && (page.older === undefined || events.find(setsHead)?.parent === undefined)) {
      events.unshift(...(await read({ before: first.seq, limit: more })));
      continue;
    }
    const following = page.items.every(isSettled) ? [] : await read({ after: last.seq, limit: more });
    if (following.length === 0) return page;
    events.push(...following);
  }
}

/** The head as a log shows it, and each time it moved. */
export type Branch = { head: number | null; moves: readonly Move[] };

export const movesIn = (events: readonly Recorded[]): Move[] =>
  events.flatMap(({ seq, event }) => (event.type === "head.moved" ? [{ seq, to: event.to }] : []));

/** Whether an entry leads to the head: each follows the one before it in the log, but for the moves of the head. */
function leadsTo({ head, moves }: Branch): (entry: number) => boolean {
  const parts: { after: number; to: number }[] = [];
  let top = head;
  for (const { seq, to } of moves.toReversed()) {
    if (top === null || seq > top) continue;
    parts.push({ after: seq, to: top });
    top = to;
  }
  if (top !== null) parts.push({ after: 0, to: top });
  return (entry) => parts.some(({ after, to }) => entry > after && entry <= to);
}

const setsHead = ({ parent, event }: Recorded): boolean => parent !== undefined || event.type === "head.moved";

/** An input may have waited since long before it was taken. */
async function inputsOf(events: readonly Recorded[], read: Read): Promise<Recorded[]> {
  const first = events[0]?.seq ?? 0;
  const waited = events.flatMap(({ event }) =>
    event.type === "input.taken" && event.input < first ? [event.input] : [],
  );
  const found = await Promise.all(waited.map((input) => read({ after: input - 1, limit: 1 })));
  return found.flat().toSorted((a, b) => a.seq - b.seq);
}

/** Folded by the reducer that everybody uses, but along the branch only and without its window. */
function itemsBefore(events: readonly Recorded[], branch: Branch, before: number, limit: number): Page {
  const leads = leadsTo(branch);
  const settled: Item[] = [];
  let view = emptyView;
  let headThen = events.find(setsHead)?.parent ?? null;
  for (const recorded of events) {
    const { seq, parent, event } = recorded;
    if (event.type === "head.moved") {
      headThen = event.to;
      continue;
    }
    if (parent !== undefined) headThen = seq;
    view = applyEvent(ready(view, recorded), recorded);
    if (headThen !== null && !leads(headThen)) view = without(view, seq);
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

/** Its Python may have started long before these events: a cell that starts found it idle. */
const ready = (view: SessionView, { event }: Recorded): SessionView =>
  event.type === "cell.started"
    ? { ...view, kernel: { is: "idle", generation: event.generation, python: "", names: [] } }
    : view;

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

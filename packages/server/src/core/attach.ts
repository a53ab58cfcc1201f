import {
  type Attached,
  type BlockText,
  type Item,
  placeOf,
  type Recorded,
  reducerVersion,
  type SessionView,
  sizes,
} from "@daimon/protocol";

/** The answer to an attach, from what is durable at this moment. */

const eventsAtMost = 1000;
const weights = new WeakMap<object, number>();
/** Length of a thing as JSON, remembered: items and events never change. */
const weigh = (thing: object): number => {
  let weight = weights.get(thing);
  if (weight === undefined) weights.set(thing, (weight = JSON.stringify(thing).length));
  return weight;
};

/** The view with the newest items that fit a reply; `older` says where history goes on. */
export function fitting(view: SessionView, budget: number = sizes.viewReply): SessionView {
  let room = budget;
  let first = view.items.length;
  while (first > 0 && (room -= weigh(view.items[first - 1] as Item)) >= 0) first--;
  if (first === 0) return view;
  const oldest = view.items[first];
  return { ...view, items: view.items.slice(first), older: oldest ? placeOf(oldest) : view.seq + 1 };
}

export type Reach = { after: number | undefined; epoch: number | undefined; reducer: number };

/**
 * Events when the client's place is near and its fold is ours; else the view. Another epoch is told by `epoch`:
 * then the client replaces its open blocks.
 */
export function attachReply(
  view: SessionView,
  epoch: number,
  recent: readonly Recorded[],
  texts: (block: number) => BlockText,
  { after, reducer }: Reach,
): Attached {
  const open = view.blocks.map(({ id }) => {
    const { text, omitted } = texts(id);
    return { block: id, text, ...(omitted > 0 ? { omitted } : {}) };
  });
  const common = { epoch, seq: view.seq, open };
  const events = after === undefined || reducer !== reducerVersion ? undefined : eventsAfter(view, recent, after);
  if (events) return { mode: "events", ...common, events };
  const shown = fitting(view);
  return {
    mode: "view",
    ...common,
    view: { ...shown, epoch },
    ...(shown.older === undefined ? {} : { older: shown.older }),
  };
}

function eventsAfter(view: SessionView, recent: readonly Recorded[], after: number): Recorded[] | undefined {
  if (after > view.seq || view.seq - after > eventsAtMost) return undefined;
  if (after === view.seq) return [];
  const events = recent.filter(({ seq }) => seq > after && seq <= view.seq);
  if (events[0]?.seq !== after + 1) return undefined;
  let room: number = sizes.viewReply;
  return events.every((event) => (room -= weigh(event)) >= 0) ? events : undefined;
}

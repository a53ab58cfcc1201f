import {
  type Delta,
  type Item,
  type ItemOf,
  lengthOf,
  type Output,
  type Recorded,
  type SessionView,
} from "@daimon/protocol";
import type { Change, Following } from "@daimon/protocol/client";
import { unshown, unshownAtEnd } from "./blocks.ts";
import { changedWords } from "./filewords.ts";
import { eventNews } from "./news.ts";
import { presenceNews } from "./people.ts";
import type { Piece } from "./pieces.ts";

/** How much of an item has been told: its beginning, the length of each of its texts, its displays, its end. */
type Told = { begun: boolean; blocks: Map<number, number>; displays: number; done: boolean };

export type StoryOptions = {
  /** Whether an item belongs to this story at all. */
  about?(item: Item): boolean;
  /** What stands on the screen already, because it was typed there: by the event that it began with. */
  typedHere?(seq: number): boolean;
};

/**
 * Tells a session as it goes: given each change, what is new to be shown. It remembers only how far it told, so
 * the same view told in one go, in pieces, or again after a lost connection gives the same words once.
 */
export class Story {
  readonly #options: StoryOptions;
  #told = new Map<string, Told>();
  #present: Following["present"] = [];
  #link: Following["link"] = "live";
  /** What the running turn changed in files so far. */
  readonly #changed = new Set<string>();

  constructor(options: StoryOptions = {}) {
    this.#options = options;
  }

  /** The newest `count` items, with the rest taken as told. */
  begin(now: Following, count: number): { pieces: Piece[]; earlier: boolean } {
    this.#present = now.present;
    this.#link = now.link;
    const { items } = now.view;
    const open = items.findIndex((item) => item.kind !== "call" && !isDone(item));
    const from = Math.min(Math.max(0, items.length - count), open < 0 ? items.length : open);
    for (const item of items.slice(0, from)) this.#told.set(keyOf(item), { ...fresh(), begun: true, done: true });
    return { pieces: this.#advance(now), earlier: from > 0 || now.view.older !== undefined };
  }

  /** What is new in the items alone. */
  catchUp = (now: Following): Piece[] => this.#advance(now);

  tell(change: Change, now: Following): Piece[] {
    switch (change.is) {
      case "delta":
        return this.#delta(change.delta, now);
      case "event":
        return [...this.#advance(now), ...this.#eventNews(change.recorded, now)];
      case "view":
        return this.#advance(now);
      case "variables":
        return [];
      case "presence": {
        const news = this.#present.length === 0 ? [] : presenceNews(this.#present, now.present);
        this.#present = now.present;
        return news.map((text) => ({ is: "notice", text, aside: true }));
      }
      case "link":
        return this.#linkNews(now.link);
      case "warning":
        return [{ is: "trouble", text: change.message }];
      case "unsaved":
        return [{ is: "trouble", text: `the daemon could not keep the last words shown here: ${change.text.trim()}` }];
    }
  }

  #typedHere = ({ kind, id }: Item): boolean =>
    (kind === "cell" || kind === "input") && this.#options.typedHere?.(id) === true;

  #eventNews(recorded: Recorded, { view }: Following): Piece[] {
    // The line that answers a question stands where it was typed; that an approval was heard is news to everybody.
    const { event, seq } = recorded;
    const said = event.type === "ask.answered" && event.value !== undefined && this.#options.typedHere?.(seq);
    return said ? [] : [...eventNews(recorded, view), ...this.#filesNews(recorded, view)];
  }

  /** What a turn changed in files is told once, at its end. */
  #filesNews({ event, turn }: Recorded, { cwd }: SessionView): Piece[] {
    if (event.type === "turn.started") this.#changed.clear();
    if (event.type === "file.changed" && event.undoes === undefined) this.#changed.add(event.to ?? event.path);
    if (event.type !== "turn.ended" || this.#changed.size === 0 || turn === undefined) return [];
    return [{ is: "notice", text: changedWords([...this.#changed], turn, cwd) }];
  }

  #linkNews(link: Following["link"]): Piece[] {
    const before = this.#link;
    this.#link = link;
    if (before === link) return [];
    // Others come back one by one: those who were here before are no news.
    this.#present = [];
    if (link === "reconnecting") return [{ is: "notice", text: "the connection to the daemon is lost; trying again" }];
    return link === "live" ? [{ is: "notice", text: "connected again" }] : [];
  }

  #delta({ block, at, text }: Delta, now: Following): Piece[] {
    const item = now.view.items.findLast((one) => holds(one, block));
    if (!item || this.#options.about?.(item) === false || (item.kind === "call" && tellsItself(item))) return [];
    const blocks = this.#told.get(keyOf(item))?.blocks;
    const kind = now.view.blocks.find(({ id }) => id === block)?.kind;
    // Its own words and not the block's, which keeps only the first and the last of a flood.
    if (blocks && kind && kind !== "thinking" && (blocks.get(block) ?? 0) === at) {
      blocks.set(block, at + text.length);
      return [{ is: "stream", of: kind === "call" ? "progress" : kind, block, text }];
    }
    return this.#item(item, now);
  }

  #advance(now: Following): Piece[] {
    const pieces = now.view.items.flatMap((item) => this.#item(item, now));
    if (this.#told.size > 2 * now.view.items.length + 100) {
      const keys = new Set(now.view.items.map(keyOf));
      for (const key of this.#told.keys()) if (!keys.has(key)) this.#told.delete(key);
    }
    return pieces;
  }

  #item(item: Item, now: Following): Piece[] {
    const key = keyOf(item);
    const told = this.#told.get(key) ?? fresh();
    if (told.done || this.#options.about?.(item) === false) return [];
    this.#told.set(key, told);
    const pieces: Piece[] = [];
    if (!told.begun) {
      told.begun = true;
      if (!this.#typedHere(item)) pieces.push(...beginning(item));
    }
    pieces.push(...middle(item, told, now.open));
    if (isDone(item)) {
      told.done = true;
      pieces.push(...ending(item));
    }
    return pieces;
  }
}

const fresh = (): Told => ({ begun: false, blocks: new Map(), displays: 0, done: false });
const keyOf = (item: Item) => `${item.kind}${item.id}`;

const isDone = (item: Item): boolean => {
  if (item.kind === "cell" || item.kind === "call") return item.state === "done";
  return item.kind === "text" || item.kind === "thinking" ? !item.open : true;
};

const holds = (item: Item, block: number): boolean => {
  if (item.kind === "text") return item.id === block;
  if (item.kind === "call") return item.progress?.block === block;
  return item.kind === "cell" && item.outputs.some((output) => output.block === block);
};

/** The code of the assistant's cell is told by the cell; every other call tells what it is about to do. */
const tellsItself = (item: ItemOf<"call">) => item.tool === "python";

function beginning(item: Item): Piece[] {
  switch (item.kind) {
    case "input":
      return [{ is: "said", by: item.by, mode: "ai", text: item.text + (item.whole ? " [...]" : "") }];
    case "cell":
      return [{ is: "said", by: item.by, mode: "py", text: item.code + (item.whole ? "\n[...]" : "") }];
    case "call":
      return tellsItself(item) ? [] : [{ is: "call", text: item.show.text }];
    default:
      return [];
  }
}

function middle(item: Item, told: Told, open: Following["open"]): Piece[] {
  if (item.kind === "text") return grown("text", item.id, item, told, open);
  if (item.kind === "call" && item.progress && !tellsItself(item))
    return grown("progress", item.progress.block, item.progress, told, open);
  if (item.kind !== "cell") return [];
  const pieces = item.outputs.flatMap((output) => grown(output.stream, output.block, output, told, open));
  for (const { text } of item.displays.slice(told.displays)) pieces.push({ is: "display", text });
  told.displays = item.displays.length;
  return pieces;
}

type Growing = Pick<Output, "text" | "open" | "omitted">;

function grown(
  of: "text" | "stdout" | "stderr" | "progress",
  block: number,
  item: Growing,
  told: Told,
  open: Following["open"],
): Piece[] {
  const shown = told.blocks.get(block) ?? 0;
  if (shown === closed) return [];
  const growing = open.get(block);
  if (growing || item.open) {
    if (!growing) return [];
    told.blocks.set(block, lengthOf(growing));
    const text = unshown(growing, shown);
    return text === "" ? [] : [{ is: "stream", of, block, text }];
  }
  told.blocks.set(block, closed);
  const text = unshownAtEnd(item.text, item.omitted ?? 0, shown);
  const rest: Piece[] = text === "" ? [] : [{ is: "stream", of, block, text }];
  return [...rest, { is: "closed", block }];
}
const closed = Infinity;

const cellOutcomes: Record<string, string> = {
  interrupted: "interrupted",
  cancelled: "not run",
  not_run: "not run",
  died: "Python died while this ran",
  timeout: "stopped: it took longer than its limit",
  unknown: "nobody knows whether this ran to its end: the daemon or Python went away while it ran",
};

function ending(item: Item): Piece[] {
  switch (item.kind) {
    case "text":
      return item.cut ? [{ is: "notice", text: "the answer was cut off here" }] : [];
    case "call": {
      if (item.ok !== false || (tellsItself(item) && item.outcome !== "denied" && item.outcome !== "not_run"))
        return [];
      const firstLine = item.value?.text.split("\n", 1)[0] ?? "";
      return [{ is: "notice", text: `${item.tool}: ${firstLine || item.outcome || "failed"}` }];
    }
    case "cell":
      return [
        ...(item.result
          ? [{ is: "result" as const, cell: item.id, text: item.result.text + (item.result.cut ? " [...]" : "") }]
          : []),
        ...(item.error
          ? [{ is: "error" as const, text: item.error.traceback || `${item.error.name}: ${item.error.message}` }]
          : []),
        ...cellTrouble(item).map((text) => ({ is: "trouble" as const, text })),
      ];
    case "ended": {
      const reason = item.reason ? `: ${item.reason}` : "";
      return [
        {
          is: item.outcome === "failed" ? "trouble" : "notice",
          text: `the turn was ${turnOutcomes[item.outcome] ?? item.outcome}${reason}`,
        },
      ];
    }
    case "notice":
      return [{ is: "notice", text: item.text }];
    case "compaction":
      return [{ is: "notice", text: "what came before was summed up for the assistant" }];
    default:
      return [];
  }
}

/** Why it did not run to its end, in the words of whoever noted it, else in ours. */
function cellTrouble({ outcome, error, note }: ItemOf<"cell">): string[] {
  if (note !== undefined) return [note];
  // A traceback that ends in KeyboardInterrupt has said it.
  if (outcome === undefined || (outcome === "interrupted" && error)) return [];
  return [cellOutcomes[outcome] ?? outcome];
}

const turnOutcomes: Record<string, string> = {
  interrupted: "interrupted",
  failed: "ended by a failure",
  limited: "stopped at a limit",
};

import type { Audited, Recorded, Summary } from "@daimon/protocol";
import { spentBy } from "./usage.ts";
import type { AppendOutcome, Batch, Clock, Log, Partial, Receipt, Store } from "./ports.ts";

/** What the journal needs of a session whose events it writes. */
export interface Writer {
  readonly id: string;
  readonly epoch: number;
  /** The text of a block that is open and whose opening is durable; otherwise nothing is to be saved. */
  partial(block: number): Partial | undefined;
  /** The newest place the outcome is about; 0 where it was only about partials. */
  written(outcome: AppendOutcome, place: number): void;
}

export type Part = {
  /** The writer's own count of its parts. */
  place: number;
  events: readonly Recorded[];
  /** What they decided about what the assistant does. */
  audited: readonly Audited[];
  closed: readonly number[];
  receipts: readonly Receipt[];
  summary?: Summary;
};
type Gathered = Pick<Part, "place" | "summary"> & {
  events: Recorded[];
  audited: Audited[];
  closed: number[];
  receipts: Receipt[];
};

type Work = { writer: Writer; place: number; batch: Batch };

const partialEvery = 250;

/**
 * Group commit: what all sessions recorded in a tick, and while the last commit was under way, is one commit;
 * each session gets its own answer. Text of open blocks follows at most every 250 ms in a commit of its own.
 */
export class Journal {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #gathered = new Map<Writer, Gathered>();
  readonly #dirty = new Map<Writer, Set<number>>();
  #partialsDue = false;
  #timer: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(store: Store, clock: Clock, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  write(writer: Writer, part: Part): void {
    let gathered = this.#gathered.get(writer);
    if (!gathered)
      this.#gathered.set(writer, (gathered = { place: 0, events: [], audited: [], closed: [], receipts: [] }));
    gathered.place = part.place;
    gathered.events.push(...part.events);
    gathered.audited.push(...part.audited);
    gathered.closed.push(...part.closed);
    gathered.receipts.push(...part.receipts);
    if (part.summary) gathered.summary = part.summary;
    this.#wake();
  }

  /** This open block has text that is not saved yet. */
  touch(writer: Writer, block: number): void {
    const blocks = this.#dirty.get(writer);
    if (blocks) blocks.add(block);
    else this.#dirty.set(writer, new Set([block]));
    this.#timer ??= this.#clock.after(partialEvery, () => {
      this.#timer = undefined;
      this.#partialsDue = true;
      this.#wake();
    });
  }

  /** The session lost its place: nothing gathered for it may be written any more. */
  drop(writer: Writer): void {
    this.#gathered.delete(writer);
    this.#dirty.delete(writer);
  }

  /** Everything gathered so far is answered. */
  async flush(): Promise<void> {
    this.#partialsDue = this.#dirty.size > 0;
    this.#wake();
    while (this.#running) await this.#running;
  }

  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#gathered.size > 0 || this.#partialsDue) this.#wake();
    });
  }

  async #run(): Promise<void> {
    // The end of this tick: everything that sockets bring in it goes into one commit.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#gathered.size > 0) await this.#commit(this.#takeEvents());
    if (this.#partialsDue) {
      this.#partialsDue = false;
      await this.#commit(this.#takePartials());
    }
  }

  #takeEvents(): Work[] {
    const taken = [...this.#gathered].map(([writer, { place, ...gathered }]): Work => ({
      writer,
      place,
      batch: {
        session: writer.id,
        epoch: writer.epoch,
        partials: [],
        spent: gathered.events.flatMap(spentBy),
        ...gathered,
      },
    }));
    this.#gathered.clear();
    return taken;
  }

  #takePartials(): Work[] {
    const taken: Work[] = [];
    for (const [writer, blocks] of this.#dirty) {
      const partials = [...blocks].map((block) => writer.partial(block)).filter((partial) => partial !== undefined);
      const nothing = { events: [], closed: [], receipts: [], spent: [], audited: [] };
      if (partials.length > 0)
        taken.push({ writer, place: 0, batch: { session: writer.id, epoch: writer.epoch, partials, ...nothing } });
    }
    this.#dirty.clear();
    return taken;
  }

  async #commit(work: Work[]): Promise<void> {
    if (work.length === 0) return;
    let outcomes: AppendOutcome[];
    try {
      outcomes = await this.#store.append(work.map(({ batch }) => batch));
    } catch (error) {
      // A store answers, it does not throw; where it does, nobody can say what was written.
      this.#log("error", "the store threw while committing", { error: String(error) });
      outcomes = work.map(() => ({ is: "unknown", reason: String(error) }));
    }
    for (const [index, { writer, place }] of work.entries())
      writer.written(outcomes[index] ?? { is: "unknown", reason: "the store gave no answer" }, place);
  }
}

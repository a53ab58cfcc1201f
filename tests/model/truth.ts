import {
  applyEvent,
  type Delta,
  emptyView,
  type Recorded,
  type SessionView,
} from "../../packages/protocol/src/index.ts";
import type { Store } from "../../packages/server/src/core/ports.ts";

type Log = { events: Recorded[]; views: SessionView[] };

/**
 * What the real store holds at every moment, read back after each of its commits and folded afresh. Everything that
 * is seen or done is measured against it in the tick in which it happens.
 */
export class Truth {
  readonly wrongs: string[] = [];
  /** Text of blocks that somebody was shown, by session. */
  readonly shown = new Map<string, Map<number, string>>();
  readonly #logs = new Map<string, Log>();

  wrong(what: string): void {
    this.wrongs.push(what);
  }

  #log(session: string): Log {
    let log = this.#logs.get(session);
    if (!log) this.#logs.set(session, (log = { events: [], views: [emptyView] }));
    return log;
  }

  get sessions(): string[] {
    return [...this.#logs].filter(([, { events }]) => events.length > 0).map(([id]) => id);
  }

  events(session: string): readonly Recorded[] {
    return this.#log(session).events;
  }

  view(session: string, seq?: number): SessionView {
    const { views } = this.#log(session);
    return (seq === undefined ? views.at(-1) : views[seq]) ?? emptyView;
  }

  /** Whether exactly this is in the log. */
  has(session: string, recorded: Recorded): boolean {
    return JSON.stringify(this.events(session)[recorded.seq - 1]) === JSON.stringify(recorded);
  }

  /** Events of one command, by who gave it and what they called it. */
  of(principal: string, opId: string): Recorded[] {
    return [...this.#logs.values()].flatMap(({ events }) =>
      events.filter(({ op, by }) => op === opId && by.principal === principal),
    );
  }

  /** The store, read back after each commit before anybody hears of it. */
  watching(store: Store): Store {
    const append: Store["append"] = async (batches) => {
      const answers = await store.append(batches);
      for (const session of new Set(batches.map((batch) => batch.session))) await this.#readBack(store, session);
      return answers;
    };
    return instead(store, { append });
  }

  show(session: string, { block, at, text }: Delta): void {
    const blocks = this.shown.get(session) ?? new Map<number, string>();
    this.shown.set(session, blocks);
    const was = blocks.get(block) ?? "";
    if (at <= was.length) blocks.set(block, was.slice(0, at) + text);
  }

  /** What somebody was shown is repeated whole by the event that closes the block. */
  #checkText(session: string, { event }: Recorded): void {
    if (event.type !== "text.closed" && event.type !== "thinking.closed" && event.type !== "cell.closed") return;
    const shown = this.shown.get(session)?.get(event.block) ?? "";
    if (!("omitted" in event) && !event.text.startsWith(shown))
      this.wrong(`block ${event.block} of ${session} is closed without text that people were shown`);
  }

  async #readBack(store: Store, session: string): Promise<void> {
    const { events, views } = this.#log(session);
    for (const recorded of await store.read(session, { after: events.length, limit: 10_000 })) {
      const before = views.at(-1) ?? emptyView;
      if (recorded.seq !== events.length + 1) this.wrong(`event ${recorded.seq} is stored after ${events.length}`);
      if ((recorded.seq === 1) !== (recorded.event.type === "session.created"))
        this.wrong(`event ${recorded.seq} of ${session} is ${recorded.event.type}`);
      if (recorded.at < before.at) this.wrong(`time runs backwards at event ${recorded.seq}`);
      this.#checkText(session, recorded);
      events.push(recorded);
      views.push(applyEvent(before, recorded, (what) => this.wrong(`the log cannot be: ${what}`)));
    }
  }
}

/** The store with some of its methods replaced. */
export const instead = (store: Store, methods: Partial<Store>): Store =>
  new Proxy(store, {
    get(target, name) {
      const replaced: unknown = Reflect.get(methods, name);
      if (replaced !== undefined) return replaced;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });

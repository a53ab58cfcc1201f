import { dollars } from "@daimon/protocol";
import type { Clock, Store } from "./ports.ts";
import { dayOf } from "./usage.ts";

/** `day`: dollars that all sessions together may cost in a day; `warn`: the part of it at which people are told. */
export type BudgetLimits = { readonly day?: number; readonly warn: number };

type Ports = Pick<Store, "usage" | "told" | "tell">;

/** What a day may cost. Counted is what the store has, so a restart forgets nothing; unknown prices are not, and that is said. */
export class Budget {
  readonly #store: Ports;
  readonly #clock: Pick<Clock, "now">;
  readonly #limits: () => BudgetLimits;
  #telling: Promise<void> = Promise.resolve();

  constructor(store: Ports, clock: Pick<Clock, "now">, limits: () => BudgetLimits) {
    this.#store = store;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Why no model that may cost something is asked any more today, one of unknown price too; undefined while it may be. */
  async reached(ceiling?: number): Promise<string | undefined> {
    const { day, own } = this.#under(ceiling);
    if (day === Infinity) return undefined;
    const { cost } = await this.#today();
    if (cost < day) return undefined;
    const file = own ? "config.toml" : "this project's .daimon/config.toml";
    return `models cost ${dollars(cost)} today and the budget is ${dollars(day)} a day; raise "day" of [budget] in ${file}, take a model that is free, or go on tomorrow (days are those of UTC)`;
  }

  /** Says what people should know by now, each thing once a day. `warn` answers whether anybody heard it. */
  tell(warn: (message: string) => boolean, ceiling?: number): Promise<void> {
    // One after the other: two sessions would both find that nobody was told yet.
    const telling = this.#telling.then(() => this.#tell(warn, ceiling));
    this.#telling = telling.catch(() => {});
    return telling;
  }

  /** A project's budget counts where it is lower. */
  #under(ceiling = Infinity): { day: number; own: boolean } {
    const { day = Infinity } = this.#limits();
    return { day: Math.min(day, ceiling), own: day <= ceiling };
  }

  async #tell(warn: (message: string) => boolean, ceiling?: number): Promise<void> {
    const { day, own } = this.#under(ceiling);
    const { warn: part } = this.#limits();
    if (day === Infinity) return;
    const { date, cost, unpriced, uncounted } = await this.#today();
    const news = [
      ...unpriced.map((model) => [
        `price of ${model}`,
        `nobody knows the price of ${model}: the budget of a day cannot count what it costs`,
      ]),
      ...uncounted.map((model) => [
        `tokens of ${model}`,
        `${model} did not say what some of its answers used: the budget of a day cannot count them`,
      ]),
      ...(cost >= day * part
        ? [
            [
              own ? "budget" : `budget of ${day}`,
              `models cost ${dollars(cost)} today, and the budget is ${dollars(day)} a day`,
            ],
          ]
        : []),
    ] as [what: string, message: string][];
    if (news.length === 0) return;
    const told = new Set(await this.#store.told(date));
    for (const [what, message] of news) {
      if (told.has(what) || !warn(message)) continue;
      told.add(what);
      await this.#store.tell(date, what);
    }
  }

  async #today() {
    const date = dayOf(this.#clock.now());
    const rows = await this.#store.usage({ since: date });
    const named = (count: "unpricedTokens" | "uncounted") =>
      rows.filter((row) => row[count] > 0).map(({ model }) => model);
    const cost = rows.reduce((sum, row) => sum + row.cost, 0);
    return { date, cost, unpriced: named("unpricedTokens"), uncounted: named("uncounted") };
  }
}

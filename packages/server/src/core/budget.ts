import { dollars } from "@daimon/protocol";
import type { Clock, Store } from "./ports.ts";
import { dayOf } from "./usage.ts";

/** `day`: dollars that all sessions together may cost in a day; `warn`: the part of it at which people are told. */
export type BudgetLimits = { readonly day?: number; readonly warn: number };

/** What a day may cost. Counted is what the store has, so a restart forgets nothing; unknown prices are not, and that is said. */
export class Budget {
  readonly #store: Pick<Store, "usage">;
  readonly #clock: Pick<Clock, "now">;
  readonly #limits: () => BudgetLimits;
  readonly #said = new Set<string>();

  constructor(store: Pick<Store, "usage">, clock: Pick<Clock, "now">, limits: () => BudgetLimits) {
    this.#store = store;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Why no model may be asked any more today; undefined while it may. */
  async reached(): Promise<string | undefined> {
    const { day } = this.#limits();
    if (day === undefined) return undefined;
    const { cost } = await this.#today();
    if (cost < day) return undefined;
    return `models cost ${dollars(cost)} today and the budget is ${dollars(day)} a day; raise "day" of [budget] in config.toml, or go on tomorrow (days are those of UTC)`;
  }

  /** Says what people should know by now, each thing once a day. `warn` answers whether anybody heard it. */
  async tell(warn: (message: string) => boolean): Promise<void> {
    const { day, warn: part } = this.#limits();
    if (day === undefined) return;
    const { date, cost, unpriced } = await this.#today();
    const once = (what: string, message: string) => {
      const key = `${date} ${what}`;
      if (!this.#said.has(key) && warn(message)) this.#said.add(key);
    };
    for (const model of unpriced)
      once(model, `nobody knows the price of ${model}: the budget of a day cannot count what it costs`);
    if (cost >= day * part)
      once("budget", `models cost ${dollars(cost)} today, and the budget is ${dollars(day)} a day`);
  }

  async #today() {
    const date = dayOf(this.#clock.now());
    const rows = await this.#store.usage({ since: date });
    const unpriced = rows.filter(({ unpricedTokens }) => unpricedTokens > 0).map(({ model }) => model);
    return { date, cost: rows.reduce((sum, row) => sum + row.cost, 0), unpriced };
  }
}

import type { Recorded, ResultOf } from "@daimon/protocol";
import type { DayUsage, Spent, Store } from "./ports.ts";

/** Tokens and money of all sessions together, by day and model. Days are those of UTC, wherever people are. */

const dayMs = 24 * 60 * 60_000;

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** What an event says was spent; nothing where it is of another kind. */
export function spentBy({ at, event }: Recorded): Spent[] {
  if (event.type !== "step.ended" && event.type !== "context.compacted") return [];
  const { model, usage, cost } = event;
  if (model === undefined) return [];
  return [{ day: dayOf(at), model, ...(usage ? { usage } : {}), ...(cost === undefined ? {} : { cost }) }];
}

/** Today, the last seven days with today, and ever since. */
export async function overview(store: Store, now: number): Promise<ResultOf<"usage">> {
  const days = await store.usage({ since: "" });
  const from = (since: string) => ({ since, ...period(days.filter(({ day }) => day >= since)) });
  return { today: from(dayOf(now)), week: from(dayOf(now - 6 * dayMs)), total: period(days) };
}

/** What is counted of each day and model. */
export const counts = [
  "input",
  "output",
  "cacheRead",
  "cacheWrite",
  "reasoning",
  "cost",
  "unpricedTokens",
  "uncounted",
] as const;
type Counts = Pick<DayUsage, (typeof counts)[number]>;

function period(days: readonly DayUsage[]) {
  const models = Map.groupBy(days, ({ model }) => model);
  const rows = [...models].map(([model, used]) => ({ model, ...sum(used) }));
  const dearest = rows.toSorted((a, b) => b.cost - a.cost || b.input + b.output - a.input - a.output);
  return { ...sum(days), models: dearest };
}

const sum = (rows: readonly DayUsage[]): Counts =>
  Object.fromEntries(counts.map((name) => [name, rows.reduce((total, row) => total + row[name], 0)])) as Counts;

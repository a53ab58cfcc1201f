import type Database from "better-sqlite3";
import type { DayUsage, Spent } from "../../core/ports.ts";
import { counts } from "../../core/usage.ts";

/** Adds to what the day and the model have; in the transaction of the events it is told by. */
export function usageWriter(db: Database.Database): (spent: Spent) => void {
  const add = db.prepare<[DayUsage]>(
    `INSERT INTO usage (day, model, ${counts.join(", ")}) VALUES (@day, @model, ${counts.map((name) => `@${name}`).join(", ")})
     ON CONFLICT (day, model) DO UPDATE SET ${counts.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`,
  );
  return ({ day, model, usage, cost }) =>
    void add.run({
      day,
      model,
      input: 0,
      output: 0,
      cacheRead: 0,
      cacheWrite: 0,
      reasoning: 0,
      ...usage,
      cost: cost ?? 0,
      unpricedTokens: cost === undefined && usage ? usage.input + usage.output : 0,
      uncounted: cost === undefined && !usage ? 1 : 0,
    });
}

export function usageReader(db: Database.Database): (since: string) => DayUsage[] {
  const from = db.prepare<[string], DayUsage>("SELECT * FROM usage WHERE day >= ? ORDER BY day, model");
  return (since) => from.all(since);
}

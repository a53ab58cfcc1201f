import type { Recorded } from "@daimon/protocol";
import type { Spent } from "./ports.ts";

/** Tokens and money of all sessions together, by day and model. Days are those of UTC, wherever people are. */

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** What an event says was spent; nothing where it is of another kind. */
export function spentBy({ at, event }: Recorded): Spent[] {
  if (event.type !== "step.ended" && event.type !== "context.compacted") return [];
  const { model, usage, cost } = event;
  if (model === undefined || usage === undefined) return [];
  return [{ day: dayOf(at), model, usage, ...(cost === undefined ? {} : { cost }) }];
}

import type { SessionView, Usage } from "./types.ts";

type Total = SessionView["usage"];

export const noUsage: Total = { input: 0, output: 0, cost: 0 };
const kinds = ["input", "output", "cacheRead", "cacheWrite", "reasoning"] as const;

/** Usage taken together. What nobody counted, and a price that nobody knows, is said, and never counts as nothing. */
export function addUsage(total: Total, usage: Usage | undefined, cost: number | undefined): Total {
  const sum = { ...total, cost: total.cost + (cost ?? 0) };
  for (const kind of kinds) if (usage?.[kind] !== undefined) sum[kind] = (sum[kind] ?? 0) + usage[kind];
  if (cost === undefined && !isNothing(usage)) sum.unpriced = true;
  return sum;
}

/** It is known that nothing was used; where nobody counted it is not. */
export const isNothing = (usage: Usage | undefined): boolean => usage !== undefined && usage.input + usage.output === 0;

/** Money as people read it. */
export const dollars = (cost: number): string => (cost > 0 && cost < 0.005 ? "<$0.01" : `$${cost.toFixed(2)}`);

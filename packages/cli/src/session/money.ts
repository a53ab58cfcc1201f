import { dollars } from "@daimon/protocol";

/** Money as people read it. What nobody knows the price of is said, and never shown as nothing. */

export function moneyWords({ cost, unpriced }: { cost: number; unpriced: boolean }): string {
  if (!unpriced) return dollars(cost);
  return cost > 0 ? `${dollars(cost)} + unknown` : "unknown";
}

export const thousands = (count: number): string => count.toLocaleString("en-US");

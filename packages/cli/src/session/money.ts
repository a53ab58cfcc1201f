/** Money as people read it. What nobody knows the price of is said, and never shown as nothing. */

export function moneyWords({ cost, unpriced }: { cost: number; unpriced: boolean }): string {
  if (!unpriced) return dollars(cost);
  return cost > 0 ? `${dollars(cost)} + unknown` : "unknown";
}

const dollars = (cost: number): string => (cost > 0 && cost < 0.005 ? "<$0.01" : `$${cost.toFixed(2)}`);

export const thousands = (count: number): string => count.toLocaleString("en-US");

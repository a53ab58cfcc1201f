/** What a row of the table is, and the arithmetic of all rows: medians of interleaved rounds, and a verdict. */

export type Budget =
  /** At most (or at least) this many times the floor. */
  | { is: "ratio"; most: number }
  | { is: "ratio"; least: number }
  /** At most this much more than the floor. */
  | { is: "added"; most: number }
  | { is: "value"; most: number }
  | { is: "value"; least: number }
  /** Shown for comparison only. */
  | { is: "none" };

export type Unit = "ms" | "MB" | "/s" | "%" | "x";
export type Line = { what: string; unit: Unit; floor?: number; measured: number; budget: Budget; note?: string };

export type World = {
  /** The bundles that are measured, and those made for the measuring. */
  dist: string;
  bench: string;
  /** A fresh folder, removed after the row. */
  folder(): string;
  /** Runs after the row, last first. */
  after(cleanup: () => unknown): void;
};

export type Row = { name: string; run(world: World): Promise<Line[]> };

export const percentile = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
};
export const median = (values: readonly number[]): number => percentile(values, 0.5);

export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Rounds in which each thing is measured once, so that the machine's moods meet all alike; the first rounds only warm up. */
export async function interleaved<Name extends string>(
  rounds: number,
  things: Record<Name, () => Promise<number>>,
  warmUp = 1,
): Promise<Record<Name, number[]>> {
  const values = Object.fromEntries(Object.keys(things).map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, measure] of Object.entries(things) as [Name, () => Promise<number>][]) {
      const value = await measure();
      if (round >= 0) values[name].push(value);
    }
  }
  return values;
}

export const columns = ["what", "floor", "measured", "ratio", "budget", "verdict"] as const;

export function cells({ what, unit, floor, measured, budget, note }: Line): string[] {
  const ratio = floor === undefined ? undefined : measured / floor;
  return [
    note === undefined ? what : `${what} (${note})`,
    floor === undefined ? "-" : show(floor, unit),
    show(measured, unit),
    ratio === undefined ? "-" : `${ratio.toFixed(2)}x`,
    budgetWords(budget, unit),
    budget.is === "none" ? "-" : holds(budget, measured, floor) ? "ok" : "MISSED",
  ];
}

export function holds(budget: Budget, measured: number, floor = Number.NaN): boolean {
  if (budget.is === "none") return true;
  if (budget.is === "added") return measured - floor <= budget.most;
  const value = budget.is === "ratio" ? measured / floor : measured;
  return "most" in budget ? value <= budget.most : value >= budget.least;
}

function budgetWords(budget: Budget, unit: Unit): string {
  if (budget.is === "none") return "-";
  if (budget.is === "added") return `+ ${budget.most} ${unit}`;
  const bound = "most" in budget ? `<= ${budget.most}` : `>= ${budget.least.toLocaleString("en")}`;
  return budget.is === "ratio" ? `${bound}x` : `${bound} ${unit}`;
}

const show = (value: number, unit: Unit): string => {
  if (value >= 1000) return `${Math.round(value).toLocaleString("en")} ${unit}`;
  return `${value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)} ${unit}`;
};

import type { ResultOf } from "@daimon/protocol";
import type { Arguments } from "../arguments.ts";
import { type Exit, exits } from "../failure.ts";
import { withClient } from "../open.ts";
import { moneyWords, thousands } from "../session/money.ts";
import { sanitise } from "@daimon/protocol/sanitise";

type Used = ResultOf<"usage">;
type Counts = Used["today"]["models"][number];

export async function command(given: Arguments): Promise<Exit> {
  const used = await withClient((client) => client.request("usage", {}));
  process.stdout.write(given.flag("json") ? `${JSON.stringify(used)}\n` : sanitise(table(used)));
  return exits.done;
}

/** A line for each period, and below it one for each model. */
export function table({ today, week, total }: Used): string {
  const periods = [
    ["today", today],
    ["last 7 days", week],
    ["total", total],
  ] as const;
  const lines = [
    ["", "cost", "input", "cached", "output"],
    ...periods.flatMap(([name, period]) => [
      line(name, period),
      ...period.models.map((model) => line(`  ${model.model}`, model)),
    ]),
  ];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
  return lines.map((cells) => `${cells.map(pad).join("  ")}\n`).join("");
}

const line = (
  name: string,
  { input, cacheRead, output, cost, unpricedTokens, uncounted }: Omit<Counts, "model">,
): string[] => [
  name,
  moneyWords({ cost, unpriced: unpricedTokens + uncounted > 0 }),
  ...[input, cacheRead, output].map(thousands),
];

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleBench } from "./bundle.ts";
import { cells, columns, type Line, type Row } from "./harness.ts";
import { rows } from "./rows/index.ts";

/** `npm run bench` measures all rows; `npm run bench -- NAME...` some of them. Figures are for people: no test reads them. */

const names = process.argv.slice(2);
const unknown = names.filter((name) => !rows.some((row) => row.name === name));
if (unknown.length > 0) {
  process.stderr.write(`there is no row ${unknown.join(", ")}; there are ${rows.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const bench = join(dist, "bench");
await bundleBench(bench);

const widths = [70, 11, 12, 9, 15, 7];
const print = (texts: readonly string[]) =>
  process.stdout.write(`| ${texts.map((text, at) => text.padEnd(widths[at] ?? 0)).join(" | ")} |\n`);

print(columns);
print(widths.map((width) => "-".repeat(width)));
// A row that waits for something that never comes would otherwise end all of them in silence.
const awake = setInterval(() => undefined, 60_000);
let missed = 0;
for (const row of rows) {
  if (names.length > 0 && !names.includes(row.name)) continue;
  for (const line of await measure(row)) {
    const shown = cells(line);
    if (shown.at(-1) === "MISSED") missed++;
    print(shown);
  }
}
clearInterval(awake);
process.stdout.write(`\n${missed === 0 ? "every budget holds" : `${missed} missed`}\n`);
process.exit(0);

async function measure(row: Row): Promise<Line[]> {
  const cleanups: (() => unknown)[] = [];
  const after = (cleanup: () => unknown) => void cleanups.push(cleanup);
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), "daimon-bench-"));
    after(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  try {
    return await row.run({ dist, bench, folder, after });
  } catch (error) {
    process.stderr.write(
      `${row.name} could not be measured: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exitCode = 1;
    return [];
  } finally {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  }
}

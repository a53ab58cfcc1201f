import { writeSync } from "node:fs";
import { batch, notes, receipt, summary } from "./store-world.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/index.ts";

/** Commits without end and says so after each; killed by kill.test.ts. Commit k writes three events and the rest as k. */
const [file = ""] = process.argv.slice(2);
const store = openSqliteStore({ file, clock: { now: () => 0, after: () => () => {} }, log: () => {} });
const { epoch, seq } = await store.acquire("s", "here");

for (let k = seq / 3 + 1; ; k += 1) {
  const [outcome] = await store.append([
    batch("s", epoch, {
      events: notes(3 * k - 2, 3 * k),
      partials: [{ block: 1, text: `${k}` }],
      receipts: [receipt(`op ${k}`)],
      summary: summary("s", k),
    }),
  ]);
  if (outcome?.is !== "ok") throw new Error(`commit ${k} was answered ${outcome?.is}`);
  writeSync(1, `${k}\n`);
}

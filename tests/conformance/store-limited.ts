import { batch, note } from "./store-world.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/index.ts";

/**
 * Run where no file may grow past a limit: writes until the disk refuses for good, and says what it was answered.
 * Started by disk.test.ts.
 */
const [file = ""] = process.argv.slice(2);
const store = openSqliteStore({ file, clock: { now: () => 0, after: () => () => {} }, log: () => {} });
const { epoch } = await store.acquire("s", "here");
let seq = 0;

async function write(count: number, bytes: number): Promise<string> {
  const events = Array.from({ length: count }, (_, index) => note(seq + 1 + index, "x".repeat(bytes)));
  const [outcome] = await store.append([batch("s", epoch, { events })]);
  if (outcome?.is === "ok") seq += count;
  return outcome?.is ?? "nothing";
}

const first = await write(10, 100);
const tooMuch = await write(50, 60_000);
const afterwards = await write(10, 100);
let last = "ok";
while (last === "ok") last = await write(1, 30_000);
const probe = await store.probe().then(
  () => "ok",
  (error: { code?: string }) => error.code ?? "thrown",
);
process.stdout.write(JSON.stringify({ first, tooMuch, afterwards, last, probe, acknowledged: seq }));

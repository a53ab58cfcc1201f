import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/index.ts";
import { faultyStore, type Fault } from "../faulty-store.ts";
import { batch, everything, is, note, seqs } from "./store-world.ts";

test("each bent outcome leaves in the log what it stands for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "daimon-faulty-"));
  const clock = { now: () => 0, after: () => () => {} };
  const real = openSqliteStore({ file: join(folder, "log.db"), clock, log: () => {} });
  const plan: Fault[] = ["ok", "failed", "unknown-lost", "unknown-written", "unknown-late", "stale"];
  const faults = new Map(plan.map((fault) => [`session ${fault}`, fault]));
  const store = faultyStore(real, ({ session }) => faults.get(session) ?? "ok");
  const epochs = await Promise.all([...faults.keys()].map(async (id) => (await store.acquire(id, "here")).epoch));
  const batches = [...faults.keys()].map((id, index) => batch(id, epochs[index] ?? 0, { events: [note(1)] }));
  expect(is(await store.append(batches))).toEqual(["ok", "failed", "unknown", "unknown", "unknown", "stale"]);
  await store.probe();
  const written = await Promise.all([...faults.keys()].map((id) => everything(store, id)));
  expect(written.map(seqs)).toEqual([[1], [], [], [1], [1], []]);
  expect(await store.renew("session stale", epochs[5] ?? 0)).toBe(false);
  await store.close();
  await rm(folder, { recursive: true });
});

import Database from "better-sqlite3";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { batch, everything, is, note, notes, seqs } from "../../../../../tests/conformance/store-world.ts";
import { smallDisk } from "../../../../../tests/small-disk.ts";
import type { Store } from "../../core/ports.ts";
import { openDatabase } from "../database.ts";
import { openSqliteStore } from "./index.ts";
import { migrations } from "./schema.ts";
import { SqliteStore } from "./store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "daimon-disk-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (file: string): Store =>
  openSqliteStore({ file, clock: { now: () => 0, after: () => () => {} }, log: () => {} });
const large = (first: number, count: number) =>
  notes(first, first + count - 1).map(({ seq }) => note(seq, "x".repeat(60_000)));

/** Fills a store until it refuses, makes room, and expects that nothing acknowledged is missing. */
async function fillAndFree(store: Store, makeRoom: () => void): Promise<void> {
  const lengths = { a: 0, b: 0 };
  const epochs = { a: (await store.acquire("a", "here")).epoch, b: (await store.acquire("b", "here")).epoch };
  const grow = async (...sessions: ("a" | "b")[]): Promise<string[]> => {
    const batches = sessions.map((id) => batch(id, epochs[id], { events: large(lengths[id] + 1, 1) }));
    const outcomes = await store.append(batches);
    for (const outcome of outcomes) if (outcome.is !== "ok") expect(outcome.reason).toContain("disk is full");
    const answers = is(outcomes);
    for (const [index, id] of sessions.entries()) if (answers[index] === "ok") lengths[id] += 1;
    return answers;
  };

  await store.probe();
  let both = ["ok", "ok"];
  while (both[0] === "ok") both = await grow("a", "b");
  expect(both).toEqual(["failed", "failed"]);
  let one = ["ok"];
  while (one[0] === "ok") one = await grow("a");
  expect(one).toEqual(["failed"]);
  await expect(store.probe()).rejects.toMatchObject({ code: "store_unavailable" });
  expect(await everything(store, "a")).toEqual(large(1, lengths.a));

  makeRoom();
  await store.probe();
  expect(await grow("a", "b")).toEqual(["ok", "ok"]);
  expect(await everything(store, "a")).toEqual(large(1, lengths.a));
  expect(seqs(await everything(store, "b"))).toHaveLength(lengths.b);
}

test("a full store refuses everybody, loses nothing, and goes on once there is room", async () => {
  const db = openDatabase(join(folder, "log.db"), migrations);
  db.pragma("max_page_count = 200");
  const store = new SqliteStore(db, { now: () => 0, after: () => () => {} }, () => {}, {});
  await fillAndFree(store, () => db.pragma("max_page_count = 20000"));
  await store.close();
});

test("a full disk refuses everybody, loses nothing, and goes on once there is room", async (context) => {
  using disk = smallDisk(join(folder, "disk"), 2, context);
  disk.fill(1024 * 1024);
  const store = open(join(disk.path, "log.db"));
  try {
    await fillAndFree(store, disk.free);
  } finally {
    await store.close();
  }
});

test("a write that the system breaks off is called failed only if it can never come back", async () => {
  const file = join(folder, "log.db");
  const child = join(import.meta.dirname, "../../../../../tests/conformance/store-limited.ts");
  const told = execFileSync("sh", ["-c", 'ulimit -f 2048; exec "$0" "$@"', process.execPath, child, file], {
    encoding: "utf8",
  });
  const answers = JSON.parse(told) as { acknowledged: number };
  expect(answers).toMatchObject({
    first: "ok",
    tooMuch: "failed",
    afterwards: "ok",
    last: "unknown",
    probe: "store_unavailable",
  });
  const store = open(file);
  const events = await everything(store, "s");
  // The one that nobody could answer for may be there; the one that was said to be lost may not.
  expect([answers.acknowledged, answers.acknowledged + 1]).toContain(events.length);
  expect(events.every(({ event }) => event.type === "note.added" && event.text.length < 60_000)).toBe(true);
  await store.close();
});

test("an acknowledged commit was handed to the disk, not to the system's memory", async () => {
  const db = openDatabase(join(folder, "log.db"), migrations);
  expect(db.pragma("synchronous", { simple: true })).toBe(2);
  db.close();
});

test("while another program holds the log it is refused in time, and written once that lets go", async () => {
  const file = join(folder, "log.db");
  const store = open(file);
  const { epoch } = await store.acquire("s", "here");
  const other = new Database(file);
  other.exec("BEGIN IMMEDIATE");
  expect(is(await store.append([batch("s", epoch, { events: [note(1)] })]))).toEqual(["failed"]);
  other.close();
  expect(is(await store.append([batch("s", epoch, { events: [note(1)] })]))).toEqual(["ok"]);
  await store.close();
});

test("a log that may only be read is refused with what to do", async () => {
  const file = join(folder, "log.db");
  await open(file).close();
  chmodSync(file, 0o444);
  chmodSync(folder, 0o555);
  const asNobody = process.getuid?.() === 0;
  try {
    if (asNobody) process.seteuid?.(65534);
    expect(() => open(file)).toThrow(
      expect.objectContaining({ code: "store_unavailable", message: expect.stringContaining("you may write") }),
    );
  } finally {
    if (asNobody) process.seteuid?.(0);
    chmodSync(folder, 0o755);
  }
  const store = open(file);
  await store.close();
});

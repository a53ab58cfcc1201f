import type { Recorded } from "@daimon/protocol";
import Database from "better-sqlite3";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  batch,
  everything,
  is,
  listed,
  note,
  notes,
  receipt,
  seqs,
  summary,
} from "../../../../../tests/conformance/store-world.ts";
import type { Receipt, Store } from "../../core/ports.ts";
import { openSqliteStore } from "./index.ts";

const pageSize = 4096;
const tableLeaf = 0x0d;
const indexLeaf = 0x0a;

let folder: string;
let file: string;
let warnings: string[];
let now: number;
const open = (): Store =>
  openSqliteStore({
    file,
    clock: { now: () => now, after: () => () => {} },
    log: (level, message) => void (level === "debug" || warnings.push(message)),
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "daimon-damage-"));
  file = join(folder, "log.db");
  warnings = [];
  now = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const id = (letter: string) => `session-${letter.repeat(20)}`;
const [a, b, c] = [id("a"), id("b"), id("c")];

const created = (session: string): Recorded => ({
  ...note(1),
  event: {
    type: "session.created",
    id: session,
    title: `title of ${session}`,
    cwd: "/home/ann",
    roots: [],
    profile: "default",
    runtime: "pyodide",
    mode: "ask",
    model: "offline/guide",
    thinking: "off",
  },
});

/** Three sessions of 1,000 events, each in pages of its own; event 500 of each says so. */
async function threeSessions(): Promise<void> {
  const store = open();
  for (const session of [a, b, c]) {
    const { epoch } = await store.acquire(session, "here");
    const events = [created(session), ...notes(2, 1000).map(({ seq }) => note(seq, `${session} said ${seq}`))];
    await store.append([batch(session, epoch, { events, summary: summary(session, 1000) })]);
  }
  await store.close();
}

/** Overwrites the pages of one kind that hold one text and none of the others; at least one must be there. */
function damage(kind: number, text: string, without: readonly string[]): void {
  const bytes = readFileSync(file);
  let damaged = 0;
  for (let at = pageSize; at < bytes.length; at += pageSize) {
    const page = bytes.subarray(at, at + pageSize);
    if (page[0] !== kind || !page.includes(text) || without.some((other) => page.includes(other))) continue;
    page.fill(0xa5);
    damaged += 1;
  }
  expect(damaged).toBeGreaterThan(0);
  writeFileSync(file, bytes);
}

const corrupt = { code: "gone", details: { corrupt: true } };

test("a damaged page of events takes one session away, the others live", async () => {
  await threeSessions();
  damage(tableLeaf, `${a} said 500"`, [b, c]);
  const store = open();
  await expect(everything(store, a)).rejects.toMatchObject(corrupt);
  expect(seqs(await store.read(a, { after: 0, limit: 100 }))).toHaveLength(100);
  expect(await listed(store)).toHaveLength(3);
  for (const session of [b, c]) {
    const { epoch, seq } = await store.acquire(session, "here");
    expect(is(await store.append([batch(session, epoch, { events: [note(seq + 1)] })]))).toEqual(["ok"]);
    expect(await everything(store, session)).toHaveLength(1001);
  }
  await store.close();
});

test("a damaged page of the index takes one session away, also from a commit that others share", async () => {
  await threeSessions();
  damage(indexLeaf, c, [a, b]);
  const store = open();
  await expect(store.acquire(c, "here")).rejects.toMatchObject(corrupt);
  await expect(everything(store, c)).rejects.toMatchObject(corrupt);
  const more = async (session: string) => {
    const { epoch, seq } = await store.acquire(session, "here");
    return batch(session, epoch, { events: [note(seq + 1)] });
  };
  const lost = batch(c, 1, { events: [note(1001)] });
  expect(is(await store.append([await more(a), lost, await more(b)]))).toEqual(["ok", "failed", "ok"]);
  expect(is(await store.append([lost]))).toEqual(["failed"]);
  expect(is(await store.append([await more(b)]))).toEqual(["ok"]);
  expect(await everything(store, a)).toHaveLength(1001);
  expect(await everything(store, b)).toHaveLength(1002);
  await store.close();
});

test("a damaged session can be deleted", async () => {
  await threeSessions();
  damage(tableLeaf, `${a} said 500"`, [b, c]);
  const store = open();
  await store.remove(a);
  expect(warnings).toEqual([expect.stringContaining("some of it stays in the file")]);
  expect((await listed(store)).map((one) => one.id).toSorted()).toEqual([b, c]);
  expect(await everything(store, b)).toHaveLength(1000);
  await store.close();
});

test("a damaged list of sessions is read from their logs, and the sessions go on", async () => {
  await threeSessions();
  damage(tableLeaf, `"title":"title of ${a}"`, ["session.created"]);
  const store = open();
  const list = await listed(store, { text: "TITLE OF" });
  expect(list.map((one) => one.id).toSorted()).toEqual([a, b, c]);
  // Page by page as well: all three are of one moment.
  expect(await store.summaries({ limit: 2 })).toMatchObject([{ id: a }, { id: b }]);
  expect(await store.summaries({ limit: 2, behind: { at: 2000, id: b } })).toMatchObject([{ id: c }]);
  expect(await store.summary(b)).toMatchObject({ title: `title of ${b}`, seq: 1000, at: 2000, created: 1001 });
  expect(await listed(store, { text: "no such" })).toEqual([]);
  const { epoch } = await store.acquire(a, "here");
  const other = (await store.acquire(b, "here")).epoch;
  const more = (seq: number) => batch(a, epoch, { events: [note(seq)], summary: summary(a, seq) });
  const others = batch(b, other, { events: [note(1001)], summary: summary(b, 1001) });
  expect(is(await store.append([more(1001), others]))).toEqual(["ok", "ok"]);
  expect(is(await store.append([more(1002)]))).toEqual(["ok"]);
  expect(await everything(store, a)).toHaveLength(1002);
  expect(await everything(store, b)).toHaveLength(1001);
  expect(new Set(warnings)).toEqual(new Set([expect.stringContaining("the list of sessions is damaged")]));
  // Once for each session, not for each commit.
  expect(warnings).toHaveLength(2);
  await store.close();
});

test("a session whose log and row are both damaged is listed with the reason, among the others", async () => {
  await threeSessions();
  edit(`UPDATE summary SET body = '{' WHERE session = '${a}'`);
  edit(`UPDATE event SET body = '{' WHERE session = '${a}'`);
  const store = open();
  const list = await listed(store);
  expect(list.map((one) => one.id)).toEqual([b, c, a]);
  expect(list[2]?.quarantined).toContain("is not JSON");
  await store.close();
});

test("a row that is not what was written, or is missing, is damage and not an empty place", async () => {
  await threeSessions();
  edit(`UPDATE event SET body = '{"seq":5' WHERE session = '${a}' AND seq = 5`);
  edit(`UPDATE event SET body = 'null' WHERE session = '${a}' AND seq = 6`);
  edit(`UPDATE event SET body = '{"seq":8,"v":1}' WHERE session = '${a}' AND seq = 7`);
  edit(`DELETE FROM event WHERE session = '${b}' AND seq = 500`);
  edit(`UPDATE event SET body = '{"seq":8}' WHERE session = '${a}' AND seq = 8`);
  const store = open();
  for (const after of [4, 5, 6, 7]) await expect(store.read(a, { after, limit: 1 })).rejects.toMatchObject(corrupt);
  expect(seqs(await store.read(a, { after: 8, limit: 1 }))).toEqual([9]);
  await expect(store.read(b, { after: 499, limit: 1 })).rejects.toMatchObject(corrupt);
  await expect(store.read(b, { after: 490, limit: 20 })).rejects.toMatchObject(corrupt);
  await expect(store.read(b, { before: 501, limit: 1 })).rejects.toMatchObject(corrupt);
  expect(await everything(store, c)).toHaveLength(1000);
  await store.close();
});

test("text of an open block that cannot be read is damage of that session", async () => {
  await threeSessions();
  edit(`INSERT INTO partial (session, block, body) VALUES ('${a}', 3, 'no JSON')`);
  const store = open();
  await expect(store.partials(a)).rejects.toMatchObject(corrupt);
  expect(await store.partials(b)).toEqual([]);
  await store.close();
});

test("a saved view that cannot be read only costs time", async () => {
  await threeSessions();
  edit(`INSERT INTO snapshot (session, seq, reducer, body) VALUES ('${a}', 3, 1, 'no JSON')`);
  const store = open();
  expect(await store.snapshot(a, 1)).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining("a saved view cannot be read")]);
  await store.close();
});

test.each(["receipt_op", "receipt"])(
  "a damaged page of receipts (%s) takes no session away: what can be found is, and the log says what it means",
  async (part) => {
    await threeSessions();
    const ops = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => receipt(`op ${String(from + index).padStart(4, "0")}`));
    await receiptsOf(a, ops(0, 2000));
    if (part === "receipt") damage(tableLeaf, "digest of op 1000", []);
    else damage(indexLeaf, "op 1000", ["digest"]);
    const store = open();
    const { epoch } = await store.acquire(a, "here");
    const other = (await store.acquire(b, "here")).epoch;
    const outcomes = await store.append([
      batch(a, epoch, { events: [note(1001)], receipts: [receipt("op 1000a")] }),
      batch(b, other, { events: [note(1001)], receipts: [receipt("new")] }),
    ]);
    expect(is(outcomes)).toEqual(["ok", "ok"]);
    for (const op of ["op 0001", "op 1999", "op 1000a", "new"])
      expect(await store.receipt("ann", op)).toMatchObject({ opId: op });
    // An index holds nothing that the table does not.
    const lost = (await Promise.all(ops(0, 2000).map(({ opId }) => store.receipt("ann", opId)))).filter((one) => !one);
    if (part === "receipt_op") expect(lost).toEqual([]);
    else expect(lost.length).toBeLessThan(100);
    expect(warnings).toEqual([expect.stringContaining("may be done once more")]);
    expect(await store.forgetReceipts(5)).toBe(2002 - lost.length);
    await store.close();
    expect(() => edit("VACUUM")).not.toThrow();
  },
);

test("receipts that are damaged all over are forgotten, and the next ones are kept", async () => {
  await threeSessions();
  await receiptsOf(a, [receipt("old")]);
  damageRoots("receipt");
  const store = open();
  expect(await store.receipt("ann", "old")).toBeUndefined();
  const { epoch } = await store.acquire(a, "here");
  expect(is(await store.append([batch(a, epoch, { receipts: [receipt("new")] })]))).toEqual(["ok"]);
  expect(await store.receipt("ann", "new")).toEqual(receipt("new"));
  await store.close();
});

test("leases that are damaged are given anew, each with an epoch above all that were, and keep growing", async () => {
  await threeSessions();
  let store = open();
  for (let times = 0; times < 50; times += 1) await store.acquire(a, "here");
  const former = (await store.acquire(a, "here")).epoch;
  await store.close();
  damageRoots("lease");
  now = 1_000;
  store = open();
  // Whoever still writes with what was its lease has lost it.
  expect(is(await store.append([batch(a, former, { events: [note(1001)] })]))).toEqual(["stale"]);
  expect(warnings).toEqual([expect.stringContaining("is taken anew")]);
  expect((await store.acquire(a, "here")).epoch).toBe(1_001);
  const second = await store.acquire(a, "here");
  expect(second).toEqual({ seq: 1000, epoch: 1_002 });
  expect((await store.acquire(b, "here")).epoch).toBe(1_001);
  expect((await store.acquire("never seen", "here")).epoch).toBe(1_001);
  expect(is(await store.append([batch(a, second.epoch, { events: [note(1001)] })]))).toEqual(["ok"]);
  expect(await everything(store, a)).toHaveLength(1001);
  await store.close();
});

test("a lease that can still be read when others are lost goes on as it was", async () => {
  const store = open();
  // The index of leases is damaged, their table is not.
  const { epoch } = await store.acquire(a, "here");
  await store.close();
  damageRoots("lease", "index");
  const again = open();
  expect(await again.renew(a, epoch)).toBe(true);
  expect(is(await again.append([batch(a, epoch, { events: [created(a)] })]))).toEqual(["ok"]);
  await again.close();
});

test("a damaged list and damaged leases leave every session in the list", async () => {
  await threeSessions();
  damageRoots("lease");
  damageRoots("summary");
  const store = open();
  expect((await listed(store)).map((one) => one.id).toSorted()).toEqual([a, b, c]);
  await store.close();
});

test("text of open blocks that is damaged is lost, and no session with it", async () => {
  await threeSessions();
  let store = open();
  const { epoch } = await store.acquire(a, "here");
  await store.append([batch(a, epoch, { partials: [{ block: 7, text: "so far" }] })]);
  await store.close();
  damageRoots("partial");
  store = open();
  expect(await store.partials(a)).toEqual([]);
  expect(is(await store.append([batch(a, epoch, { partials: [{ block: 7, text: "and on" }] })]))).toEqual(["ok"]);
  expect(await store.partials(a)).toEqual([{ block: 7, text: "and on" }]);
  expect(warnings).toEqual([expect.stringContaining("may be cut")]);
  await store.close();
});

test("saved views that are damaged are saved anew, and whether the disk takes anything can still be tried", async () => {
  await threeSessions();
  let store = open();
  const { epoch } = await store.acquire(a, "here");
  const snapshot = { seq: 1000, reducerVersion: 1, view: {} as never, contextFrom: 0, moves: [] };
  await store.saveSnapshot(a, epoch, snapshot);
  await store.probe();
  await store.close();
  damageRoots("snapshot");
  damageRoots("meta");
  store = open();
  expect(await store.snapshot(a, 1)).toBeUndefined();
  await store.saveSnapshot(a, epoch, snapshot);
  expect(await store.snapshot(a, 1)).toEqual(snapshot);
  await store.probe();
  await store.close();
});

async function receiptsOf(session: string, receipts: Receipt[]): Promise<void> {
  const store = open();
  const { epoch } = await store.acquire(session, "here");
  expect(is(await store.append([batch(session, epoch, { receipts })]))).toEqual(["ok"]);
  await store.close();
}

/** Overwrites where a table and its indexes begin, so that nothing of them can be read; or its indexes alone. */
function damageRoots(table: string, kind = "table' OR type = 'index"): void {
  const db = new Database(file);
  const roots = db.prepare(`SELECT rootpage FROM sqlite_schema WHERE tbl_name = ? AND (type = '${kind}')`).pluck();
  const pages = roots.all(table) as number[];
  db.close();
  expect(pages.length).toBeGreaterThan(0);
  const bytes = readFileSync(file);
  for (const page of pages) bytes.fill(0xa5, (page - 1) * pageSize, page * pageSize);
  writeFileSync(file, bytes);
}

/** What a person or another program may do to the file. */
function edit(sql: string): void {
  const db = new Database(file);
  db.exec(sql);
  db.close();
}

test("a log of a newer daimon is refused and not touched", async () => {
  await threeSessions();
  edit("PRAGMA user_version = 99");
  const bytes = readFileSync(file);
  expect(open).toThrow(
    expect.objectContaining({ code: "version", message: expect.stringMatching(/newer daimon.*update daimon/) }),
  );
  expect(readFileSync(file).equals(bytes)).toBe(true);
});

test("what is no log is refused with what to do", () => {
  writeFileSync(file, "a letter to a friend\n".repeat(1000));
  expect(open).toThrow(
    expect.objectContaining({ code: "store_unavailable", message: expect.stringContaining("restore") }),
  );
  file = join(folder, "no such folder", "log.db");
  expect(open).toThrow(
    expect.objectContaining({ code: "store_unavailable", message: expect.stringContaining("folder") }),
  );
});

test("what was spent and cannot be read any more keeps nobody from going on", async () => {
  const spent = [{ day: "2026-10-01", model: "a/one", usage: { input: 1, output: 1 }, cost: 1 }];
  const before = open();
  const { epoch } = await before.acquire("s", "here");
  await before.append([batch("s", epoch, { events: [note(1)], spent })]);
  await before.close();
  damage(tableLeaf, "a/one", ["CREATE TABLE"]);
  const store = open();
  expect(is(await store.append([batch("s", epoch, { events: [note(2)], spent })]))).toEqual(["ok"]);
  expect(await store.usage({ since: "" })).toMatchObject([{ model: "a/one", cost: 1 }]);
  expect(warnings).toEqual([expect.stringContaining("less than was spent")]);
  await store.close();
});

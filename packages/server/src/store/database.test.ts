import Database from "better-sqlite3";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "./database.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "daimon-database-"));
  file = join(folder, "some.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

const first = "CREATE TABLE word (text TEXT NOT NULL) STRICT";
const second = "ALTER TABLE word ADD COLUMN length INTEGER; UPDATE word SET length = length(text)";

test("what an older daimon wrote is brought forward step by step, once", () => {
  const old = openDatabase(file, [first]);
  old.exec("INSERT INTO word VALUES ('hello')");
  old.close();
  for (let time = 0; time < 2; time += 1) {
    const db = openDatabase(file, [first, second]);
    expect(db.prepare("SELECT * FROM word").all()).toEqual([{ text: "hello", length: 5 }]);
    expect(db.pragma("user_version", { simple: true })).toBe(2);
    db.close();
  }
});

test("a step that fails leaves everything as it was, also what earlier steps did", () => {
  openDatabase(file, [first]).close();
  expect(() => openDatabase(file, [first, second, "DROP TABLE missing"])).toThrow(
    expect.objectContaining({ code: "store_unavailable", message: expect.stringContaining("no such table") }),
  );
  const db = openDatabase(file, [first]);
  expect(
    db
      .prepare("SELECT * FROM word")
      .columns()
      .map(({ name }) => name),
  ).toEqual(["text"]);
  db.close();
});

test("opening what needs no step writes nothing, so that a full disk can still be looked at", () => {
  openDatabase(file, [first]).close();
  const before = readFileSync(file);
  const db = openDatabase(file, [first]);
  expect(statSync(`${file}-wal`).size).toBe(0);
  db.close();
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("what was written ahead while somebody else read gives its room back", () => {
  const db = openDatabase(file, [first]);
  const write = db.prepare("INSERT INTO word VALUES (?)");
  const megabyte = "x".repeat(1024 * 1024);
  write.run("small");
  const reader = new Database(file, { readonly: true });
  const reading = reader.prepare("SELECT text FROM word").iterate();
  reading.next();
  for (let written = 0; written < 24; written += 1) write.run(megabyte);
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(24 * megabyte.length);
  reading.return?.();
  reader.close();
  for (let written = 0; written < 3; written += 1) write.run("small");
  expect(statSync(`${file}-wal`).size).toBeLessThan(17 * megabyte.length);
  db.close();
});

import Database from "better-sqlite3";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openBlobs, type FolderBlobs } from "./index.ts";

let folder: string;
let blobs: FolderBlobs;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "daimon-folder-"));
  blobs = openBlobs({ folder });
});
afterEach(async () => {
  await blobs.close();
  rmSync(folder, { recursive: true });
});

const bytes = Buffer.from("a picture of a cat");
const placeOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);

test("bytes that were damaged on the disk are never handed out, and mend when they are put again", async () => {
  const { sha256 } = await blobs.put(bytes, "image/png");
  writeFileSync(placeOf(sha256), "a picture of a dog");
  await expect(blobs.get(sha256)).rejects.toMatchObject({ code: "gone", details: { corrupt: true } });
  await blobs.put(bytes, "image/png");
  expect(await blobs.get(sha256)).toEqual(bytes);
});

test("a file that lost its end is not handed out in part as if it were whole", async () => {
  const { sha256 } = await blobs.put(bytes, "image/png");
  writeFileSync(placeOf(sha256), bytes.subarray(0, 5));
  await expect(blobs.get(sha256, { start: 0, end: 10 })).rejects.toMatchObject({ code: "gone" });
  expect(await blobs.get(sha256, { start: 0, end: 5 })).toEqual(bytes.subarray(0, 5));
});

test("a file that somebody deleted is not there, and comes back when it is put again", async () => {
  const { sha256 } = await blobs.put(bytes, "image/png");
  rmSync(placeOf(sha256));
  expect(await blobs.get(sha256)).toBeUndefined();
  expect(await blobs.get(sha256, { start: 0, end: 1 })).toBeUndefined();
  await blobs.put(bytes, "image/png");
  expect(await blobs.get(sha256)).toEqual(bytes);
});

test("a blob is known by the name and type it first came with", async () => {
  const first = await blobs.put(bytes, "image/png", "cat.png");
  await blobs.put(bytes, "image/x-png", "copy of cat.png");
  expect(await blobs.about(first.sha256)).toEqual(first);
  const nameless = await blobs.put(Buffer.from("other"), "text/plain");
  expect(await blobs.about(nameless.sha256)).toEqual(nameless);
  expect(await blobs.about("unknown")).toBeUndefined();
});

test("a write that fails is refused, leaves nothing half done, and can be tried again", async () => {
  const { sha256 } = await blobs.put(bytes, "image/png");
  rmSync(join(folder, sha256.slice(0, 2)), { recursive: true });
  symlinkSync("nowhere", join(folder, sha256.slice(0, 2)));
  await expect(blobs.put(bytes, "image/png")).rejects.toMatchObject({ code: "store_unavailable" });
  expect(readdirSync(join(folder, "unfinished"))).toEqual([]);
  rmSync(join(folder, sha256.slice(0, 2)));
  await blobs.put(bytes, "image/png");
  expect(await blobs.get(sha256)).toEqual(bytes);
});

test("what a killed daemon left unfinished is cleared away, what it finished stays", async () => {
  const { sha256 } = await blobs.put(bytes, "image/png");
  await blobs.close();
  mkdirSync(join(folder, "unfinished"), { recursive: true });
  writeFileSync(join(folder, "unfinished", "half"), "a pic");
  blobs = openBlobs({ folder });
  expect(readdirSync(join(folder, "unfinished"))).toEqual([]);
  expect(await blobs.get(sha256)).toEqual(bytes);
});

test("a folder of a newer daimon is refused and its database not touched", async () => {
  await blobs.close();
  const file = join(folder, "references.db");
  const db = new Database(file);
  db.pragma("user_version = 99");
  db.close();
  const before = readFileSync(file);
  expect(() => openBlobs({ folder })).toThrow(expect.objectContaining({ code: "version" }));
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("a folder that cannot be made is refused with what to do", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => openBlobs({ folder: join(folder, "file", "blobs") })).toThrow(
    expect.objectContaining({ code: "store_unavailable", message: expect.stringContaining("check the disk") }),
  );
});

test("after the daemon let go of it, every use is refused", async () => {
  const { sha256 } = await blobs.put(bytes, "image/png");
  await blobs.close();
  const refused = { code: "store_unavailable" };
  await expect(blobs.put(bytes, "image/png")).rejects.toMatchObject(refused);
  await expect(blobs.get(sha256)).rejects.toMatchObject(refused);
  await expect(blobs.keep("s", [sha256])).rejects.toMatchObject(refused);
  await expect(blobs.release("s")).rejects.toMatchObject(refused);
  await expect(blobs.about(sha256)).rejects.toMatchObject(refused);
  await expect(blobs.sweep(1)).rejects.toMatchObject(refused);
});

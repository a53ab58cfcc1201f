import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { batch, everything, is, note } from "../../../../../tests/conformance/store-world.ts";
import { openDatabase } from "../database.ts";
import { openSqliteStore } from "./index.ts";
import { migrations } from "./schema.ts";

test.each(migrations.slice(1).map((_, index) => index + 1))(
  "a log of format %i is brought forward and goes on",
  async (format) => {
    const folder = mkdtempSync(join(tmpdir(), "daimon-schema-"));
    const file = join(folder, "log.db");
    try {
      const old = openDatabase(file, migrations.slice(0, format));
      old.prepare("INSERT INTO event (session, seq, body) VALUES ('s', 1, ?)").run(JSON.stringify(note(1)));
      old.close();
      const store = openSqliteStore({ file, clock: { now: () => 0, after: () => () => {} }, log: () => {} });
      const { epoch, seq } = await store.acquire("s", "here");
      expect(seq).toBe(1);
      const spent = [{ day: "2026-10-01", model: "a/one", usage: { input: 1, output: 1 }, cost: 1 }];
      const audited = [{ at: 1, what: "ran", by: note(1).by } as const];
      expect(is(await store.append([batch("s", epoch, { events: [note(2)], spent, audited })]))).toEqual(["ok"]);
      expect(await everything(store, "s")).toEqual([note(1), note(2)]);
      expect(await store.usage({ since: "" })).toMatchObject([{ cost: 1 }]);
      expect(await store.audited({ limit: 9 })).toMatchObject([{ row: audited[0] }]);
      await store.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

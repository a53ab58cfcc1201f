import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { everything, note } from "../../../../../tests/conformance/store-world.ts";
import { openSqliteStore } from "./index.ts";

const loops = process.env["DAIMON_TEST_LONG"] ? 1000 : 30;

/** Kills the writer after some acknowledged commits, at whatever it is doing then; answers the last acknowledged. */
async function killAfter(file: string, commits: number): Promise<number> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "../../../../../tests/conformance/store-endless.ts"), file],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const exited = once(child, "exit");
  let seen = 0;
  let last = 0;
  for await (const line of createInterface(child.stdout)) {
    last = Number(line);
    seen += 1;
    if (seen === commits) child.kill("SIGKILL");
  }
  expect(await exited).toEqual([null, "SIGKILL"]);
  return last;
}

test(
  `no acknowledged event is lost when the writer is killed, and no commit is there by half (${loops} times)`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "daimon-kill-"));
    const file = join(folder, "log.db");
    try {
      for (let loop = 0; loop < loops; loop += 1) {
        const acknowledged = await killAfter(file, 1 + Math.floor(Math.random() * 40));
        const store = openSqliteStore({ file, clock: { now: () => 0, after: () => () => {} }, log: () => {} });
        const events = await everything(store, "s");
        const commits = events.length / 3;
        expect(commits).toBeGreaterThanOrEqual(acknowledged);
        expect(Number.isInteger(commits)).toBe(true);
        expect(events.at(-1)).toEqual(note(events.length));
        expect(await store.partials("s")).toEqual([{ block: 1, text: `${commits}` }]);
        expect(await store.receipt("ann", `op ${commits}`)).toBeDefined();
        expect(await store.receipt("ann", `op ${commits + 1}`)).toBeUndefined();
        expect(await store.summary("s")).toMatchObject({ at: commits });
        await store.close();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  loops * 5_000,
);

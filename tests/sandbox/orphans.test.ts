import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hasSandbox } from "../conformance/sandboxes.ts";
import { confined, place } from "./world.ts";

const runs = process.env["DAIMON_TEST_LONG"] === undefined ? 200 : 2000;
const atOnce = 4;

/** Those that were started with this word. */
const processesWith = (word: string): string[] =>
  readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").includes(word);
    } catch {
      return false; // it is gone
    }
  });

describe.runIf(await hasSandbox())("in the sandbox", () => {
  test(
    `${runs} commands that leave others behind, by every trick, leave none when they have ended`,
    { timeout: 600_000 },
    async () => {
      const { run, start } = await place(confined());
      const word = `86398.${process.pid}`;
      const sleep = `/bin/sleep ${word} </dev/null >/dev/null 2>&1`;
      const ways = [
        // Its mark taken away, and a session of its own; twice over; and deaf to all that may be refused.
        `setsid env -i ${sleep} & echo left`,
        `(setsid sh -c 'setsid env -i ${sleep} & exec env -i ${sleep}' &) ; echo left`,
        `setsid sh -c 'trap "" HUP INT TERM; exec env -i ${sleep}' & echo left`,
        `for i in 1 2 3 4 5; do setsid -f env -i ${sleep}; done; echo left`,
      ];
      for (let done = 0; done < runs; done += atOnce) {
        const ended = await Promise.all(ways.map((way) => run(way)));
        expect(ended.map(({ stdout }) => stdout)).toEqual(ways.map(() => "left\n"));
      }
      await expect.poll(() => processesWith(word)).toEqual([]);
      // They did run: they are seen while their command does.
      const child = await start(`${ways.join("; ")}; sleep 1000`);
      await expect.poll(() => processesWith(word).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(9);
      child.kill("SIGKILL");
      await child.exited;
      await expect.poll(() => processesWith(word)).toEqual([]);
    },
  );
});

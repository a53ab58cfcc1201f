import { expect, test } from "vitest";
import type { Sandbox } from "../../packages/server/src/core/ports.ts";
import { bash } from "../../packages/server/src/tools/bash/index.ts";
import { hasSandbox, sandboxFor } from "../conformance/sandboxes.ts";
import { folder, sandboxed } from "./place.ts";
import { calling, gone, mark, processesWith, session } from "./programs.ts";

const long = process.env["DAIMON_TEST_LONG"] !== undefined;
const runs = long ? 2000 : 200;

/** How commands leave something behind, on purpose or not. */
const leaving = (sleep: string) => [
  `setsid ${sleep} & echo left`,
  `${sleep} & echo left`,
  `(setsid sh -c '${sleep} & setsid ${sleep} & wait' &) ; echo left`,
  `nohup ${sleep} >/dev/null 2>&1 & disown; echo left`,
  `set -m; ${sleep} & setsid -f ${sleep}; echo left`,
];

const drivers: Record<string, () => Sandbox> = {
  "without a sandbox": () => sandboxed(),
  ...((await hasSandbox()) ? { "in the sandbox": () => sandboxFor(folder()) } : {}),
};

test.for(Object.entries(drivers))(
  `%s ${runs} commands that leave others behind, some with a session of their own, leave none`,
  { timeout: 600_000 },
  async ([, driver]) => {
    const sandbox = driver();
    await sandbox.ready();
    const wanted = mark();
    const ways = leaving(`sleep ${wanted}`);
    const context = session({}, sandbox);
    for (let run = 0; run < runs; run += ways.length) {
      const results = await Promise.all(ways.map((command) => calling(bash, { command }, context)));
      expect(results.map(({ text }) => text)).toEqual(ways.map(() => "left"));
      // When a command is said to have ended, so has all of it; a sandbox is taken down by the system, a moment later.
      if (!sandbox.confines) expect(processesWith(wanted)).toEqual([]);
      await gone(wanted);
    }
    await sandbox.close();
  },
);

import { expect, test } from "vitest";
import { bash } from "../../packages/server/src/tools/bash/index.ts";
import { calling, mark, processesWith, session } from "./programs.ts";

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

test(
  `${runs} commands that leave others behind, some with a session of their own, leave none`,
  { timeout: 600_000 },
  async () => {
    const wanted = mark();
    const ways = leaving(`sleep ${wanted}`);
    const context = session();
    for (let run = 0; run < runs; run += ways.length) {
      const results = await Promise.all(ways.map((command) => calling(bash, { command }, context)));
      expect(results.map(({ text }) => text)).toEqual(ways.map(() => "left"));
      // Not later: when a command is said to have ended, so has all of it.
      expect(processesWith(wanted)).toEqual([]);
    }
  },
);

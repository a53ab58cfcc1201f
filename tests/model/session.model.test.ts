import fc from "fast-check";
import { expect, test } from "vitest";
import { actions, type Timed } from "./actions.ts";
import { opening } from "./openings.ts";
import { perform } from "./perform.ts";
import { settle } from "./settle.ts";
import { World } from "./world.ts";

const long = process.env["DAIMON_TEST_LONG"] !== undefined;
const seed = process.env["DAIMON_TEST_SEED"];
const path = process.env["DAIMON_TEST_PATH"];

async function run(sealed: boolean, begin: readonly Timed[], sequence: readonly Timed[]): Promise<void> {
  const world = new World(sealed);
  try {
    await world.start();
    for (const action of [...begin, ...sequence]) {
      await perform(world, action);
      if (world.truth.wrongs.length > 0) break;
    }
    if (world.truth.wrongs.length === 0) await settle(world);
  } finally {
    world.disk.release();
    await world.end();
  }
  expect(world.truth.wrongs).toEqual([]);
}

test(
  "whatever clients, models, Python and the disk do, everybody sees what the log says and nothing acts before it",
  async () => {
    await fc.assert(fc.asyncProperty(fc.boolean(), opening, actions, run), {
      numRuns: long ? 5_000 : 300,
      ...(seed === undefined ? {} : { seed: Number(seed) }),
      ...(path === undefined ? {} : { path }),
    });
  },
  long ? 3_600_000 : 120_000,
);

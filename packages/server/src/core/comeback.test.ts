import type { Recorded } from "@daimon/protocol";
import { expect, test } from "vitest";
import { ManualClock } from "../../../../tests/model/clock.ts";
import { comeBack } from "./comeback.ts";
import type { World } from "./world.ts";

const breath = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A store that answers from its eighth try on, and holds one event that nobody knew to be written. */
function away() {
  let wanted = true;
  const clock = new ManualClock();
  const tries: number[] = [];
  const acquired: number[] = [];
  const begun = clock.now();
  const missed = { seq: 8 } as Recorded;
  const store = {
    probe: async () => {
      tries.push(clock.now() - begun);
      if (tries.length < 8) throw new Error("no space left");
    },
    acquire: async () => {
      acquired.push(tries.length);
      return { epoch: 3, seq: 8 };
    },
    read: async (_: string, { after }: { after: number }) => (after < 8 ? [missed] : []),
  };
  const world = { store, clock, holder: "me", log: () => {} } as unknown as World;
  const reopened: [number, readonly Recorded[]][] = [];
  void comeBack(
    world,
    "s",
    7,
    () => wanted,
    (...found) => reopened.push(found),
  );
  return { clock, tries, acquired, missed, reopened, giveUp: () => (wanted = false) };
}

test("a session asks the store less and less often, is taken anew once it can write, and learns what was written after all", async () => {
  const { clock, tries, acquired, missed, reopened } = away();
  await clock.advance(60_000, breath);
  expect(tries).toEqual([100, 300, 700, 1500, 3100, 6300, 11_300, 16_300]);
  expect(acquired).toEqual([8]);
  expect(reopened).toEqual([[3, [missed]]]);
});

test.for([1000, 16_250])("a session that was closed after %i ms does not come back", async (ms) => {
  const { clock, acquired, reopened, giveUp } = away();
  await clock.advance(ms, breath);
  giveUp();
  await clock.advance(60_000, breath);
  expect(acquired.length).toBeLessThanOrEqual(1);
  expect(reopened).toEqual([]);
});

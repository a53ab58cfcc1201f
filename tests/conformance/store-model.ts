import fc from "fast-check";
import { expect, test } from "vitest";
import type { Recorded } from "../../packages/protocol/src/index.ts";
import type { Store } from "../../packages/server/src/core/ports.ts";
import { batch, everything, type MakePlace, note, type Place } from "./store-world.ts";

/** What a store is, in the fewest words: the measure for any sequence of uses. */
type Kept = { epoch: number; held: boolean; log: Recorded[]; partials: Map<number, string> };
type World = { place: Place; store: Store; sessions: Map<string, Kept> };
type Step = (world: World) => Promise<void>;

const session = fc.constantFrom("a", "b", "c");
const kept = (world: World, id: string): Kept => {
  const one = world.sessions.get(id) ?? { epoch: 0, held: false, log: [], partials: new Map() };
  world.sessions.set(id, one);
  return one;
};

const acquire = session.map((id): Step => async (world) => {
  const lease = await world.store.acquire(id, "here");
  const one = kept(world, id);
  expect(lease.seq).toBe(one.log.length);
  expect(lease.epoch).toBeGreaterThan(one.epoch);
  Object.assign(one, { epoch: lease.epoch, held: true });
});

const release = session.map((id): Step => async (world) => {
  await world.store.release(id, kept(world, id).epoch);
  kept(world, id).held = false;
});

const write = fc.record({
  id: session,
  behind: fc.constantFrom(0, 0, 0, 1),
  skip: fc.constantFrom(0, 0, 0, 1, -1),
  texts: fc.array(fc.string({ unit: "binary", maxLength: 8 }), { maxLength: 3 }),
  partial: fc.option(fc.record({ block: fc.integer({ min: 1, max: 3 }), text: fc.string() }), { nil: undefined }),
  closed: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 1 }),
});

/** Several batches in one commit, some of a former owner, some with a gap, some of the same session. */
const append = fc.array(write, { maxLength: 4 }).map((writes): Step => async (world) => {
  const expected: string[] = [];
  const batches = writes.map(({ id, behind, skip, texts, partial, closed }) => {
    const one = kept(world, id);
    const epoch = one.epoch - behind;
    const events = texts.map((text, index) => note(one.log.length + 1 + skip + index, text));
    if (!one.held || behind > 0) expected.push("stale");
    else if (skip !== 0 && events.length > 0) expected.push("failed");
    else {
      expected.push("ok");
      one.log = [...one.log, ...events];
      if (partial) one.partials.set(partial.block, partial.text);
      for (const block of closed) one.partials.delete(block);
    }
    return batch(id, epoch, { events, partials: partial ? [partial] : [], closed });
  });
  expect((await world.store.append(batches)).map((outcome) => outcome.is)).toEqual(expected);
});

const remove = session.map((id): Step => async (world) => {
  await world.store.remove(id);
  Object.assign(kept(world, id), { held: false, log: [], partials: new Map() });
});

const restart = fc.constant<Step>(async (world) => {
  await world.store.close();
  world.store = await world.place.open();
});

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: append },
    { weight: 2, arbitrary: acquire },
    { weight: 1, arbitrary: release },
    { weight: 1, arbitrary: remove },
    { weight: 1, arbitrary: restart },
  ),
  { maxLength: 40 },
);

const runs = process.env["DAIMON_TEST_LONG"] ? 1000 : 60;

export function storeModel(make: MakePlace): void {
  test(
    "any sequence of uses leaves exactly what was acknowledged",
    async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (sequence) => {
          const place = await make();
          try {
            const world: World = { place, store: await place.open(), sessions: new Map() };
            for (const step of sequence) await step(world);
            for (const [id, one] of world.sessions) {
              expect(await everything(world.store, id)).toEqual(one.log);
              const partials = (await world.store.partials(id)).map(({ block, text }) => [block, text]);
              expect(partials).toEqual([...one.partials].toSorted(([a], [b]) => a - b));
            }
          } finally {
            await place.dispose();
          }
        }),
        { numRuns: runs },
      );
    },
    runs * 1_000,
  );
}

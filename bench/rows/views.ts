import { interleaved, median, type Row, timed, type World } from "../harness.ts";
import { callerOf, startDaemon, stop } from "../processes.ts";
import { perTurn, seed } from "../seed.ts";

const restarts = 7;

/** Attaching to sessions with a past: those that are loaded, and for the first time after the daemon's start. */
export const views: Row = {
  name: "views",
  async run(world) {
    const base = world.folder();
    await seed(base, world.folder(), { other: perTurn, short: 40 * perTurn, long: 100_000 });
    // The first look folds the whole log; its daemon leaves a snapshot.
    const unread = await firstLook(world, base);
    const cold: { short: number; long: number }[] = [];
    for (let restart = 0; restart < restarts; restart++) cold.push(await firstLook(world, base));

    const caller = await callerOf(world, await startDaemon(world, "product", base));
    const { short, long } = await interleaved(50, {
      short: () => timed(() => caller.attach("short")),
      long: () => timed(() => caller.attach("long")),
    });
    const coldShort = median(cold.map((look) => look.short));
    const coldLong = median(cold.map((look) => look.long));
    return [
      { what: "attach to 40 turns", unit: "ms", measured: median(short), budget: { is: "value", most: 5 } },
      {
        what: "attach to 100,000 events",
        unit: "ms",
        floor: median(short),
        measured: median(long),
        budget: { is: "ratio", most: 2 },
        note: "floor: 40 turns",
      },
      { what: "attach to 40 turns, not loaded", unit: "ms", measured: coldShort, budget: { is: "value", most: 5 } },
      {
        what: "attach to 100,000 events, not loaded",
        unit: "ms",
        floor: coldShort,
        measured: coldLong,
        budget: { is: "ratio", most: 2 },
        note: "floor: 40 turns",
      },
      {
        what: "attach to 100,000 events, no snapshot",
        unit: "ms",
        measured: unread.long,
        budget: { is: "none" },
        note: "one sample",
      },
    ];
  },
};

async function firstLook(world: World, base: string): Promise<{ short: number; long: number }> {
  const daemon = await startDaemon(world, "product", base);
  const caller = await callerOf(world, daemon);
  await caller.attach("other"); // a daemon's very first attach compiles its code
  const short = await timed(() => caller.attach("short"));
  const long = await timed(() => caller.attach("long"));
  caller.close();
  await stop(daemon.child);
  return { short, long };
}

import { interleaved, median, type Row, timed } from "../harness.ts";
import { callerOf, startDaemon, stop } from "../processes.ts";
import { perTurn, seed } from "../seed.ts";

/** Attaching to sessions with a past: loaded already, and for the first time after the daemon's start. */
export const views: Row = {
  name: "views",
  async run(world) {
    const base = world.folder();
    await seed(base, world.folder(), { short: 40 * perTurn, long: 100_000 });
    const before = await startDaemon(world, "product", base);
    const first = await callerOf(world, before);
    const unread = await timed(() => first.attach("long"));
    await stop(before.child);

    const caller = await callerOf(world, await startDaemon(world, "product", base));
    const coldShort = await timed(() => caller.attach("short"));
    const coldLong = await timed(() => caller.attach("long"));
    const { short, long } = await interleaved(50, {
      short: () => timed(() => caller.attach("short")),
      long: () => timed(() => caller.attach("long")),
    });
    return [
      {
        what: "attach to 40 turns, p50",
        unit: "ms",
        measured: median(short),
        budget: { is: "value", most: 5 },
      },
      {
        what: "attach to 100,000 events, p50, against 40 turns",
        unit: "ms",
        floor: median(short),
        measured: median(long),
        budget: { is: "ratio", most: 2 },
      },
      {
        what: "attach to 40 turns, not loaded",
        unit: "ms",
        measured: coldShort,
        budget: { is: "value", most: 5 },
        note: "one sample",
      },
      {
        what: "attach to 100,000 events, not loaded",
        unit: "ms",
        floor: coldShort,
        measured: coldLong,
        budget: { is: "ratio", most: 2 },
        note: "one sample",
      },
      {
        what: "attach to 100,000 events without any snapshot",
        unit: "ms",
        measured: unread,
        budget: { is: "none" },
        note: "one sample",
      },
    ];
  },
};

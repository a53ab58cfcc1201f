import { join } from "node:path";
import { eventVersion, type Recorded } from "../../packages/protocol/src/index.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/index.ts";
import { durableWrites } from "../disk.ts";
import { interleaved, median, type Row } from "../harness.ts";
import { clock, silent } from "../ports.ts";

const slice = 500;

/** One event a commit, as a session alone makes them, against as many bytes written and synchronised. */
export const commits: Row = {
  name: "commits",
  async run(world) {
    const folder = world.folder();
    const store = openSqliteStore({ file: join(folder, "daimon.db"), clock, log: silent });
    world.after(() => store.close());
    const { epoch } = await store.acquire("s", "bench");
    let seq = 0;
    const event = (): Recorded => ({
      seq: ++seq,
      at: clock.now(),
      v: eventVersion,
      by: { principal: "local", name: "ann", client: "cli" },
      event: { type: "note.added", text: "x".repeat(170) },
    });
    const write = durableWrites(world, folder, Buffer.from(JSON.stringify(event())));
    seq = 0;

    const { floor, measured } = await interleaved(9, {
      floor: () => perSecond(write),
      measured: () =>
        perSecond(async () => {
          const batch = {
            session: "s",
            epoch,
            events: [event()],
            partials: [],
            closed: [],
            receipts: [],
            spent: [],
            audited: [],
          };
          const [outcome] = await store.append([batch]);
          if (outcome?.is !== "ok") throw new Error(`not written: ${outcome?.reason}`);
        }),
    });
    return [
      {
        what: "durable commits/s, one event each",
        unit: "/s",
        floor: median(floor),
        measured: median(measured),
        budget: { is: "ratio", least: 0.85 },
      },
    ];
  },
};

async function perSecond(work: () => unknown): Promise<number> {
  const start = performance.now();
  let done = 0;
  while (performance.now() - start < slice) {
    await work();
    done++;
  }
  return done / ((performance.now() - start) / 1000);
}

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { homeOf } from "../../packages/protocol/src/client/folders.ts";
import { contextOf } from "../../packages/server/src/core/context.ts";
import { materialise } from "../../packages/server/src/core/materialise.ts";
import { readAll } from "../../packages/server/src/core/read.ts";
import { openBlobs } from "../../packages/server/src/store/blobs/index.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/index.ts";
import { interleaved, median, type Row, timed } from "../harness.ts";
import { clock, silent } from "../ports.ts";
import { environment } from "../processes.ts";
import { seed } from "../seed.ts";

const session = "long";
const model = "anthropic/claude-opus-4-5";

/** What a model is asked with, in a session with a long past: at every step, and at the first after a start. */
export const context: Row = {
  name: "context",
  async run(world) {
    const base = world.folder();
    await seed(base, world.folder(), { [session]: 100_000 });
    const { state } = homeOf(environment(base));
    const store = openSqliteStore({ file: join(state, "daimon.db"), clock, log: silent });
    world.after(() => store.close());
    mkdirSync(join(state, "blobs"), { recursive: true });
    const blobs = openBlobs({ folder: join(state, "blobs"), clock });
    world.after(() => blobs.close());
    const events = await readAll(store, session, 0);
    const head = events.findLast(({ parent }) => parent !== undefined)?.seq ?? null;
    const grown = contextOf(events, head);
    const { next, first } = await interleaved(10, {
      next: () => timed(() => materialise(grown.messages, blobs, model)),
      first: () =>
        timed(async () => materialise(contextOf(await readAll(store, session, 0), head).messages, blobs, model)),
    });
    return [
      {
        what: "messages of a request, 100,000 events",
        unit: "ms",
        measured: median(next),
        budget: { is: "value", most: 20 },
        note: `${grown.messages.length.toLocaleString("en")} messages, none summarised`,
      },
      {
        what: "the same, read from the log",
        unit: "ms",
        measured: median(first),
        budget: { is: "none" },
        note: "once after a start, where nothing was ever summarised",
      },
    ];
  },
};

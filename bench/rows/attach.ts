import { join } from "node:path";
import { interleaved, median, type Row } from "../harness.ts";
import { callerOf, startDaemon } from "../processes.ts";
import { untilShown } from "../terminal.ts";

export const attach: Row = {
  name: "attach",
  async run(world) {
    const daemon = await startDaemon(world, "product");
    const caller = await callerOf(world, daemon);
    const place = { cwd: world.folder(), env: daemon.env };
    const cli = join(world.dist, "daimon.cjs");
    const { id } = await caller.ask("session/create", { cwd: place.cwd });
    await caller.attach(id);
    const ended = caller.next("turn.ended", id);
    await caller.ask("session/input", { sessionId: id, text: "zebra crossing" });
    await ended;
    const { floor, first, prompt } = await interleaved(20, {
      floor: () => untilShown(["-e", "0"], undefined, place),
      first: () => untilShown([cli, "attach", id], "zebra crossing", place),
      prompt: () => untilShown([cli, "attach", id], "py>", place),
    });
    const shared = { unit: "ms", floor: median(floor) } as const;
    return [
      {
        ...shared,
        what: "attach -> first server message shown (PTY)",
        measured: median(first),
        budget: { is: "ratio", most: 1.3 },
      },
      { ...shared, what: "first prompt painted (PTY)", measured: median(prompt), budget: { is: "ratio", most: 1.4 } },
    ];
  },
};

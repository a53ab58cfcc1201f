import { join } from "node:path";
import { interleaved, median, type Row } from "../harness.ts";
import { bareNode, lifetime, startDaemon } from "../processes.ts";

export const oneShot: Row = {
  name: "one-shot",
  async run(world) {
    const { env } = await startDaemon(world, "product");
    const cwd = world.folder();
    const cli = join(world.dist, "daimon.cjs");
    const stdio = ["ignore", "ignore", "ignore"] as ["ignore", "ignore", "ignore"];
    const { floor, measured } = await interleaved(20, {
      floor: bareNode,
      measured: () => lifetime([cli, "run", "help"], { cwd, env, stdio }),
    });
    return [
      {
        what: "daimon run, warm daemon, offline guide",
        unit: "ms",
        floor: median(floor),
        measured: median(measured),
        budget: { is: "ratio", most: 2.5 },
      },
    ];
  },
};

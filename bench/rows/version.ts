import { join } from "node:path";
import { interleaved, median, type Row } from "../harness.ts";
import { bareNode, lifetime } from "../processes.ts";

export const version: Row = {
  name: "version",
  async run({ dist }) {
    const { floor, measured } = await interleaved(25, {
      floor: bareNode,
      measured: () => lifetime([join(dist, "daimon.cjs"), "--version"]),
    });
    return [
      {
        what: "daimon --version",
        unit: "ms",
        floor: median(floor),
        measured: median(measured),
        budget: { is: "ratio", most: 1.3 },
      },
    ];
  },
};

import type { SessionView } from "../types.ts";
import { noUsage } from "../usage.ts";

/** A session of which nothing is known yet. */
export const emptyView: SessionView = {
  id: "",
  title: "",
  cwd: "",
  roots: [],
  profile: "default",
  runtime: "",
  mode: "ask",
  model: "",
  thinking: "off",
  seq: 0,
  at: 0,
  epoch: 0,
  head: null,
  turn: { is: "idle" },
  kernel: { is: "none", generation: 0 },
  cells: [],
  queue: [],
  held: null,
  asks: [],
  blocks: [],
  rules: [],
  usage: noUsage,
  transitions: [],
  items: [],
};

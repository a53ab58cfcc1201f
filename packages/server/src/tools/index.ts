import type { Tool } from "../core/ports.ts";
import { capabilities } from "./capabilities/index.ts";
import { python } from "./python/index.ts";

/** Every tool of the daemon: one folder and one line each. */
export const tools: readonly Tool[] = [
  python, //
  ...capabilities,
];

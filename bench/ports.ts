import type { Clock, Log } from "../packages/server/src/core/ports.ts";

/** What adapters need to run in the benchmark's own process. */

export const clock: Clock = {
  now: Date.now,
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
export const silent: Log = () => undefined;

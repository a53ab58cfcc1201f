import type { Runtime, Sandbox } from "../core/ports.ts";

/** A runtime that has a seal of its own, and starts under this driver whichever the daemon has: one sandbox in another does not work. */
export const under = (sandbox: Sandbox, runtime: Runtime): Runtime => ({
  ...runtime,
  start: (spec, _sandbox, signal) => runtime.start(spec, sandbox, signal),
  warm: (_sandbox, wanted) => runtime.warm(sandbox, wanted),
});

import type { Log, Sandbox } from "../../core/ports.ts";
import type { RemoteKernel } from "../remote.ts";

/**
 * One kernel booted ahead. While it is wanted there is one, or one on its way; whoever takes it has it replaced. One that died
 * is replaced too, and never handed out.
 */

const refillAfter = 500;
const refillAtLatest = 60_000;
const keptAfterUnwanted = 60_000;

type Boot = (sandbox: Sandbox, signal: AbortSignal) => Promise<RemoteKernel>;
type Ahead = { sandbox: Sandbox; kernel: Promise<RemoteKernel>; stop: AbortController };

export function spareKernel(boot: Boot, log: Log) {
  let wantedIn: Sandbox | undefined;
  let ahead: Ahead | undefined;
  let failures = 0;
  let refill: NodeJS.Timeout | undefined;
  let farewell: NodeJS.Timeout | undefined;

  const fill = () => {
    refill = undefined;
    if (wantedIn === undefined || ahead !== undefined) return;
    const stop = new AbortController();
    const made: Ahead = { sandbox: wantedIn, kernel: boot(wantedIn, stop.signal), stop };
    ahead = made;
    made.kernel.then(
      (kernel) => kernel.onExit(() => gone(made, "it ended by itself")),
      (error: unknown) => gone(made, error),
    );
  };

  const gone = (which: Ahead, why: unknown) => {
    if (ahead !== which) return; // taken or ended: not ours any more
    ahead = undefined;
    failures += 1;
    log("warn", "the spare kernel is gone", { why: String(why) });
    fillLater();
  };

  const fillLater = () => {
    clearTimeout(refill);
    refill = setTimeout(fill, Math.min(refillAtLatest, refillAfter * 2 ** failures)).unref();
  };

  const end = () => {
    const last = ahead;
    ahead = undefined;
    if (last === undefined) return;
    last.stop.abort();
    last.kernel.then(
      (kernel) => kernel.kill("nobody needs a spare"),
      () => undefined, // it was still starting, and that was just aborted
    );
  };

  return {
    want(sandbox: Sandbox, wanted: boolean): void {
      clearTimeout(farewell);
      wantedIn = wanted ? sandbox : undefined;
      if (wanted && refill === undefined) fill();
      else farewell = setTimeout(end, keptAfterUnwanted).unref();
    },
    /** The spare, if it lives and belongs to that sandbox; undefined means that the caller boots its own. */
    async take(sandbox: Sandbox): Promise<RemoteKernel | undefined> {
      const taken = ahead;
      if (taken === undefined || taken.sandbox !== sandbox) return undefined;
      ahead = undefined;
      const kernel = await taken.kernel.catch(() => undefined);
      // Only one that was of use shows that the next is worth its start: some are ready and die at once.
      failures = kernel === undefined ? failures + 1 : 0;
      fillLater();
      return kernel;
    },
  };
}

import type { Child } from "../../core/ports.ts";

/**
 * Interrupts by SIGINT, as a terminal's Ctrl-C: the whole group hears it, so a command that a cell waits for ends too. A signal
 * does not say which request it is meant for. Python forgets what came when it answers; a signal that came later still would hit
 * the next request. So before another one is interrupted, Python has to say that it has forgotten.
 *
 * A signal that comes just before a wait begins does not end the wait. So a request that goes on is nudged: by a signal that means
 * nothing itself, but has Python look for others.
 */
const nudges = { every: 100, atMost: 20 };

export function signalInterrupts(child: Child, pending: ReadonlyMap<number, unknown>, forget: () => Promise<unknown>) {
  const oldest = (): number | undefined => pending.keys().next().value;
  let sent = false;
  /** It waits behind another request, which is interrupted first. */
  let next: number | undefined;
  let forgotten: Promise<unknown> | undefined;

  const nudge = (id: number, left: number) => {
    if (!pending.has(id) || left === 0) return;
    child.kill("SIGURG");
    setTimeout(() => nudge(id, left - 1), nudges.every).unref();
  };

  const signal = (id: number) => {
    if (!pending.has(id)) return;
    sent = true;
    child.kill("SIGINT");
    setTimeout(() => nudge(id, nudges.atMost), nudges.every).unref();
    next = oldest() === id ? undefined : id;
  };

  return {
    interrupt: (id: number): void => {
      if (forgotten === undefined) signal(id);
      else void forgotten.then(() => signal(id));
    },
    /** Called when a request was answered and is pending no more. */
    answered: (): void => {
      if (next !== undefined && oldest() === next) return signal(next);
      if (!sent || forgotten !== undefined) return;
      sent = false;
      forgotten = forget().then(() => (forgotten = undefined));
    },
  };
}

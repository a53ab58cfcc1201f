import type { Child } from "../../core/ports.ts";

/**
 * Interrupts by SIGINT, as a terminal's Ctrl-C: the whole group hears it, so a command that a cell waits for ends too. A signal
 * does not say which request it is meant for. Python forgets what came when it answers; a signal that came later still would hit
 * the next request. So before another one is interrupted, Python has to say that it has forgotten.
 */
export function signalInterrupts(child: Child, pending: ReadonlyMap<number, unknown>, forget: () => Promise<unknown>) {
  const oldest = (): number | undefined => pending.keys().next().value;
  let sent = false;
  /** It waits behind another request, which is interrupted first. */
  let next: number | undefined;
  let forgotten: Promise<unknown> | undefined;

  const signal = (id: number) => {
    if (!pending.has(id)) return;
    sent = true;
    child.kill("SIGINT");
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

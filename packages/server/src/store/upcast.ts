import { DaimonError, eventVersion, type Recorded } from "@daimon/protocol";

/** An event as some version of daimon wrote it: only its place is sure, its shape is that version's. */
export type Stored = { seq: number; v: number } & Record<string, unknown>;
/** By the version it reads: how to turn such an event into one of the next version. Stored events are never rewritten. */
export type Upcasters = Readonly<Record<number, (old: Stored) => Stored>>;

/** Version 1 is the first, so nothing is older yet. */
export const upcasters: Upcasters = {};

export function upcast(stored: Stored, steps: Upcasters): Recorded {
  if (stored.v > eventVersion)
    throw new DaimonError(
      "version",
      `event ${stored.seq} was written by a newer daimon (event version ${stored.v}, this one reads ${eventVersion}); update daimon`,
    );
  let event = stored;
  while (event.v < eventVersion) {
    const step = steps[event.v];
    if (!step) throw new Error(`no upcaster reads event version ${event.v}`);
    event = { ...step(event), v: event.v + 1 };
  }
  return event as unknown as Recorded;
}

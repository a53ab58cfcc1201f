import { DaimonError, eventVersion, type Recorded } from "@daimon/protocol";

/** An event as some version of daimon wrote it: only its place is sure, its shape is that version's. */
export type Stored = { seq: number; v: number } & Record<string, unknown>;
/** By the version it reads: how to turn such an event into one of the next version. Stored events are never rewritten. */
export type Upcasters = Readonly<Record<number, (old: Stored) => Stored>>;

/** Version 1 is the first, so nothing is older yet. */
export const upcasters: Upcasters = {};

export function upcast(stored: Stored, steps: Upcasters): Recorded {
  let event = stored;
  while (event.v !== eventVersion) {
    const step = steps[event.v];
    if (!step)
      throw new DaimonError(
        "version",
        `event ${stored.seq} is of version ${stored.v}, which this daimon cannot read (it reads ${eventVersion}); use the daimon that wrote it or a newer one`,
      );
    event = { ...step(event), v: event.v + 1 };
  }
  return event as unknown as Recorded;
}

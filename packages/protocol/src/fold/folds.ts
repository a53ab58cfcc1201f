import type { EventOf, EventType, Recorded, SessionView } from "../types.ts";
import type { Impossible } from "./lanes.ts";

/** One function an event, so that a new event does not compile until it is folded. */
export type Folds = {
  [T in EventType]: (view: SessionView, event: EventOf<T>, recorded: Recorded, impossible: Impossible) => SessionView;
};

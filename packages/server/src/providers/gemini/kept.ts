import { randomUUID } from "node:crypto";

/**
 * A signature as the log keeps it with the thinking: of a thought, of the words before it, or of the next call, where it is
 * too long to be kept with that.
 */
export type Kept = { thoughtSignature: string; of: "thought" | "words" | "call" };

/** Calls may come without an id: ours is for the core, and is never sent. */
const madeUp = "made-up-";
export const makeUp = (): string => madeUp + randomUUID();
export const isMadeUp = (id: string): boolean => id.startsWith(madeUp);

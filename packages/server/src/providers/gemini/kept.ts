import { randomUUID } from "node:crypto";

/** A signed part that is no call, as the log keeps it with the thinking. Without `thought` it had no words of its own. */
export type Kept = { thoughtSignature: string; thought?: true };

/** Calls may come without an id: ours is for the core, and is never sent. */
const madeUp = "made-up-";
export const makeUp = (): string => madeUp + randomUUID();
export const isMadeUp = (id: string): boolean => id.startsWith(madeUp);

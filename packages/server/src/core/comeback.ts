import { DaimonError, type Recorded } from "@daimon/protocol";
import { readAll } from "./read.ts";
import type { World } from "./world.ts";

const first = 100;
const last = 5000;

/** Asks the store with growing patience until it answers; then the session is taken anew, with what it does not know of. */
export async function comeBack(
  { store, clock, holder, log }: World,
  session: string,
  known: number,
  wanted: () => boolean,
  reopen: (epoch: number, missed: readonly Recorded[]) => void,
): Promise<void> {
  for (let wait = first; wanted(); wait = Math.min(wait * 2, last)) {
    await new Promise<void>((resolve) => void clock.after(wait, resolve));
    try {
      await store.probe();
      const { epoch } = await store.acquire(session, holder);
      const missed = await readAll(store, session, known);
      if (wanted()) {
        reopen(epoch, missed);
        return;
      }
    } catch (error) {
      log("warn", "a session is still unavailable", { session, error: String(error) });
    }
  }
}

export const unavailable = () =>
  new DaimonError(
    "store_unavailable",
    "the log cannot be written at the moment; nothing was changed, try again shortly",
  );

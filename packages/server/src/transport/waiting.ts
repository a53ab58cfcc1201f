import { DaimonError, type Recorded } from "@daimon/protocol";
import type { Caller, Clock, Hub } from "../core/ports.ts";
import { answerOf, type Dispatch } from "./dispatch.ts";
import { follow } from "./follow.ts";
import { cellOf, turnOf } from "./waited.ts";

export type WaitPorts = { dispatch: Dispatch; hub: Hub; clock: Clock };
type Receipt = { seq: number; inputId: number; cell: number };
type Answered = { status: number; body: object };

/** Asks, then waits for what it began. Out of time it answers as without waiting: the work goes on. */
export async function askAndWait(
  { dispatch, hub, clock }: WaitPorts,
  caller: Caller,
  method: "session/input" | "session/python",
  params: { sessionId: string },
  ms: number,
  left: AbortSignal,
): Promise<Answered> {
  const following = await follow({ dispatch, hub }, caller, params.sessionId, left);
  let late = false;
  const cancel = clock.after(ms, () => {
    late = true;
    following.end();
  });
  try {
    const receipt = (await answerOf(dispatch, caller, method, params)) as Receipt;
    const opened = method === "session/input" ? receipt.inputId : receipt.cell;
    // A retry of an opId may find it done long ago.
    const events = await following.from(opened);
    if (method === "session/input") {
      const turn = await first(events, turnOf(opened));
      if (turn) return { status: 200, body: { seq: receipt.seq, inputId: opened, turn } };
    } else {
      const cell = await first(events, cellOf(opened));
      if (cell) return { status: 200, body: { cell: opened, ...cell } };
    }
    if (late) return { status: 202, body: receipt };
    if (left.aborted) throw new DaimonError("unauthorized", "the token of this request is good no longer");
    throw new DaimonError(
      dispatch.draining ? "draining" : "store_unavailable",
      "the session let go of this request before it was done; the work may go on: look at the session's events",
    );
  } finally {
    cancel();
    following.end();
  }
}

async function first<T>(
  events: AsyncIterable<Recorded>,
  told: (recorded: Recorded) => T | undefined,
): Promise<T | undefined> {
  for await (const recorded of events) {
    const answer = told(recorded);
    if (answer) return answer;
  }
  return undefined;
}

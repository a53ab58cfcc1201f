import type { Recorded } from "@daimon/protocol";
import type { Caller, Clock, Hub } from "../core/ports.ts";
import { answerOf, type Dispatch } from "./dispatch.ts";
import { follow, letGo } from "./follow.ts";
import { cellOf, turnOf } from "./waited.ts";

export type WaitPorts = { dispatch: Dispatch; hub: Hub; clock: Clock };
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
  const receipt = (await answerOf(dispatch, caller, method, params)) as { seq: number; inputId: number; cell: number };
  const opened = method === "session/input" ? receipt.inputId : receipt.cell;
  // From before the thing itself: a retry of an opId may find it done long ago.
  const following = await follow(dispatch, hub, caller, params.sessionId, opened - 1);
  let late = false;
  const cancel = clock.after(ms, () => {
    late = true;
    following.end();
  });
  left.addEventListener("abort", following.end, { once: true });
  try {
    if (method === "session/input") {
      const turn = await first(following.events, turnOf(opened));
      if (turn) return { status: 200, body: { seq: receipt.seq, inputId: opened, turn } };
    } else {
      const cell = await first(following.events, cellOf(opened));
      if (cell) return { status: 200, body: { cell: opened, ...cell } };
    }
    if (late) return { status: 202, body: receipt };
    throw letGo();
  } finally {
    cancel();
    left.removeEventListener("abort", following.end);
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

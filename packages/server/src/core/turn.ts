import type { Limits, PendingCall, SessionView } from "@daimon/protocol";
import { daemon } from "./actors.ts";
import { type CallPorts, repeatsAtMost, settleCall } from "./calls.ts";
import { step, type StepPorts, takeSteers } from "./step.ts";
import { closeTurn } from "./recover.ts";
import { Stale } from "./scribe.ts";

export type TurnPorts = CallPorts &
  StepPorts & {
    limits: Required<Limits>;
    /** How long cells of this turn waited for people's lines. */
    lines(): number;
    /** Something of this turn changed: an answer came, a call ended. */
    changed(): Promise<void>;
  };

/**
 * One turn, from wherever the log says it stands: calls without a result are asked or run, then the model is
 * asked, until it wants nothing more. Nothing is remembered here that is not in the log, so a turn goes on after
 * an answer, a retry or a restart by being played again. Rests (returns) while only people can move it.
 */
export async function playTurn(ports: TurnPorts, signal: AbortSignal): Promise<void> {
  const running = new Map<number, Promise<void>>();
  const forget = stopInTime(ports);
  try {
    await play(ports, running, signal);
  } finally {
    forget();
    // Calls that were told to stop come to their own end: what they say of it is their result.
    await Promise.allSettled(running.values());
  }
}

async function play(ports: TurnPorts, running: Map<number, Promise<void>>, signal: AbortSignal): Promise<void> {
  const { scribe } = ports;
  for (;;) {
    signal.throwIfAborted();
    const { turn } = scribe.view;
    if (turn.is === "idle" || turn.is === "suspended" || turn.is === "ending") return;
    if (turn.calls.length === 0 && running.size === 0) {
      if (limitReached(ports, scribe.view) || (await goesInCircles(ports)) || (await spentForToday(ports))) return;
      if (turn.steps > 0) takeSteers(scribe);
      if (await step(ports, signal)) return;
      continue;
    }
    for (const call of turn.calls) {
      if (running.has(call.id) || call.state === "asked") continue;
      const tool = ports.tool(call.tool);
      if (!mayStart(ports.tool, turn.calls, call, running.size)) break;
      const work = settleCall(ports, call, tool, signal).finally(() => running.delete(call.id));
      running.set(call.id, work);
      work.catch(() => {}); // awaited below; until then it must not count as unhandled
    }
    if (running.size === 0) {
      if (scribe.view.turn.is === "waiting") return;
      continue;
    }
    await Promise.race([...running.values(), ports.changed()]);
  }
}

/** Calls of a step run in order; only those whose tools say so run beside others. */
function mayStart(tool: TurnPorts["tool"], calls: readonly PendingCall[], call: PendingCall, running: number): boolean {
  if (!tool(call.tool)?.parallel) return running === 0 && calls[0]?.id === call.id;
  const before = calls.filter(({ id }) => id < call.id);
  return before.every(({ tool: name, state }) => state === "asked" || tool(name)?.parallel);
}

/** Whether a turn that waits for people has a call that waits for nobody any more. */
export const hasAnswered = (calls: readonly PendingCall[], tool: TurnPorts["tool"]): boolean =>
  calls.some((call) => (call.state === "allowed" || call.state === "denied") && mayStart(tool, calls, call, 0));

/** A model that makes one call again and again, though it was told: people hear of it, and decide. */
async function goesInCircles(ports: TurnPorts): Promise<boolean> {
  const { scribe, texts } = ports;
  const { turn, items } = scribe.view;
  const call = items.findLast((item) => item.kind === "call");
  if (!call || turn.is === "idle" || call.turn !== turn.id || ports.tool(call.tool)?.polls) return false;
  if ((await ports.repeats(call.callId)) < 2 * repeatsAtMost) return false;
  const reason = `the assistant made the same call (${call.tool}) ${2 * repeatsAtMost} times in a row; tell it what to do instead`;
  scribe.record(daemon, closeTurn(scribe.view, texts(), "limited", reason));
  return true;
}

async function spentForToday({ scribe, texts, overBudget }: TurnPorts): Promise<boolean> {
  const reason = await overBudget(scribe.view.model);
  if (reason === undefined) return false;
  scribe.record(daemon, closeTurn(scribe.view, texts(), "limited", reason));
  return true;
}

/** How long it worked: waiting for people does not count. */
function workedFor({ scribe, clock, lines }: TurnPorts): number {
  const { turn } = scribe.view;
  if (turn.is === "idle") return 0;
  const until = turn.is === "waiting" || turn.is === "suspended" ? turn.pausedAt : clock.now();
  return until - turn.since - turn.paused - lines();
}

const sentenceOf = (limit: string) => `the limit of ${limit} was reached; say "go on" to continue`;
const timeOf = ({ ms }: Required<Limits>) =>
  ms < 120_000 ? `${Math.round(ms / 1000)} seconds of work` : `${Math.round(ms / 60_000)} minutes of work`;

/** Between two looks at the time; timers know no longer one than some weeks. */
const lookEvery = { least: 1000, most: 24 * 60 * 60_000 };

/** A model or a call that hangs is told to stop when the turn's time is over, as people would. */
function stopInTime(ports: TurnPorts): () => void {
  const { scribe, limits, clock, log } = ports;
  let cancel = () => {};
  const look = () => {
    const { turn } = scribe.view;
    const left = limits.ms - workedFor(ports);
    if (left > 0) wait(left);
    else if (turn.is !== "idle" && turn.is !== "ending")
      try {
        scribe.record(daemon, [{ type: "turn.stopping", why: sentenceOf(timeOf(limits)) }]);
      } catch (error) {
        // Nothing can be written at the moment, or it is another's turn by now: both end its work by themselves.
        if (!(error instanceof Stale))
          log("error", "a turn could not be stopped at its limit", { error: String(error) });
      }
  };
  const wait = (left: number) => {
    cancel = clock.after(Math.min(Math.max(left, lookEvery.least), lookEvery.most), look);
  };
  wait(limits.ms - workedFor(ports));
  return () => cancel();
}

function limitReached(ports: TurnPorts, view: SessionView): boolean {
  const { scribe, limits, texts } = ports;
  const { turn } = view;
  if (turn.is === "idle") return true;
  const reached =
    turn.steps >= limits.steps
      ? `${limits.steps} steps`
      : workedFor(ports) >= limits.ms
        ? timeOf(limits)
        : turn.tokens >= limits.tokens
          ? `${limits.tokens} tokens`
          : turn.cost > 0 && turn.cost >= limits.cost
            ? `${limits.cost} dollars`
            : undefined;
  if (!reached) return false;
  scribe.record(daemon, closeTurn(view, texts(), "limited", sentenceOf(reached)));
  return true;
}

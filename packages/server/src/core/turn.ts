import {
  DaimonError,
  fit,
  type Limits,
  type PendingCall,
  type SessionEvent,
  type SessionView,
  sizes,
} from "@daimon/protocol";
import { daemon } from "./actors.ts";
import { type CallPorts, requestCall, settleCall } from "./calls.ts";
import type { ModelRequest, Provider } from "./ports.ts";
import { endTurn, type Texts } from "./recover.ts";
import { type Scribe, seqOf, Stale } from "./scribe.ts";
import { Words } from "./words.ts";

export type TurnPorts = CallPorts & {
  limits: Required<Limits>;
  now(): number;
  provider(model: string): { provider: Provider; model: string };
  request(): Promise<ModelRequest>;
  texts(): Texts;
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
  try {
    await play(ports, running, signal);
  } finally {
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
      if (limitReached(ports, scribe.view)) return;
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

/** Asks the model once. True when the turn is over. */
async function step(ports: TurnPorts, signal: AbortSignal): Promise<boolean> {
  const { scribe } = ports;
  const words = new Words(scribe);
  try {
    const { provider, model } = ports.provider(scribe.view.model);
    const started = seqOf(scribe.record(daemon, [{ type: "step.started", model: scribe.view.model }]));
    const request = { ...(await ports.request()), model };
    await scribe.durable();
    // Somebody may have said stop while the disk wrote.
    signal.throwIfAborted();
    let ended = false;
    let ahead = 0;
    for await (const event of provider.stream(request, signal)) {
      signal.throwIfAborted();
      if (event.type === "text" || event.type === "thinking") {
        words.say(event.type, event.text);
        // A model that talks faster than the disk writes is waited for, so that what is not written stays small.
        ahead += event.text.length;
        if (ahead > sizes.block) {
          await scribe.durable();
          ahead = 0;
        }
      } else if (event.type === "thinking.payload") words.payload(event.payload);
      else if (event.type === "call") {
        words.close();
        await requestCall(ports, event);
      } else {
        words.close();
        const { stop, usage, cost } = event;
        ended = true;
        scribe.record(daemon, [
          { type: "step.ended", step: started, stop, usage, ...(cost === undefined ? {} : { cost }) },
        ]);
      }
    }
    if (!ended) throw new Error("the model's stream stopped without an end");
  } catch (error) {
    if (signal.aborted || error instanceof Stale) throw error;
    words.close({ cut: true });
    return fail(ports, error);
  }
  // Decided in the tick that looks at the inbox, so that a steer is never lost between looking and ending.
  await scribe.durable();
  if (scribe.view.turn.is !== "thinking" || scribe.view.turn.calls.length > 0) return false;
  if (takeSteers(scribe)) return false;
  scribe.record(daemon, [{ type: "turn.ended", outcome: "done" }]);
  return true;
}

function takeSteers(scribe: Scribe): boolean {
  const steers = scribe.view.queue.filter(({ delivery }) => delivery === "steer");
  if (steers.length > 0)
    scribe.record(
      daemon,
      steers.map(({ id }) => ({ type: "input.taken", input: id })),
    );
  return steers.length > 0;
}

/** A provider's failure ends the turn with its reason; a bug of ours does too, with its stack in the daemon's log. */
function fail({ scribe, texts, log }: TurnPorts, error: unknown): true {
  const said = error instanceof Error ? error.message : String(error);
  const reason = fit(said, 4000).text;
  if (!(error instanceof DaimonError))
    log("error", "a turn failed", { error: error instanceof Error ? error.stack : said });
  scribe.record(daemon, closeTurn(scribe.view, texts(), "failed", reason));
  return true;
}

/** The end of a turn that did not come to its own; what waits behind it waits for a person. */
export function closeTurn(
  view: SessionView,
  texts: Texts,
  outcome: "interrupted" | "failed" | "limited",
  reason: string,
): SessionEvent[] {
  const events = endTurn(view, texts, outcome, reason, "interrupted");
  const why = ({ interrupted: "interrupt", failed: "failure", limited: "limit" } as const)[outcome];
  return view.queue.length > 0 && view.held === null ? [...events, { type: "queue.held", why }] : events;
}

function limitReached({ scribe, limits, texts, now }: TurnPorts, view: SessionView): boolean {
  const { turn } = view;
  if (turn.is === "idle") return true;
  const worked = now() - turn.since - turn.paused;
  const reached =
    turn.steps >= limits.steps
      ? `${limits.steps} steps`
      : worked >= limits.ms
        ? `${Math.round(limits.ms / 60_000)} minutes of work`
        : turn.tokens >= limits.tokens
          ? `${limits.tokens} tokens`
          : turn.cost > 0 && turn.cost >= limits.cost
            ? `${limits.cost} dollars`
            : undefined;
  if (!reached) return false;
  scribe.record(
    daemon,
    closeTurn(view, texts(), "limited", `the limit of ${reached} was reached; say "go on" to continue`),
  );
  return true;
}

import {
  type BlobRef,
  closing,
  DaimonError,
  fit,
  type Limits,
  type PendingCall,
  type SessionEvent,
  type SessionView,
  sizes,
  weightOf,
} from "@daimon/protocol";
import { assistant, daemon } from "./actors.ts";
import { digestOf } from "./digest.ts";
import { roleToAnswer, type Verdict } from "./policy.ts";
import type { Log, ModelRequest, Progress, Provider, Tool, ToolContext, ToolResult } from "./ports.ts";
import { endTurn, type Texts } from "./recover.ts";
import { type Scribe, seqOf, Stale } from "./scribe.ts";
import { Words } from "./words.ts";

export type TurnPorts = {
  scribe: Scribe;
  limits: Required<Limits>;
  log: Log;
  now(): number;
  provider(model: string): { provider: Provider; model: string };
  request(): Promise<ModelRequest>;
  tool(name: string): Tool | undefined;
  check(tool: Tool, input: unknown): string | undefined;
  verdict(tool: Tool): Verdict;
  /** What an approval covers besides the call itself: another runtime or kernel makes it another question. */
  covers(tool: Tool): unknown;
  context(call: number, signal: AbortSignal): ToolContext;
  input(call: number): Promise<unknown>;
  keep(text: string): Promise<BlobRef>;
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
      if (!mayStart(tool, turn.calls, call, running.size, ports)) break;
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
function mayStart(
  tool: Tool | undefined,
  calls: readonly PendingCall[],
  call: PendingCall,
  running: number,
  ports: TurnPorts,
): boolean {
  if (!tool?.parallel) return running === 0 && calls[0]?.id === call.id;
  const before = calls.filter(({ id }) => id < call.id);
  return before.every(({ tool: name, state }) => state === "asked" || ports.tool(name)?.parallel);
}

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

async function requestCall(
  ports: TurnPorts,
  { callId, tool: name, input }: { callId: string; tool: string; input: unknown },
): Promise<void> {
  const json = JSON.stringify(input ?? {});
  const large = weightOf(json) > sizes.halfBlock;
  const whole = large ? await ports.keep(json) : undefined;
  const show = ports.tool(name)?.show(input) ?? { text: `${name}(${fit(json, 2000).text})` };
  const shown = fit(show.text, sizes.halfBlock);
  ports.scribe.record(assistant, [
    {
      type: "call.requested",
      callId,
      tool: fit(name, 200).text,
      input: whole ? null : (input ?? {}),
      ...(whole ? { whole } : {}),
      show: { ...show, text: shown.text, ...(shown.omitted > 0 ? { cut: true as const } : {}) },
    },
  ]);
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

/** Brings one call to its result, or to the question that must be answered before. */
async function settleCall(
  ports: TurnPorts,
  call: PendingCall,
  tool: Tool | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { scribe } = ports;
  const finish = (result: ToolResult, outcome?: "denied" | "not_run" | "unknown") =>
    scribe.record(daemon, [
      { type: "call.finished", call: call.id, ok: false, value: result, ...(outcome ? { outcome } : {}) },
    ]);
  if (call.state === "denied") {
    finish(
      {
        text: `Not allowed by the people here.${call.reason ? ` They said: ${call.reason}` : ""} Do not try the same in another way.`,
      },
      "denied",
    );
    return;
  }
  if (call.state === "started" && !tool?.repeatable) {
    finish(
      {
        text: "This call had started when daimon lost sight of it: nobody knows whether it took effect. It was not run again.",
      },
      "unknown",
    );
    return;
  }
  if (!tool) {
    finish({ text: `There is no tool named ${call.tool}. Use one of those you were given.` });
    return;
  }
  const input = await ports.input(call.id);
  const wrong = ports.check(tool, input);
  if (wrong) {
    finish({ text: wrong });
    return;
  }
  const digest = digestOf(tool.name, input, ports.covers(tool));
  // An approval covers what was asked: with another kernel or sandbox, or a policy that forbids it, it is a new question.
  const covered = call.digest === undefined || (call.digest === digest && ports.verdict(tool).is !== "deny");
  if (call.state === "requested" || (call.state === "allowed" && !covered)) {
    const verdict = ports.verdict(tool);
    if (verdict.is === "deny") {
      finish({ text: `Refused: ${verdict.why}.` }, "denied");
      return;
    }
    if (verdict.is === "ask") {
      const show = tool.show(input);
      scribe.record(daemon, [
        {
          type: "ask.opened",
          kind: "approval",
          digest,
          show: { ...show, text: fit(show.text, sizes.halfBlock).text },
          role: roleToAnswer("approval"),
          call: call.id,
        },
      ]);
      return;
    }
  }
  await runCall(ports, call, tool, input, signal);
}

async function runCall(
  ports: TurnPorts,
  call: PendingCall,
  tool: Tool,
  input: unknown,
  signal: AbortSignal,
): Promise<void> {
  const { scribe } = ports;
  const block =
    call.state === "started"
      ? (scribe.view.blocks.find(({ kind, of }) => kind === "call" && of === call.id)?.id ?? 0)
      : seqOf(scribe.record(assistant, [{ type: "call.started", call: call.id }]));
  // The fact before the effect: should the daemon die now, the log says that it may have happened.
  await scribe.durable();
  signal.throwIfAborted();
  const result = await runTool(
    tool,
    input,
    ports.context(call.id, signal),
    (progress) => scribe.delta(block, progress.text),
    ports.log,
  );
  const { ok = true, outcome, ...value } = result;
  // Beside the result, in one event.
  const said = fit(closing(scribe.text(block)).text, sizes.halfBlock);
  const kept = await bounded(value, ports);
  scribe.record(assistant, [
    {
      type: "call.finished",
      call: call.id,
      ok,
      value: kept,
      ...(signal.aborted ? { outcome: "interrupted" as const } : isOutcome(outcome) ? { outcome } : {}),
      ...(said.text === "" ? {} : { progress: { text: said.text } }),
    },
  ]);
}

const outcomes = ["unknown", "interrupted", "cancelled", "timeout", "died"] as const;
const isOutcome = (outcome: string | undefined): outcome is (typeof outcomes)[number] =>
  outcomes.some((known) => known === outcome);

/** A failing tool is news for the model, not a failure of the turn. */
async function runTool(
  tool: Tool,
  input: unknown,
  context: ToolContext,
  progress: (progress: Progress) => void,
  log: Log,
): Promise<ToolResult> {
  try {
    const run = tool.run(input, context);
    for (;;) {
      const { done, value } = await run.next();
      if (done) return value;
      progress(value);
    }
  } catch (error) {
    if (error instanceof Stale) throw error;
    if (context.signal.aborted) return { ok: false, text: "This call was interrupted." };
    log("error", `the tool ${tool.name} threw`, { error: error instanceof Error ? error.stack : String(error) });
    return { ok: false, text: `The tool failed: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A result that an event can hold; the whole of a larger one is kept as a blob. */
async function bounded(value: ToolResult, ports: TurnPorts): Promise<ToolResult> {
  const { text, omitted } = fit(value.text, sizes.halfBlock);
  if (omitted === 0) return value;
  const whole = await ports.keep(value.text);
  return { ...value, text, cut: true, bundle: { ...value.bundle, "text/plain": whole } };
}

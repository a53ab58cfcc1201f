import { closing, fit, type PendingCall, sizes, type Value, weightOf } from "@daimon/protocol";
import { assistant, daemon } from "./actors.ts";
import { type Approval, approved } from "./approvals.ts";
import type { Verdict } from "./policy.ts";
import type { Blobs, Clock, Log, ModelEvent, Progress, Tool, ToolContext, ToolResult } from "./ports.ts";
import { endUnknown } from "./recover.ts";
import { type Scribe, seqOf, Stale } from "./scribe.ts";
import { boundedValue, handleOf, putText, Spool } from "./value.ts";

export type CallPorts = {
  scribe: Scribe;
  log: Log;
  blobs: Pick<Blobs, "put">;
  tool(name: string): Tool | undefined;
  check(tool: Tool, input: unknown): string | undefined;
  verdict(tool: Tool, input: unknown): Promise<Verdict>;
  /** Where and how this would run: an approval covers that too, so that another folder, sandbox or kernel is another question. */
  place(tool: Tool): { cwd: string; sandbox?: string; runtime?: string; generation?: number };
  clock: Pick<Clock, "now">;
  context(call: number, signal: AbortSignal): ToolContext;
  /** Looks what it changes, where nobody else can tell. What it returns is called after it, and says what nobody saw. */
  watch(tool: Tool, input: unknown, context: ToolContext): Promise<(() => Promise<string[]>) | undefined>;
  input(call: number): Promise<unknown>;
  /** How often in a row the model made this very call. */
  repeats(callId: string): Promise<number>;
};

const callIdAtMost = 500;
/** Beside each other in one event: a call's input and what people are shown of it. */
const partAtMost = sizes.halfBlock;
/** A result goes before what its call said on the way: that gets what is left of the event. */
const resultAtMost = 51 * 1024;
/** What an event holds beside its parts. */
const aroundParts = 4 * 1024;

/** The same call this often in a row is not run again; twice as often, and the turn ends. */
export const repeatsAtMost = 3;
const repeated = (times: number) =>
  `You have made this very call ${times} times in a row: it was not run again, for nothing has changed since.`;
const notJson =
  "The arguments of this call are no valid JSON, so it was not run. Send the call again, whole and well formed.";

/** Writes down that the model wants this. */
export async function requestCall(
  ports: CallPorts,
  { callId, tool: name, input: given, payload = "", malformed }: Extract<ModelEvent, { type: "call" }>,
): Promise<void> {
  if (weightOf(callId) > callIdAtMost) throw new Error(`the model gave a call an id of ${callId.length} characters`);
  const room = partAtMost - weightOf(payload);
  if (room < 0) throw new Error("the model's call came with more to keep than an event holds");
  const input = malformed ?? given ?? {};
  const json = JSON.stringify(input);
  const whole = weightOf(json) > partAtMost ? await putText(ports.blobs, json, "application/json") : undefined;
  const show = ports.tool(name)?.show(input) ?? { text: `${name}(${fit(json, 2000).text})` };
  ports.scribe.record(assistant, [
    {
      type: "call.requested",
      callId,
      tool: fit(name, 200).text,
      input: whole ? null : input,
      ...(whole ? { whole } : {}),
      show: await boundedValue(show, ports.blobs, room),
      ...(payload === "" ? {} : { payload }),
      ...(malformed === undefined ? {} : { malformed: true as const }),
    },
  ]);
}

/** Brings one call to its result, or to the question that must be answered before. */
export async function settleCall(
  ports: CallPorts,
  call: PendingCall,
  tool: Tool | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { scribe } = ports;
  const finish = (text: string, outcome?: "denied" | "not_run" | "unknown") =>
    scribe.record(daemon, [
      {
        type: "call.finished",
        call: call.id,
        ok: false,
        value: { text: fit(text, partAtMost).text },
        ...(outcome ? { outcome } : {}),
      },
    ]);
  if (call.state === "denied") {
    const said = call.reason ? ` They said: ${call.reason.replace(/[^.!?]$/, "$&.")}` : "";
    finish(`Not allowed by the people here.${said} Do not try the same in another way.`, "denied");
    return;
  }
  if (call.state === "started" && !tool?.repeatable) {
    finish(endUnknown, "unknown");
    return;
  }
  if (!tool) {
    finish(`There is no tool named ${call.tool}. Use one of those you were given.`);
    return;
  }
  const input = await ports.input(call.id);
  const wrong = call.malformed ? notJson : ports.check(tool, input);
  if (wrong) {
    finish(wrong);
    return;
  }
  const times = tool.polls ? 0 : await ports.repeats(call.callId);
  if (times >= repeatsAtMost) {
    finish(`${repeated(times)} Do something else, or say what stops you.`, "not_run");
    return;
  }
  const context = ports.context(call.id, signal);
  const asking = await approved(ports, call, tool, input, context);
  if (asking.is === "fails") finish(asking.why, asking.denied ? "denied" : undefined);
  else if (asking.is === "ready") await runCall(ports, call, tool, input, context, asking);
}

async function runCall(
  ports: CallPorts,
  call: PendingCall,
  tool: Tool,
  input: unknown,
  given: ToolContext,
  { allowed, digest }: Extract<Approval, { is: "ready" }>,
): Promise<void> {
  const { scribe } = ports;
  const { signal } = given;
  const lets = { ...(allowed === undefined ? {} : { allowed }), ...(digest === undefined ? {} : { digest }) };
  const context = call.answer === undefined ? given : { ...given, answer: call.answer };
  const block =
    call.state === "started"
      ? (scribe.view.blocks.find(({ kind, of }) => kind === "call" && of === call.id)?.id ?? 0)
      : seqOf(scribe.record(assistant, [{ type: "call.started", call: call.id, ...lets }]));
  // The fact before the effect: should the daemon die now, the log says that it may have happened.
  await scribe.durable();
  signal.throwIfAborted();
  const spool = new Spool();
  const progress = ({ text }: Progress) => {
    spool.add(text);
    scribe.delta(block, text);
  };
  const watched = await ports.watch(tool, input, context);
  const ran = await runTool(tool, input, context, progress, ports.log);
  const { ok = true, outcome, exit, unseen, ...value } = ran;
  const compared = watched && [...(unseen === undefined ? [] : [unseen]), ...(await watched())];
  const result = withHandle(call.id, await boundedValue(value, ports.blobs, resultAtMost));
  const said = await saidBy(scribe, block, spool, ports.blobs, Math.min(partAtMost, roomBeside(result)));
  scribe.record(assistant, [
    {
      type: "call.finished",
      call: call.id,
      ok,
      value: result,
      ...(signal.aborted ? { outcome: "interrupted" as const } : isOutcome(outcome) ? { outcome } : {}),
      ...(said ? { progress: said } : {}),
      ...(exit === undefined ? {} : { exit }),
      ...(compared ? { compared } : {}),
    },
  ]);
}

/** What is more than a model is told is kept under a name, by which it can be read, searched and given to Python. */
const withHandle = (call: number, value: Value): Value =>
  value.cut && value.bundle?.["text/plain"] ? { ...value, handle: handleOf(call) } : value;

const roomBeside = (value: Value): number =>
  sizes.event - aroundParts - new TextEncoder().encode(JSON.stringify(value)).length;

/** What a call said on its way: its first and last part, and all of it as a blob where something is left out. */
async function saidBy(
  scribe: Scribe,
  block: number,
  spool: Spool,
  blobs: Pick<Blobs, "put">,
  atMost: number,
): Promise<Value | undefined> {
  const closed = closing(scribe.text(block));
  const { text, omitted } = fit(closed.text, atMost);
  if (text === "") return undefined;
  if (closed.omitted + omitted === 0) return { text };
  return { text, cut: true, bundle: { "text/plain": await spool.put(blobs) } };
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

import { DaimonError, fit, sizes, type Usage } from "@daimon/protocol";
import { daemon } from "./actors.ts";
import { compact, type CompactionPorts, isFull } from "./compaction.ts";
import { type CallPorts, requestCall } from "./calls.ts";
import { ProviderFault } from "./faults.ts";
import type { ModelEvent, ModelRequest, Provider } from "./ports.ts";
import { closeTurn, spentOn, type Texts, type Used } from "./recover.ts";
import { type Scribe, seqOf, Stale } from "./scribe.ts";
import { watched } from "./watch.ts";
import { Words } from "./words.ts";

export type StepPorts = CallPorts &
  CompactionPorts & {
    request(): Promise<ModelRequest>;
    texts(): Texts;
    /** Told of a step when it starts; what is changed in it later is what the step has used by then. */
    uses(used: Used): void;
    wait(ms: number, signal: AbortSignal): Promise<void>;
  };

type End = Extract<ModelEvent, { type: "end" }>;

const retriesAtMost = 5;
/** Longer than this nobody waits for a provider: it is said, and people decide. */
const waitAtMost = 120_000;
const nothing: Usage = { input: 0, output: 0 };

/** Asks the model once. True when the turn is over. */
export async function step(ports: StepPorts, signal: AbortSignal): Promise<boolean> {
  const { scribe } = ports;
  const full = scribe.view.model;
  const words = new Words(scribe);
  let used: Used | undefined;
  let end: End;
  try {
    const { provider, model } = ports.provider(full);
    if (await isFull(ports, full)) await shorten(ports, signal);
    // What an answer costs that nobody counts: nothing, where all of that model's do.
    const cost = await ports.price(full, undefined);
    const started = seqOf(scribe.record(daemon, [{ type: "step.started", model: full }]));
    used = { step: started, model: full, usage: nothing, cost };
    ports.uses(used);
    const request = { ...(await ports.request()), model };
    await scribe.durable();
    // Somebody may have said stop while the disk wrote.
    signal.throwIfAborted();
    end = await listen(ports, provider, request, words, used, signal);
    used.usage = end.usage;
    used.cost = end.cost ?? (await ports.price(full, end.usage));
    scribe.record(daemon, [{ type: "step.ended", step: started, stop: end.stop, ...spentOn(used) }]);
  } catch (error) {
    if (signal.aborted || error instanceof Stale) throw error;
    words.close({ cut: true });
    return brokeOff(ports, used, error, signal);
  }
  await scribe.durable();
  await ports.sayCosts();
  // Decided in the tick that looks at the inbox, so that a steer is never lost between looking and ending.
  if (scribe.view.turn.is !== "thinking" || scribe.view.turn.calls.length > 0) return false;
  const open = openEnd[end.stop];
  if (open) {
    scribe.record(daemon, closeTurn(scribe.view, ports.texts(), ...open));
    return true;
  }
  if (takeSteers(scribe)) return false;
  scribe.record(daemon, [{ type: "turn.ended", outcome: "done" }]);
  return true;
}

/** Ends that are no answer are said as what they are. */
const openEnd: { [S in End["stop"]]?: ["failed" | "limited", string] } = {
  refusal: ["failed", "the model refused to answer; ask in another way, or take another model"],
  filter: ["failed", "the provider's filter held the answer back; ask in another way, or take another model"],
  length: ["limited", 'the model came to the end of what it may say at once; say "go on" to continue'],
};

/** Writes down what the model says while it says it. */
async function listen(
  ports: StepPorts,
  provider: Provider,
  request: ModelRequest,
  words: Words,
  used: Used,
  signal: AbortSignal,
): Promise<End> {
  const callIds = new Set<string>();
  let ahead = 0;
  let said = false;
  // From here on nobody knows, until the vendor says it.
  used.usage = undefined;
  for await (const event of watched(provider, request, ports, signal)) {
    used.heard = true;
    if (event.type === "alive") continue;
    if (event.type === "usage") {
      used.usage = event.usage;
      continue;
    }
    if (event.type === "end") {
      words.close();
      if (!said && event.stop === "end")
        throw new ProviderFault("broken", provider.name, request.model, { said: "it said nothing" });
      return event;
    }
    said = true;
    if (event.type === "call") {
      words.close();
      await requestCall(ports, { ...event, callId: unused(event.callId, callIds) });
    } else if (event.type === "thinking.payload") words.payload(event.payload);
    else {
      words.say(event.type, event.text);
      // A model that talks faster than the disk writes is waited for, so that what is not written stays small.
      ahead += event.text.length;
      if (ahead <= sizes.block) continue;
      await ports.scribe.durable();
      ahead = 0;
    }
  }
  throw new ProviderFault("broken", provider.name, request.model);
}

/** Two calls of one step by one name would get each other's results. */
function unused(callId: string, used: Set<string>): string {
  let id = callId;
  for (let n = 2; used.has(id); n++) id = `${callId}-${n}`;
  used.add(id);
  return id;
}

/** What was said stays, marked. What may pass is tried again; calls that arrived whole are brought to their results first. */
async function brokeOff(
  ports: StepPorts,
  used: Used | undefined,
  error: unknown,
  signal: AbortSignal,
): Promise<boolean> {
  const { scribe, texts, log } = ports;
  const { turn } = scribe.view;
  const said = fit(error instanceof Error ? error.message : String(error), 4000).text;
  if (!(error instanceof DaimonError) && !(error instanceof ProviderFault))
    log("error", "a turn failed", { error: error instanceof Error ? error.stack : said });
  const cuts = turn.is === "idle" ? 0 : turn.cuts;
  const passes = error instanceof ProviderFault && error.passes && cuts < retriesAtMost;
  const calls = turn.is !== "idle" && turn.calls.length > 0;
  const cut = async (reason: string, retryIn?: number) => {
    if (!used) return;
    if (error instanceof ProviderFault && error.refused && !used.heard) used.usage = nothing;
    used.cost = await ports.price(used.model, used.usage);
    const retry = retryIn === undefined ? {} : { retryIn };
    scribe.record(daemon, [{ type: "step.ended", step: used.step, stop: "cut", ...spentOn(used), reason, ...retry }]);
  };
  if (error instanceof ProviderFault && error.kind === "overflow" && cuts === 0 && (await shorten(ports, signal))) {
    await cut(`${said}; it was summarised`, 0);
    return false;
  }
  const wait = passes && !calls ? backoff(cuts, error.retryAfter) : 0;
  const again = passes && wait <= waitAtMost;
  const reason =
    passes && !again
      ? `${said}; it asks for a wait of ${Math.ceil(wait / 60_000)} minutes`
      : error instanceof ProviderFault && error.kind === "overflow"
        ? `${said}; give it less at once (a file by its path, a part of a text), or take a model that takes more`
        : said;
  await cut(reason, again && !calls ? wait : undefined);
  if (!again) {
    scribe.record(daemon, closeTurn(scribe.view, texts(), "failed", reason));
    return true;
  }
  await scribe.durable();
  if (wait > 0) await ports.wait(wait, signal);
  return false;
}

/** Makes the conversation shorter. Where that fails the turn goes on with what there is: it may still be taken. */
async function shorten(ports: StepPorts, signal: AbortSignal): Promise<boolean> {
  try {
    const keep = (await ports.conversation()).tokens / 2;
    const event = await compact(ports, ports.scribe.view.model, { keep }, signal);
    if (event) ports.scribe.record(daemon, [event]);
    return event !== undefined;
  } catch (error) {
    if (signal.aborted || error instanceof Stale) throw error;
    ports.log("warn", "a conversation could not be summarised", { error: String(error) });
    return false;
  }
}

const backoff = (cuts: number, asked: number | undefined): number => asked ?? Math.min(1000 * 2 ** cuts, 30_000);

export function takeSteers(scribe: Scribe): boolean {
  const steers = scribe.view.queue.filter(({ delivery }) => delivery === "steer");
  if (steers.length > 0)
    scribe.record(
      daemon,
      steers.map(({ id }) => ({ type: "input.taken", input: id })),
    );
  return steers.length > 0;
}

import {
  type BlockText,
  closing,
  emptyText,
  isNothing,
  isOutput,
  type SessionEvent,
  type SessionView,
  type Usage,
} from "@daimon/protocol";

/** Text that survived, by block: from the partials of a dead daemon, or from memory where only the store failed. */
export type Texts = ReadonlyMap<number, BlockText>;

/** Closes one open block with what there is of it. Blocks of calls are closed by the call's result. */
export function closeBlock(view: SessionView, block: number, text: BlockText, cut: boolean): SessionEvent[] {
  const open = view.blocks.find(({ id }) => id === block);
  if (!open || open.kind === "call") return [];
  const mark = cut ? { cut: true as const } : {};
  if (!isOutput(open.kind))
    return [{ type: open.kind === "text" ? "text.closed" : "thinking.closed", block, text: text.text, ...mark }];
  const { text: kept, omitted } = closing(text);
  return [{ type: "cell.closed", block, text: kept, ...(omitted > 0 ? { omitted } : {}), ...mark }];
}

export const closeBlocks = (
  view: SessionView,
  texts: Texts,
  which: (kind: string, of: number) => boolean,
): SessionEvent[] =>
  view.blocks
    .filter(({ kind, of }) => which(kind, of))
    .flatMap(({ id }) => closeBlock(view, id, texts.get(id) ?? emptyText, true));

/** What a step has used so far; undefined where nobody knows. */
export type Used = {
  readonly step: number;
  readonly model: string;
  /** The model began to answer. */
  heard?: true;
  usage: Usage | undefined;
  cost?: number | undefined;
};

/** The end of a step that did not come to its own. `used`: what is known of it, which may be another step's. */
export function endStep({ turn, model }: SessionView, used: Used | undefined): SessionEvent[] {
  if (turn.is === "idle" || turn.step === null) return [];
  const known: Used = used?.step === turn.step ? used : { step: turn.step, model, usage: undefined };
  return [{ type: "step.ended", step: turn.step, stop: "cut", ...spentOn(known) }];
}

/** As events say it. */
export function spentOn({ model, usage, cost }: Used): { model?: string; usage?: Usage; cost?: number } {
  if (usage && isNothing(usage)) return { usage };
  return { model, ...(usage ? { usage } : {}), ...(cost === undefined ? {} : { cost }) };
}

const notRun = { text: "This call was not run: the turn ended before." };

/** Ends the turn openly: no ask of it stays open, no call without a result. */
export function endTurn(
  view: SessionView,
  texts: Texts,
  outcome: "interrupted" | "failed" | "limited",
  reason: string,
  started: "interrupted" | "unknown",
  used: Used | undefined,
): SessionEvent[] {
  if (view.turn.is === "idle") return [];
  const events = [
    ...closeBlocks(view, texts, (kind) => kind === "text" || kind === "thinking"),
    ...endStep(view, used),
  ];
  for (const ask of view.asks)
    if (ask.call !== undefined) events.push({ type: "ask.expired", ask: ask.id, why: reason });
  for (const call of view.turn.calls) {
    if (call.state === "started") events.push(finishStarted(view, texts, call.id, started));
    else events.push({ type: "call.finished", call: call.id, ok: false, outcome: "not_run", value: notRun });
  }
  events.push({ type: "turn.ended", outcome, reason });
  return events;
}

/** The end of a turn that was told to stop: by people, or at a limit, which then is the reason. */
export const outcomeOf = (why: string): "interrupted" | "limited" => (why === "interrupt" ? "interrupted" : "limited");

/** The end of a turn that did not come to its own; what waits behind it waits for a person. */
export function closeTurn(
  view: SessionView,
  texts: Texts,
  outcome: "interrupted" | "failed" | "limited",
  reason: string,
  used?: Used,
  started: "interrupted" | "unknown" = "interrupted",
): SessionEvent[] {
  const events = endTurn(view, texts, outcome, reason, started, used);
  const why = ({ interrupted: "interrupt", failed: "failure", limited: "limit" } as const)[outcome];
  return view.queue.length > 0 && view.held === null ? [...events, { type: "queue.held", why }] : events;
}

export const endUnknown =
  "This call had started when daimon lost sight of it: nobody knows whether it took effect. It was not run again.";

/** A call that had started and whose end nobody saw. What it said so far stays. */
export function finishStarted(
  view: SessionView,
  texts: Texts,
  call: number,
  outcome: "interrupted" | "unknown",
): SessionEvent {
  const block = view.blocks.find(({ kind, of }) => kind === "call" && of === call);
  const said = block && texts.get(block.id);
  const text = outcome === "unknown" ? endUnknown : "This call was interrupted.";
  return {
    type: "call.finished",
    call,
    ok: false,
    outcome,
    value: { text },
    ...(said?.text ? { progress: { text: closing(said).text } } : {}),
  };
}

/** What is lost with this Python. */
export const knownVariables = ({ kernel }: SessionView): string[] =>
  kernel.is === "idle" || kernel.is === "running" ? kernel.names : [];

/**
 * What must be said after the work of a session was cut off: everything open is closed with what there is,
 * nothing that may have run is run again, a question to people stays open. `kernel: "gone"` after the daemon
 * died; `"lives"` after only the store failed. `interrupted`: somebody said stop while nothing could be written.
 * `used`: by the step that was under way.
 */
export function recover(
  view: SessionView,
  texts: Texts,
  kernel: "gone" | "lives",
  interrupted = false,
  used?: Used,
): SessionEvent[] {
  if (view.deleted) return [];
  return [...recoverPython(view, texts, kernel), ...recoverTurn(view, texts, interrupted, used)];
}

function recoverPython(view: SessionView, texts: Texts, kernel: "gone" | "lives"): SessionEvent[] {
  const events = closeBlocks(view, texts, (kind) => kind === "stdout" || kind === "stderr");
  for (const ask of view.asks)
    if (ask.cell !== undefined) events.push({ type: "ask.expired", ask: ask.id, why: "its cell was cut off" });
  if (view.kernel.is === "running")
    events.push({
      type: "cell.finished",
      cell: view.kernel.cell,
      ok: false,
      outcome: "unknown",
      note: "daimon was cut off while this cell ran: nobody knows how far it came",
    });
  for (const { id, call } of view.cells)
    if (kernel === "gone" || call !== undefined)
      events.push({
        type: "cell.finished",
        cell: id,
        ok: false,
        outcome: "cancelled",
        note:
          kernel === "gone"
            ? "its Python was gone before it could run"
            : "the call that asked for it was cut off before it could run",
      });
  if (kernel === "lives") return events;
  const { generation } = view.kernel;
  if (view.kernel.is === "starting")
    events.push({ type: "kernel.stopped", generation, why: "daimon ended while it started" });
  else if (view.kernel.is === "idle" || view.kernel.is === "running")
    events.push({ type: "kernel.lost", generation, why: "daimon ended", lost: knownVariables(view) });
  return events;
}

function recoverTurn(view: SessionView, texts: Texts, interrupted: boolean, used: Used | undefined): SessionEvent[] {
  const { turn } = view;
  if (turn.is === "idle") return [];
  const stopping = turn.is === "ending" || interrupted;
  const asked = view.asks.some(({ call }) => call !== undefined);
  if ((asked && !stopping) || (view.task?.goesOn && !stopping)) {
    const events = closeBlocks(view, texts, (kind) => kind === "text" || kind === "thinking");
    if (turn.is !== "suspended") events.push(...endStep(view, used));
    for (const call of turn.calls)
      if (call.state === "started") events.push(finishStarted(view, texts, call.id, "unknown"));
    const ask = view.asks.find(({ call }) => call !== undefined);
    if (ask && turn.is !== "suspended") events.push({ type: "turn.suspended", ask: ask.id });
    return events;
  }
  if (turn.is === "ending" && outcomeOf(turn.why) === "limited")
    return closeTurn(view, texts, "limited", turn.why, used, "unknown");
  const why = stopping ? "interrupt" : "daimon was cut off";
  const events = endTurn(view, texts, "interrupted", why, "unknown", used);
  // What a person stopped stays stopped; a restart alone holds nothing back.
  if (why === "interrupt" && view.queue.length > 0) events.push({ type: "queue.held", why });
  return events;
}

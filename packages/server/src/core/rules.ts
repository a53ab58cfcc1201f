import {
  type Actor,
  type BlobRef,
  DaimonError,
  type Limits,
  type Method,
  type ParamsOf,
  type SessionEvent,
  type SessionView,
  sizes,
  weightOf,
} from "@daimon/protocol";
import { isPerson } from "./actors.ts";
import { digestOf } from "./digest.ts";
import { knownVariables } from "./recover.ts";
import { titleOf } from "./title.ts";

/** The law of a session: given what is so, what does a command cause? Pure; the ids it hands out are seqs to come. */

export type Decided = {
  events: SessionEvent[];
  /** What the asker is told, once all of it is durable. */
  result: unknown;
  /** Work to be stopped in this very tick, whatever the disk does. */
  abort?: { target: "turn" | "cell"; id: number };
};

/** Text that an event can hold: the whole of it, or its beginning and where the whole is kept. */
export type Words = { text: string; whole?: BlobRef };
export type SessionMethod = Extract<Method, `session/${string}` | "rule/revoke">;
/** Long text is put into a blob before a command is decided, so the rules see what fits. */
export type Given<M extends SessionMethod> = ParamsOf<M> & { sessionId: string; words?: Words };

export const queueLimit = 200;
/** Every view shows what waits: all of it together stays within a reply. */
export const queueWeight = 256 * 1024;
export const cellLimit = 100;
export const defaultLimits: Required<Limits> = { steps: 50, ms: 30 * 60_000, tokens: 2_000_000, cost: 20 };

type Rule<M extends SessionMethod> = (view: SessionView, params: Given<M>, by: Actor, turnTools: TurnTools) => Decided;
export type TurnTools = { tools: readonly string[] };

const next = (view: SessionView, offset = 1): number => view.seq + offset;
const refuse = (...[code, message, options]: ConstructorParameters<typeof DaimonError>): never => {
  throw new DaimonError(code, message, options);
};

const input: Rule<"session/input"> = (
  view,
  { text, words = { text }, delivery = "queue", expectTurn, blobs, answerWithin },
  by,
  { tools },
) => {
  if (words.text.trim() === "" && !words.whole && !blobs?.length)
    refuse("invalid", "the prompt is empty; write something");
  const turn = view.turn.is === "idle" ? null : view.turn.id;
  if (expectTurn !== undefined && expectTurn !== turn)
    refuse("conflict", turn === null ? `turn ${expectTurn} is over` : `turn ${turn} is running`, { details: { turn } });
  if (delivery === "reject" && turn !== null)
    refuse("busy", `turn ${turn} is running; wait, or send it with delivery "queue" or "steer"`);
  if (view.queue.length >= queueLimit) refuse("overloaded", `${queueLimit} inputs wait already; cancel some or wait`);
  const waiting = view.queue.reduce((sum, queued) => sum + weightOf(queued.text), 0);
  if (waiting > 0 && waiting + weightOf(words.text) > queueWeight)
    refuse("overloaded", `inputs of ${Math.round(waiting / 1024)} KiB wait already; cancel some or wait`);

  const person = isPerson(by);
  const behind = view.turn.is === "waiting" || view.turn.is === "suspended" ? turnAsk(view) : undefined;
  const queued: SessionEvent = {
    type: "input.queued",
    ...words,
    delivery,
    priority: person ? "high" : "normal",
    ...(blobs?.length ? { blobs } : {}),
    ...(behind === undefined ? {} : { behind }),
    ...(answerWithin === undefined ? {} : { answerWithin }),
  };
  // A person who speaks up after a stop goes on: what they say is taken first, what was held follows.
  if (view.held && person && turn === null) {
    const id = next(view, 2);
    return {
      events: [
        { type: "queue.released" },
        queued,
        { type: "turn.started", input: id, model: view.model, tools: [...tools] },
        { type: "input.taken", input: id },
      ],
      result: { seq: id, inputId: id },
    };
  }
  const id = next(view);
  return { events: [queued], result: { seq: id, inputId: id, ...(behind === undefined ? {} : { behind }) } };
};

const turnAsk = (view: SessionView): number | undefined => view.asks.find(({ call }) => call !== undefined)?.id;

const python: Rule<"session/python"> = (view, { code, words = { text: code } }) => {
  if (words.text.trim() === "" && !words.whole) refuse("invalid", "there is no code to run");
  if (view.cells.length >= cellLimit) refuse("overloaded", `${cellLimit} cells wait already; interrupt or cancel some`);
  const { text, whole } = words;
  return {
    events: [{ type: "cell.queued", code: text, ...(whole ? { whole } : {}) }],
    result: { seq: next(view), cell: next(view) },
  };
};

const interrupt: Rule<"session/interrupt"> = (view, params) => {
  const { target, id } = toInterrupt(view, params);
  const stopping = target === "turn" && view.turn.is !== "ending";
  return {
    events: stopping ? [{ type: "turn.stopping", why: "interrupt" }] : [],
    result: { seq: view.seq + (stopping ? 1 : 0), target, id },
    abort: { target, id },
  };
};

/** What an interrupt is about: it never stops anything but what its sender saw. */
export function toInterrupt(
  view: SessionView,
  { target, expect }: Pick<ParamsOf<"session/interrupt">, "target" | "expect">,
): { target: "turn" | "cell"; id: number } {
  const turn = view.turn.is === "idle" ? undefined : view.turn.id;
  const cell = view.kernel.is === "running" ? view.kernel.cell : undefined;
  if (target === "summary") return refuse("already_ended", "no summary is being made");
  const chosen = target ?? (turn !== undefined ? "turn" : "cell");
  const id = chosen === "turn" ? turn : cell;
  if (id === undefined) return refuse("already_ended", target ? `no ${target} is running` : "nothing is running");
  if (expect !== undefined && expect !== id) refuse("already_ended", `${chosen} ${expect} has ended already`);
  return { target: chosen, id };
}

const cancel: Rule<"session/cancel"> = (view, { inputId, cell }) => {
  if ((inputId === undefined) === (cell === undefined)) refuse("invalid", "name an inputId or a cell, one of them");
  if (inputId !== undefined) {
    if (!view.queue.some(({ id }) => id === inputId)) refuse("already_ended", `input ${inputId} does not wait`);
    return { events: [{ type: "input.cancelled", input: inputId }], result: { seq: next(view) } };
  }
  const queued = view.cells.find(({ id }) => id === cell);
  if (!queued) return refuse("already_ended", `cell ${cell} does not wait; a running one is interrupted`);
  return {
    events: [{ type: "cell.finished", cell: queued.id, ok: false, outcome: "cancelled" }],
    result: { seq: next(view) },
  };
};

const resume: Rule<"session/resume"> = (view) => {
  if (!view.held) refuse("conflict", "the queue is not held");
  return { events: [{ type: "queue.released" }], result: { seq: next(view) } };
};

const answer: Rule<"session/answer"> = (view, { askId, digest, allow, value, scope, reason }) => {
  const ask = view.asks.find(({ id }) => id === askId);
  if (!ask) {
    if (askId > 0 && askId <= view.seq) refuse("already_answered", `ask ${askId} is not open any more`);
    return refuse("not_found", `there is no ask ${askId}`);
  }
  if (digest !== undefined && digest !== ask.digest)
    refuse("conflict", `ask ${askId} is about something else by now; look again`, { details: { digest: ask.digest } });
  if (ask.kind === "approval" && allow === undefined)
    refuse("invalid", "an approval is answered with allow: true or false");
  if (ask.kind !== "approval" && value === undefined && allow !== false)
    refuse("invalid", "this ask is answered with a value");
  if (ask.kind === "choice" && ask.choices && value !== undefined && !ask.choices.includes(value))
    refuse("invalid", `choose one of: ${ask.choices.join(", ")}`);
  const given = { allow, value, scope, reason };
  const answered = Object.fromEntries(Object.entries(given).filter(([, part]) => part !== undefined));
  const events: SessionEvent[] = [{ type: "ask.answered", ask: askId, ...answered }];
  if (view.turn.is === "suspended" && ask.call !== undefined) events.push({ type: "turn.resumed" });
  const about = ask.about?.rule;
  if (scope !== undefined && scope !== "once" && !about)
    refuse("invalid", `ask ${askId} is asked each time: answer it once, without a scope`);
  if (about && scope === "session") {
    // One rule about a thing, the newest: whoever answers the same way each time leaves one, and not a list.
    for (const { rule, allow: _, ask: __, at: ___, by: ____, ...same } of view.rules)
      if (digestOf(same) === digestOf(about)) events.push({ type: "rule.removed", rule });
    events.push({ type: "rule.added", rule: `${about.tool}@${askId}`, ...about, allow: allow === true });
  }
  return { events, result: { seq: next(view) } };
};

const update: Rule<"session/update"> = (view, { sessionId: _, opId: __, words: ___, head, ...fields }) => {
  const events: SessionEvent[] = [];
  if (Object.values(fields).some((field) => field !== undefined)) {
    if (fields.runtime !== undefined && view.kernel.is !== "none" && view.kernel.is !== "dead")
      refuse("busy", "another runtime is live; stop it first");
    events.push({ type: "session.updated", ...fields });
  }
  if (head !== undefined) {
    if (view.turn.is !== "idle") refuse("busy", `turn ${view.turn.id} is running; the head moves between turns`);
    if (view.kernel.is === "running")
      refuse("busy", `cell ${view.kernel.cell} is running; the head moves between cells`);
    if (view.cells.length > 0) refuse("busy", `cell ${view.cells[0]?.id} waits to run; the head moves between cells`);
    if (head !== null && head > view.seq) refuse("not_found", `there is no entry ${head}`);
    events.push({ type: "head.moved", to: head, restore: "conversation" });
  }
  if (events.length === 0) refuse("invalid", "nothing to update");
  return { events, result: { seq: view.seq + events.length } };
};

const kernel: Rule<"session/kernel"> = (view, { action, runtime }) => {
  const { generation } = view.kernel;
  const live = view.kernel.is !== "none" && view.kernel.is !== "dead";
  if (action === "stop" && runtime !== undefined) refuse("invalid", "a Python that is stopped needs no runtime");
  if (action === "start" && live) refuse("conflict", "Python is live already");
  // Who names a runtime wants to have that one, whether another is live or none.
  if (action !== "start" && runtime === undefined && !live) refuse("conflict", "no Python is live");
  if (view.kernel.is === "running") refuse("busy", `cell ${view.kernel.cell} is running; interrupt it first`);
  const events: SessionEvent[] = [];
  const lost = knownVariables(view);
  if (live) events.push({ type: "kernel.stopped", generation, why: action, ...(lost.length > 0 ? { lost } : {}) });
  if (runtime !== undefined && runtime !== view.runtime) events.push({ type: "session.updated", runtime });
  if (action !== "stop")
    events.push({ type: "kernel.starting", generation: generation + 1, runtime: runtime ?? view.runtime });
  return { events, result: { seq: view.seq + events.length } };
};

/** The summary itself is work: it comes as an event of its own. */
const compact: Rule<"session/compact"> = (view) => {
  if (view.turn.is !== "idle") refuse("busy", `turn ${view.turn.id} is running; it summarises by itself where it must`);
  return { events: [], result: { seq: view.seq } };
};

const revoke: Rule<"rule/revoke"> = (view, { rule }) => {
  if (!view.rules.some((kept) => kept.rule === rule)) refuse("not_found", `this session has no rule ${rule}`);
  return { events: [{ type: "rule.removed", rule }], result: {} };
};

const remove: Rule<"session/delete"> = () => ({ events: [{ type: "session.deleted" }], result: {} });

const rules = {
  "session/input": input,
  "session/python": python,
  "session/interrupt": interrupt,
  "session/cancel": cancel,
  "session/resume": resume,
  "session/answer": answer,
  "session/update": update,
  "session/kernel": kernel,
  "session/compact": compact,
  "session/delete": remove,
  "rule/revoke": revoke,
};
export type RuledMethod = keyof typeof rules;
export const isRuled = (method: string): method is RuledMethod => Object.hasOwn(rules, method);

/** Events, or a refusal that only the asker hears of. */
export function decide<M extends RuledMethod>(
  view: SessionView,
  method: M,
  params: Given<M>,
  by: Actor,
  turnTools: TurnTools,
): Decided {
  if (view.deleted) refuse("not_found", "this session was deleted");
  const done = (rules[method] as Rule<M>)(view, params, by, turnTools);
  mustFit(done.events);
  return done;
}

/** What an event has around it when it is recorded: its place, its actor, its opId. */
const envelope = 4096;

/** The store takes no event that is larger, and a session falls over where one is not written. */
export function mustFit(events: readonly SessionEvent[]): void {
  const most = sizes.event - envelope;
  for (const event of events) {
    const bytes = Buffer.byteLength(JSON.stringify(event));
    if (bytes > most)
      refuse("too_large", `this takes ${bytes} bytes and at most ${most} are recorded at once; give less`);
  }
}

/**
 * What a session does of its own accord, one thing at a time until there is nothing: find its title, start the next
 * turn, start Python when a cell waits, start the next cell. People go before the assistant and before background work.
 */
export function ownMove(view: SessionView, { tools }: TurnTools, pythonGone = false): SessionEvent[] {
  if (view.deleted) return [];
  const title = titleOf(view);
  if (title !== undefined) return [{ type: "session.updated", title }];
  const due = view.queue.toSorted((a, b) => priorities.indexOf(a.priority) - priorities.indexOf(b.priority))[0];
  if (due && view.turn.is === "idle" && !view.held)
    return [
      { type: "turn.started", input: due.id, model: view.model, tools: [...tools] },
      { type: "input.taken", input: due.id },
    ];
  if (view.cells.length === 0) return [];
  const { generation } = view.kernel;
  if (view.kernel.is === "none" || view.kernel.is === "dead")
    return [{ type: "kernel.starting", generation: generation + 1, runtime: view.runtime }];
  // Between the end of a cell and the news that its Python died nothing starts in what is no longer there.
  if (view.kernel.is !== "idle" || pythonGone) return [];
  const cell = view.cells.find(({ call }) => call === undefined) ?? view.cells[0];
  return cell ? [{ type: "cell.started", cell: cell.id, generation }] : [];
}
const priorities = ["high", "normal", "low"];

import type { Folds } from "./fold/folds.ts";
import { addItem, closeBlock, given, moveHead, notice, patchItem, stamp, withEntry } from "./fold/items.ts";
import { pythonFolds } from "./fold/python.ts";
import { type ActiveTurn, common, type Impossible, moveTurn, patchCall, standing } from "./fold/lanes.ts";
import type {
  Actor,
  BlobRef,
  EventOf,
  EventType,
  Header,
  Recorded,
  SessionEvent,
  SessionView,
  Value,
} from "./types.ts";
import { addUsage } from "./usage.ts";

export { emptyView } from "./fold/empty.ts";
export { given, placeOf } from "./fold/items.ts";
export type { Impossible } from "./fold/lanes.ts";

const nobody: Actor = { principal: "", client: "daemon" };

export const knownEvent = (type: string): type is EventType => Object.hasOwn(folds, type);

/** Whether the event completes something of the conversation, and so grows the tree. */
export function isEntry(view: SessionView, event: SessionEvent): boolean {
  switch (event.type) {
    case "input.taken":
    case "text.closed":
    case "thinking.closed":
    case "call.requested":
    case "call.finished":
    case "context.compacted":
    case "label.set":
    case "note.added":
      return true;
    case "session.updated":
      return event.model !== undefined;
    // A call's cell is no entry of its own: the call and its result are.
    case "cell.finished":
      return callOfCell(view, event.cell) === undefined;
    default:
      return false;
  }
}

export const callOfCell = ({ kernel, cells }: SessionView, cell: number): number | undefined =>
  kernel.is === "running" && kernel.cell === cell ? kernel.call : cells.find(({ id }) => id === cell)?.call;

/**
 * Folds one event into what people see and what the session decides by: on the server and in every client
 * alike. Pure: no clock, no chance. Repeats are skipped; an event type from the future moves only the place.
 */
export function applyEvent(view: SessionView, recorded: Recorded, impossible: Impossible = () => {}): SessionView {
  const { seq, at, event, parent } = recorded;
  if (seq <= view.seq) return view;
  const placed: SessionView = { ...view, seq, at: Math.max(view.at, at) };
  if (!knownEvent(event.type)) return placed;
  const fold = folds[event.type] as (v: SessionView, e: SessionEvent, r: Recorded, i: Impossible) => SessionView;
  const folded = fold(placed, event, recorded, impossible);
  return parent === undefined ? folded : { ...folded, head: seq };
}

const active = (view: SessionView): ActiveTurn | undefined => (view.turn.is === "idle" ? undefined : view.turn);
type Sampling = Pick<EventOf<"session.updated">, "temperature" | "maxTokens">;

/** null: the session sets it no more. */
function withSampling({ temperature: t, maxTokens: m, ...view }: SessionView, change: Sampling): SessionView {
  const { temperature = t, maxTokens = m } = change;
  return { ...view, ...given({ temperature: temperature ?? undefined, maxTokens: maxTokens ?? undefined }) };
}

/** What everybody is told of how the model is asked from now on. */
function settingsNews({ model, thinking, temperature, maxTokens }: EventOf<"session.updated">): string {
  const news: string[] = [];
  if (model !== undefined) news.push(`the model is now ${model}`);
  if (thinking !== undefined) news.push(`thinking is now ${thinking}`);
  if (temperature !== undefined) news.push(`the temperature is now ${temperature ?? "the usual one"}`);
  if (maxTokens !== undefined) news.push(`an answer may now have ${maxTokens ?? "the usual number of"} tokens`);
  return news.join(", ");
}

function closeWords(
  view: SessionView,
  e: EventOf<"text.closed"> | EventOf<"thinking.closed">,
  recorded: Recorded,
): SessionView {
  const kind = e.type === "text.closed" ? "text" : "thinking";
  return patchItem(closeBlock(view, e.block), kind, e.block, ({ open: _, ...item }) =>
    e.text === ""
      ? undefined
      : withEntry({ ...item, text: e.text, ...(e.cut ? { cut: true as const } : {}) }, recorded),
  );
}

/** Re-reads where the running turn stands after its calls or asks changed. */
function restand(
  view: SessionView,
  turn: ActiveTurn | undefined,
  { seq, at }: Recorded,
  impossible: Impossible,
): SessionView {
  if (!turn) return view;
  const stands = standing(turn, at);
  return stands.is === view.turn.is ? { ...view, turn: stands } : moveTurn(view, stands, seq, impossible);
}

const folds: Folds = {
  "session.created": (view, { type: _, ...header }) => ({ ...view, ...(header satisfies Header) }),
  "session.updated": (view, { type: _, temperature, maxTokens, ...fields }, recorded) => {
    const { untitled, ...named } = view;
    const before = untitled && fields.title === undefined ? view : named;
    const updated = withSampling({ ...before, ...given(fields) }, { temperature, maxTokens });
    const news = settingsNews(recorded.event as EventOf<"session.updated">);
    return news === "" ? updated : notice(updated, recorded, news);
  },
  "session.deleted": (view) => ({ ...view, deleted: true }),

  "input.queued": (view, { type: _, ...input }, { seq, by }) => ({
    ...view,
    queue: [...view.queue, { id: seq, by, ...input }],
  }),
  "input.taken": (view, { input: id }, recorded, impossible) => {
    const input = view.queue.find((waiting) => waiting.id === id);
    if (!input) {
      impossible(`input ${id} is taken but does not wait`);
      return view;
    }
    const { by, text, whole, blobs, delivery } = input;
    return addItem(
      { ...view, queue: view.queue.filter((waiting) => waiting !== input) },
      {
        kind: "input",
        ...stamp(recorded, id),
        by,
        text,
        ...given({ whole, blobs }),
        ...(delivery === "steer" ? { steer: true as const } : {}),
      },
    );
  },
  "input.cancelled": (view, { input }) => ({ ...view, queue: view.queue.filter(({ id }) => id !== input) }),
  "queue.held": (view, { why }) => ({ ...view, held: why }),
  "queue.released": (view) => ({ ...view, held: null }),

  "turn.started": (view, { input }, { seq, at, by }, impossible) => {
    const queued = view.queue.find(({ id }) => id === input);
    const from = queued?.by ?? by ?? nobody;
    const turn = {
      id: seq,
      input,
      by: from,
      since: at,
      steps: 0,
      step: null,
      tokens: 0,
      cost: 0,
      cuts: 0,
      paused: 0,
      calls: [],
      ...given({ answerWithin: queued?.answerWithin }),
    };
    return moveTurn(view, { is: "thinking", ...turn }, seq, impossible);
  },
  "turn.suspended": (view, _e, { seq, at }, impossible) => {
    const turn = active(view);
    if (!turn) return view;
    return moveTurn(
      view,
      { is: "suspended", ...common(turn), pausedAt: turn.is === "waiting" ? turn.pausedAt : at },
      seq,
      impossible,
    );
  },
  "turn.resumed": (view, _e, recorded, impossible) => restand(view, active(view), recorded, impossible),
  "turn.stopping": (view, { why }, { seq }, impossible) => {
    const turn = active(view);
    return turn ? moveTurn(view, { is: "ending", ...common(turn), why }, seq, impossible) : view;
  },
  "turn.ended": (view, { outcome, reason }, recorded, impossible) => {
    const turn = active(view);
    const ended = moveTurn(view, { is: "idle" }, recorded.seq, impossible);
    if (turn && turn.calls.length > 0)
      impossible(`turn ${turn.id} ends while ${turn.calls.length} calls lack a result`);
    return outcome === "done"
      ? ended
      : addItem(ended, { kind: "ended", ...stamp(recorded), outcome, ...given({ reason }) });
  },
  "step.started": (view, _e, recorded, impossible) => {
    const turn = active(view);
    return turn ? restand(view, { ...turn, step: recorded.seq, steps: turn.steps + 1 }, recorded, impossible) : view;
  },
  "step.ended": (view, { usage, cost, stop, reason, retryIn }, recorded, impossible) => {
    const turn = active(view);
    const spent = turn && {
      ...turn,
      step: null,
      tokens: turn.tokens + (usage ? usage.input + usage.output : 0),
      cost: turn.cost + (cost ?? 0),
      cuts: stop === "cut" ? turn.cuts + 1 : 0,
    };
    const stood = restand({ ...view, usage: addUsage(view.usage, usage, cost) }, spent, recorded, impossible);
    return stop === "cut" && reason !== undefined && retryIn !== undefined
      ? notice(
          stood,
          recorded,
          `${reason}; trying again${retryIn >= 1000 ? ` in ${Math.round(retryIn / 1000)} s` : ""}`,
        )
      : stood;
  },

  "text.opened": (view, _e, recorded) =>
    addItem(
      { ...view, blocks: [...view.blocks, { id: recorded.seq, kind: "text", of: recorded.turn ?? 0 }] },
      { kind: "text", ...stamp(recorded), text: "", open: true },
    ),
  "text.closed": closeWords,
  "thinking.opened": (view, _e, recorded) =>
    addItem(
      { ...view, blocks: [...view.blocks, { id: recorded.seq, kind: "thinking", of: recorded.turn ?? 0 }] },
      { kind: "thinking", ...stamp(recorded), text: "", open: true },
    ),
  "thinking.closed": closeWords,

  "call.requested": (view, { callId, tool, show, malformed }, recorded, impossible) => {
    const turn = active(view);
    if (!turn) impossible(`call ${recorded.seq} is requested outside a turn`);
    const call = { id: recorded.seq, callId, tool, state: "requested" as const, ...given({ malformed }) };
    const shown = addItem(view, { kind: "call", ...stamp(recorded), tool, callId, show, state: "queued" });
    return restand(shown, turn && { ...turn, calls: [...turn.calls, call] }, recorded, impossible);
  },
  "call.started": (view, { call, allowed, digest }, recorded, impossible) => {
    const turn = active(view);
    const opened: SessionView = { ...view, blocks: [...view.blocks, { id: recorded.seq, kind: "call", of: call }] };
    const running = patchItem(opened, "call", call, (item) => ({
      ...item,
      state: "running",
      progress: { block: recorded.seq, text: "" },
    }));
    return restand(
      running,
      turn && patchCall(turn, call, { state: "started", ...given({ allowed, digest }) }),
      recorded,
      impossible,
    );
  },
  "call.finished": (view, { call, ok, value, outcome, progress }, recorded, impossible) => {
    const turn = active(view);
    const rest: SessionView = { ...view, blocks: view.blocks.filter(({ kind, of }) => kind !== "call" || of !== call) };
    const finished = patchItem(rest, "call", call, ({ progress: running, ...item }) =>
      withEntry(
        {
          ...item,
          state: "done",
          ok,
          value,
          ...given({ outcome }),
          ...(running && progress && progress.text !== ""
            ? { progress: { block: running.block, text: progress.text, ...given({ whole: wholeOf(progress) }) } }
            : {}),
        },
        recorded,
      ),
    );
    return restand(
      finished,
      turn && { ...turn, calls: turn.calls.filter(({ id }) => id !== call) },
      recorded,
      impossible,
    );
  },

  "ask.opened": (view, { type: _, ...ask }, recorded, impossible) => {
    const asked: SessionView = { ...view, asks: [...view.asks, { id: recorded.seq, ...ask }] };
    const turn = active(view);
    if (!turn || ask.call === undefined) return asked;
    return restand(
      asked,
      patchCall(turn, ask.call, {
        state: "asked",
        ask: recorded.seq,
        ...(ask.kind === "approval" ? { digest: ask.digest } : {}),
      }),
      recorded,
      impossible,
    );
  },
  "ask.answered": (view, { ask: id, allow, value, reason }, recorded, impossible) => {
    const ask = view.asks.find((open) => open.id === id);
    const rest: SessionView = { ...view, asks: view.asks.filter((open) => open.id !== id) };
    const turn = active(view);
    if (!turn || ask?.call === undefined) return rest;
    const change = {
      state: allow === false ? ("denied" as const) : ("allowed" as const),
      ...given({ reason, answer: value }),
    };
    return restand(rest, patchCall(turn, ask.call, change), recorded, impossible);
  },
  "ask.expired": (view, { ask: id }, recorded, impossible) => {
    const ask = view.asks.find((open) => open.id === id);
    const rest: SessionView = { ...view, asks: view.asks.filter((open) => open.id !== id) };
    const turn = active(view);
    if (!turn || ask?.call === undefined) return rest;
    return restand(rest, patchCall(turn, ask.call, { state: "requested" }), recorded, impossible);
  },

  ...pythonFolds,

  "file.changed": (view) => view,
  "context.compacted": (view, { text, model, usage, cost }, recorded) =>
    addItem(model !== undefined ? { ...view, usage: addUsage(view.usage, usage, cost) } : view, {
      kind: "compaction",
      ...stamp(recorded),
      text,
    }),
  "head.moved": (view, { to }) => moveHead(view, to),
  "label.set": (view, { entry, label }, recorded) => notice(view, recorded, `entry ${entry} is now called ${label}`),
  "note.added": (view, { text }, recorded) => notice(view, recorded, text),
  "rule.added": (view, { type: _, ...rule }, { at, by }) => ({ ...view, rules: [...view.rules, { ...rule, at, by }] }),
  "rule.removed": (view, { rule }) => ({ ...view, rules: view.rules.filter((kept) => kept.rule !== rule) }),
  "plan.set": (view, { items }) => ({ ...view, plan: items }),
  "task.updated": (view) => view,
};

/** All of a text that a value holds only in part. */
const wholeOf = ({ bundle }: Value): BlobRef | undefined => {
  const whole = bundle?.["text/plain"];
  return typeof whole === "object" ? whole : undefined;
};

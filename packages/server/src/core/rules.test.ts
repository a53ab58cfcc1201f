import {
  applyEvent,
  DaimonError,
  type ErrorCode,
  errorCodes,
  type ParamsOf,
  type Recorded,
  type SessionEvent,
  sizes,
} from "@daimon/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ann, assistant, ben, chores, Story } from "../../../../tests/core/story.ts";
import { walks } from "../../../../tests/core/walk.ts";
import { cellLimit, decide, type Decided, type Given, ownMove, queueLimit, type RuledMethod } from "./rules.ts";

const tools = { tools: ["python"] };
const s = { sessionId: "s" };

const decided = <M extends RuledMethod>(story: Story, method: M, params: Given<M>, by = ann): Decided =>
  decide(story.view, method, params, by, tools);

/** What each of these is refused with; the story is as told before. */
type Refusal = {
  [M in RuledMethod]: [why: string, before: (story: Story) => void, method: M, params: Given<M>, code: ErrorCode];
}[RuledMethod];

const nothing = () => {};
const waitingTurn = (story: Story) => {
  story.turn();
  const call = story.call();
  story.endStep();
  story.ask(call);
};
const stdin = (story: Story) => void story.stdin(story.cell("input()"));
const asked = (story: Story) => story.view.asks[0]?.id ?? 0;
const many = (times: number, one: () => void) => Array.from({ length: times }, one);

const refusals: Refusal[] = [
  ["an empty prompt", nothing, "session/input", { ...s, text: " \n" }, "invalid"],
  ["input for a turn that is over", nothing, "session/input", { ...s, text: "a", expectTurn: 3 }, "conflict"],
  ["input for another turn", (story) => story.turn(), "session/input", { ...s, text: "a", expectTurn: 99 }, "conflict"],
  [
    "input only if idle, while a turn runs",
    (story) => story.turn(),
    "session/input",
    { ...s, text: "a", expectTurn: null },
    "conflict",
  ],
  [
    "input that must not wait, while a turn runs",
    (story) => story.turn(),
    "session/input",
    { ...s, text: "a", delivery: "reject" },
    "busy",
  ],
  [
    "one input too many",
    (story) => many(queueLimit, () => story.input("a")),
    "session/input",
    { ...s, text: "a" },
    "overloaded",
  ],
  ["an empty cell", nothing, "session/python", { ...s, code: "\t" }, "invalid"],
  [
    "one cell too many",
    (story) => many(cellLimit, () => story.queueCell()),
    "session/python",
    { ...s, code: "a" },
    "overloaded",
  ],
  ["an interrupt of nothing", nothing, "session/interrupt", s, "already_ended"],
  ["an interrupt of no turn", (story) => story.cell(), "session/interrupt", { ...s, target: "turn" }, "already_ended"],
  ["an interrupt of no cell", (story) => story.turn(), "session/interrupt", { ...s, target: "cell" }, "already_ended"],
  [
    "an interrupt of a turn that has ended",
    (story) => story.turn(),
    "session/interrupt",
    { ...s, target: "turn", expect: 1 },
    "already_ended",
  ],
  [
    "an interrupt of a cell that has ended",
    (story) => story.cell(),
    "session/interrupt",
    { ...s, expect: 1 },
    "already_ended",
  ],
  ["cancelling nothing", nothing, "session/cancel", s, "invalid"],
  ["cancelling two things at once", nothing, "session/cancel", { ...s, inputId: 1, cell: 1 }, "invalid"],
  [
    "cancelling an input that was taken",
    (story) => story.turn(),
    "session/cancel",
    { ...s, inputId: 2 },
    "already_ended",
  ],
  ["cancelling a cell that runs", (story) => story.cell(), "session/cancel", { ...s, cell: 4 }, "already_ended"],
  ["resuming what is not held", nothing, "session/resume", s, "conflict"],
  ["an answer to what was never asked", nothing, "session/answer", { ...s, askId: 7, allow: true }, "not_found"],
  [
    "an answer to what is no longer open",
    (story) => story.turn(),
    "session/answer",
    { ...s, askId: 2, allow: true },
    "already_answered",
  ],
  [
    "an answer to another question",
    waitingTurn,
    "session/answer",
    { ...s, askId: 8, allow: true, digest: "other" },
    "conflict",
  ],
  ["an approval without a yes or no", waitingTurn, "session/answer", { ...s, askId: 8, value: "yes" }, "invalid"],
  ["a line of input without the line", stdin, "session/answer", { ...s, askId: 6, allow: true }, "invalid"],
  ["an update of nothing", nothing, "session/update", s, "invalid"],
  ["another runtime while one is live", (story) => story.python(), "session/update", { ...s, runtime: "x" }, "busy"],
  ["moving the head while a turn runs", (story) => story.turn(), "session/update", { ...s, head: null }, "busy"],
  [
    "moving the head while a turn is suspended",
    (story) => (waitingTurn(story), story.tell({ type: "turn.suspended", ask: 8 })),
    "session/update",
    { ...s, head: null },
    "busy",
  ],
  ["moving the head while a cell runs", (story) => story.cell(), "session/update", { ...s, head: null }, "busy"],
  ["moving the head while a cell waits", (story) => story.queueCell(), "session/update", { ...s, head: null }, "busy"],
  ["moving the head to what is not there", nothing, "session/update", { ...s, head: 99 }, "not_found"],
  ["starting Python that is live", (story) => story.python(), "session/kernel", { ...s, action: "start" }, "conflict"],
  ["stopping no Python", nothing, "session/kernel", { ...s, action: "stop" }, "conflict"],
  ["restarting no Python", nothing, "session/kernel", { ...s, action: "restart" }, "conflict"],
  ["stopping Python under a cell", (story) => story.cell(), "session/kernel", { ...s, action: "stop" }, "busy"],
  [
    "anything with a deleted session",
    (story) => story.tell({ type: "session.deleted" }),
    "session/input",
    { ...s, text: "a" },
    "not_found",
  ],
];

describe("refused, with a reason and nothing changed:", () => {
  test.for(refusals)("%s", ([, before, method, params, code]) => {
    const story = new Story().created();
    before(story);
    const { view } = story;
    const frozen = JSON.stringify(view);
    try {
      decide(view, method, params as never, ann, tools);
      expect.unreachable("it was not refused");
    } catch (error) {
      expect(error).toBeInstanceOf(DaimonError);
      if (error instanceof DaimonError) expect({ code: error.code, message: error.message }).toMatchObject({ code });
    }
    expect(JSON.stringify(view)).toBe(frozen);
  });
});

test("a choice takes one of what was offered", () => {
  const story = new Story().created();
  story.turn();
  const call = story.call("ask");
  story.endStep();
  story.tell({
    type: "ask.opened",
    kind: "choice",
    digest: "d",
    show: { text: "?" },
    role: "operate",
    call,
    choices: ["a", "b"],
  });
  const askId = asked(story);
  expect(() => decided(story, "session/answer", { ...s, askId, value: "c" })).toThrow(/a, b/);
  expect(decided(story, "session/answer", { ...s, askId, value: "b" }).events).toEqual([
    { type: "ask.answered", ask: askId, value: "b" },
  ]);
});

test("what would not fit an event is refused to the one who asks", () => {
  const long = "漢".repeat(30_000);
  const story = new Story().created();
  const stdinOf = new Story().created();
  stdin(stdinOf);
  const refused = (run: () => unknown) => {
    expect(run).toThrow(expect.objectContaining({ code: "too_large" }));
  };
  refused(() => decided(stdinOf, "session/answer", { ...s, askId: asked(stdinOf), value: long }));
  refused(() => decided(story, "session/update", { ...s, roots: many(20, () => "").map(() => "/x".repeat(2000)) }));
  refused(() => decided(story, "session/python", { ...s, code: long }));
});

// ---- what is done ---------------------------------------------------------------------------------------------

const types = ({ events }: Decided) => events.map(({ type }) => type);

test("input waits, with what its sender may expect", () => {
  const story = new Story().created();
  const { events, result } = decided(story, "session/input", { ...s, text: "hi" });
  expect(events).toEqual([{ type: "input.queued", text: "hi", delivery: "queue", priority: "high" }]);
  expect(result).toEqual({ seq: 2, inputId: 2 });
  expect(decided(story, "session/input", { ...s, text: "hi" }, chores).events).toMatchObject([{ priority: "normal" }]);
});

test("a picture alone is input enough", () => {
  const blobs = [{ sha256: "a".repeat(64), bytes: 1, type: "image/png" }];
  const story = new Story().created();
  expect(decided(story, "session/input", { ...s, text: "", blobs }).events).toMatchObject([
    { type: "input.queued", blobs },
  ]);
});

test("long text is recorded by its beginning and where all of it is kept", () => {
  const whole = { sha256: "a".repeat(64), bytes: 100_000, type: "text/plain" };
  const words = { text: "beginning", whole };
  const story = new Story().created();
  expect(decided(story, "session/input", { ...s, text: "beginning and all", words }).events).toMatchObject([words]);
  expect(decided(story, "session/python", { ...s, code: "beginning and all", words }).events).toMatchObject([
    { code: "beginning", whole },
  ]);
});

test.for(["waiting", "suspended"])("input to a %s turn is told behind which question it waits", (how) => {
  const story = new Story().created();
  waitingTurn(story);
  if (how === "suspended") story.tell({ type: "turn.suspended", ask: 8 });
  const { events, result } = decided(story, "session/input", { ...s, text: "hi", delivery: "steer" });
  expect(events).toMatchObject([{ type: "input.queued", behind: 8 }]);
  expect(result).toMatchObject({ behind: 8 });
});

test("only-if-idle input is taken when idle, and input for the turn that runs when it runs", () => {
  const story = new Story().created();
  expect(types(decided(story, "session/input", { ...s, text: "a", expectTurn: null, delivery: "reject" }))).toEqual([
    "input.queued",
  ]);
  const turn = story.turn();
  expect(types(decided(story, "session/input", { ...s, text: "a", expectTurn: turn }))).toEqual(["input.queued"]);
});

function held(): Story {
  const story = new Story().created();
  story.input("held");
  story.tell({ type: "queue.held", why: "interrupt" });
  return story;
}

test("what a person says after a stop is taken first, and what was held follows", () => {
  const story = held();
  const { events, result } = decided(story, "session/input", { ...s, text: "now" });
  expect(events.map(({ type }) => type)).toEqual(["queue.released", "input.queued", "turn.started", "input.taken"]);
  story.tellAll(events);
  expect(result).toEqual({ seq: 5, inputId: 5 });
  expect(story.view).toMatchObject({ held: null, turn: { is: "thinking", input: 5 }, queue: [{ text: "held" }] });
  expect(story.view.items).toMatchObject([{ kind: "input", text: "now", id: 5 }]);
});

test("a task's input joins a held queue and releases nothing", () => {
  expect(types(decided(held(), "session/input", { ...s, text: "now" }, chores))).toEqual(["input.queued"]);
});

test("resume releases a held queue", () => {
  expect(types(decided(held(), "session/resume", s))).toEqual(["queue.released"]);
});

test("a stop without a target stops the turn, else the cell", () => {
  const story = new Story().created();
  const cell = story.cell();
  expect(decided(story, "session/interrupt", s)).toMatchObject({
    events: [],
    result: { target: "cell", id: cell, seq: story.view.seq },
    abort: { target: "cell", id: cell },
  });
  const turn = story.turn();
  expect(decided(story, "session/interrupt", { ...s, expect: turn })).toEqual({
    events: [{ type: "turn.stopping", why: "interrupt" }],
    result: { seq: story.view.seq + 1, target: "turn", id: turn },
    abort: { target: "turn", id: turn },
  });
  expect(decided(story, "session/interrupt", { ...s, target: "cell", expect: cell })).toMatchObject({
    events: [],
    abort: { target: "cell", id: cell },
  });
  story.tell({ type: "turn.stopping", why: "interrupt" });
  expect(decided(story, "session/interrupt", s)).toMatchObject({
    events: [],
    result: { target: "turn", id: turn, seq: story.view.seq },
  });
});

test("what waits can be cancelled: an input, a cell", () => {
  const story = new Story().created();
  const input = story.input("a");
  const cell = story.queueCell();
  expect(decided(story, "session/cancel", { ...s, inputId: input }).events).toEqual([
    { type: "input.cancelled", input },
  ]);
  expect(decided(story, "session/cancel", { ...s, cell }).events).toEqual([
    { type: "cell.finished", cell, ok: false, outcome: "cancelled" },
  ]);
});

test("an approval is answered as it was meant, reason and all", () => {
  const story = new Story().created();
  waitingTurn(story);
  const params = { ...s, askId: 8, digest: "of 6", allow: false, reason: "no", scope: "once" as const };
  expect(decided(story, "session/answer", params).events).toEqual([
    { type: "ask.answered", ask: 8, allow: false, reason: "no", scope: "once" },
  ]);
});

test("an answer resumes a suspended turn", () => {
  const story = new Story().created();
  waitingTurn(story);
  story.tell({ type: "turn.suspended", ask: 8 });
  expect(types(decided(story, "session/answer", { ...s, askId: 8, allow: true }))).toEqual([
    "ask.answered",
    "turn.resumed",
  ]);
});

test.for([true, false])("an answer for the session becomes a rule for the tool: %s", (allow) => {
  const story = new Story().created();
  waitingTurn(story);
  const { events } = decided(story, "session/answer", { ...s, askId: 8, allow, scope: "session" });
  expect(events).toMatchObject([{ type: "ask.answered" }, { type: "rule.added", tool: "python", allow }]);
});

test("a line for Python is given, or refused to it, and resumes no turn", () => {
  const story = new Story().created();
  waitingTurn(story);
  story.tell({ type: "turn.suspended", ask: 8 });
  const askId = story.stdin(story.cell());
  expect(types(decided(story, "session/answer", { ...s, askId, value: "" }))).toEqual(["ask.answered"]);
  expect(types(decided(story, "session/answer", { ...s, askId, allow: false }))).toEqual(["ask.answered"]);
});

test("an update records what it names, and the head moves only between turns and cells", () => {
  const story = new Story().created();
  story.tell({ type: "note.added", text: "a" });
  const { events, result } = decided(story, "session/update", {
    ...s,
    opId: "op",
    title: "t",
    mode: "full-auto",
    head: 2,
  });
  expect(events).toEqual([
    { type: "session.updated", title: "t", mode: "full-auto" },
    { type: "head.moved", to: 2, restore: "conversation" },
  ]);
  expect(result).toEqual({ seq: 4 });
});

test("Python is started, stopped and started afresh, one generation after the other", () => {
  const story = new Story().created();
  expect(decided(story, "session/kernel", { ...s, action: "start" })).toEqual({
    events: [{ type: "kernel.starting", generation: 1, runtime: "scripted" }],
    result: { seq: 2 },
  });
  story.python();
  expect(types(decided(story, "session/kernel", { ...s, action: "stop" }))).toEqual(["kernel.stopped"]);
  expect(decided(story, "session/kernel", { ...s, action: "restart" })).toMatchObject({
    events: [
      { type: "kernel.stopped", generation: 1 },
      { type: "kernel.starting", generation: 2 },
    ],
    result: { seq: 5 },
  });
});

test("deleting says so", () => {
  expect(decided(new Story().created(), "session/delete", s)).toEqual({
    events: [{ type: "session.deleted" }],
    result: {},
  });
});

// ---- of its own accord ----------------------------------------------------------------------------------------

const own = (story: Story) => ownMove(story.view, tools);

test("a resting session takes what waits: people before tasks before chores, first come first served", () => {
  const story = new Story().created();
  const low = story.tell({ type: "input.queued", text: "chore", delivery: "queue", priority: "low" }, chores);
  const task = story.input("task", chores);
  const first = story.input("first");
  const second = story.input("second", ben);
  for (const due of [first, second, task, low]) {
    expect(own(story)).toEqual([
      { type: "turn.started", input: due, model: "scripted/m", tools: ["python"] },
      { type: "input.taken", input: due },
    ]);
    story.tellAll(own(story));
    expect(own(story)).toEqual([]);
    story.tell({ type: "turn.ended", outcome: "done" });
  }
  expect(own(story)).toEqual([]);
});

test("a held queue is taken by nobody", () => {
  expect(own(held())).toEqual([]);
});

test("a waiting cell starts Python, then itself, then the next", () => {
  const story = new Story().created();
  const cells = [story.queueCell(), story.queueCell()];
  expect(own(story)).toEqual([{ type: "kernel.starting", generation: 1, runtime: "scripted" }]);
  story.tellAll(own(story));
  expect(own(story)).toEqual([]);
  story.tell({ type: "kernel.started", generation: 1, python: "3" });
  for (const cell of cells) {
    expect(own(story)).toEqual([{ type: "cell.started", cell, generation: 1 }]);
    story.tellAll(own(story));
    expect(own(story)).toEqual([]);
    story.endCell(cell);
  }
});

test("a dead Python is started afresh for the next cell", () => {
  const story = new Story().created();
  story.python();
  story.tell({ type: "kernel.lost", generation: 1, why: "w", lost: [] });
  story.queueCell();
  expect(own(story)).toEqual([{ type: "kernel.starting", generation: 2, runtime: "scripted" }]);
});

test("a person's cell goes before the assistant's that wait, and people's go in their order", () => {
  const story = new Story().created();
  story.turn();
  const call = story.call();
  story.endStep();
  story.tell({ type: "call.started", call });
  story.python();
  const calls = [story.queueCell("a", assistant, call), story.queueCell("b", assistant, call)];
  const people = [story.queueCell("c"), story.queueCell("d", ben)];
  for (const cell of [...people, ...calls]) {
    expect(own(story)).toEqual([{ type: "cell.started", cell, generation: 1 }]);
    story.tellAll(own(story));
    story.endCell(cell);
  }
});

test("a deleted session starts nothing", () => {
  const story = new Story().created();
  story.input("a");
  story.queueCell();
  story.tell({ type: "session.deleted" });
  expect(own(story)).toEqual([]);
});

// ---- any command, any time ------------------------------------------------------------------------------------

const any = fc.constantFrom(0, 1, 2, 3, 5, 8, 13, 21);
const command: fc.Arbitrary<[RuledMethod, object]> = fc.oneof(
  fc
    .record({
      text: fc.constantFrom("", "hi"),
      delivery: fc.constantFrom("queue", "steer", "reject"),
      expectTurn: fc.option(any, { nil: undefined }),
    })
    .map((p): [RuledMethod, object] => ["session/input", p]),
  fc.constant<[RuledMethod, object]>(["session/python", { code: "x" }]),
  fc
    .record({ target: fc.constantFrom("turn", "cell", undefined), expect: fc.option(any, { nil: undefined }) })
    .map((p): [RuledMethod, object] => ["session/interrupt", p]),
  fc
    .oneof(fc.record({ inputId: any }), fc.record({ cell: any }))
    .map((p): [RuledMethod, object] => ["session/cancel", p]),
  fc.constantFrom<[RuledMethod, object]>(
    ["session/resume", {}],
    ["session/update", { head: null }],
    ["session/update", { model: "m" }],
  ),
  fc
    .record({
      askId: any,
      allow: fc.boolean(),
      value: fc.constantFrom("v", undefined),
      scope: fc.constantFrom("once", "session"),
    })
    .map((p): [RuledMethod, object] => ["session/answer", p]),
  fc.constantFrom<[RuledMethod, object]>(
    ["session/kernel", { action: "start" }],
    ["session/kernel", { action: "stop" }],
    ["session/kernel", { action: "restart" }],
  ),
);

test("whatever is asked whenever: refused with a code, or events that can be, and then the session comes to rest", () => {
  fc.assert(
    fc.property(
      walks(60),
      fc.array(fc.tuple(command, fc.constantFrom(ann, ben, chores)), { maxLength: 10 }),
      ({ walk }, commands) => {
        const story = walk();
        for (const [[method, params], by] of commands) {
          let done: Decided;
          try {
            done = decide(story.view, method, { ...s, ...params } as ParamsOf<typeof method>, by, tools);
          } catch (error) {
            expect(errorCodes).toHaveProperty((error as DaimonError).code);
            continue;
          }
          const { seq, inputId, cell } = done.result as { seq: number; inputId?: number; cell?: number };
          const told = done.events.map((event): Recorded => ({ seq: story.tell(event, by), at: 0, v: 1, by, event }));
          const named = (id: number | undefined, type: SessionEvent["type"]) => {
            if (id !== undefined) expect(told.find((recorded) => recorded.seq === id)?.event.type).toBe(type);
          };
          named(inputId, "input.queued");
          named(cell, "cell.queued");
          expect(seq).toBeLessThanOrEqual(story.view.seq);
          let moves = 0;
          for (let move = own(story); move.length > 0; move = own(story)) {
            story.tellAll(move);
            expect(++moves).toBeLessThan(5);
          }
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("every event that a command causes fits the store", () => {
  const words = fc.string({ unit: fc.constantFrom("a", '"', "\u0001", "漢", "😀"), maxLength: 2000, size: "max" });
  fc.assert(
    fc.property(words, fc.array(words, { maxLength: 40, size: "max" }), (text, roots) => {
      const story = new Story().created();
      const attempt = (): SessionEvent[] => {
        try {
          return decided(story, "session/update", { ...s, cwd: text, roots }).events;
        } catch (error) {
          expect((error as DaimonError).code).toBe("too_large");
          return [];
        }
      };
      for (const event of attempt()) {
        const recorded = {
          seq: 2 ** 50,
          at: 2 ** 50,
          v: 1,
          by: { ...ann, name: "\u0001".repeat(80) },
          parent: 2 ** 50,
          turn: 2 ** 50,
          op: "\u0001".repeat(100),
          event,
        };
        expect(Buffer.byteLength(JSON.stringify(recorded))).toBeLessThanOrEqual(sizes.event);
        applyEvent(story.view, recorded);
      }
    }),
    { numRuns: 60 },
  );
});

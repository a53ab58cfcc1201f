import { expect, test } from "vitest";
import { ann, assistant, ben, chores, Story } from "../../../../tests/core/story.ts";
import { decide, type Decided, type Given, ownMove, type RuledMethod } from "./rules.ts";

/** What commands cause when they are not refused, and what a session does of its own accord. */

const tools = { tools: ["python"] };
const s = { sessionId: "s" };

const decided = <M extends RuledMethod>(story: Story, method: M, params: Given<M>, by = ann): Decided =>
  decide(story.view, method, params, by, tools);
const waitingTurn = (story: Story) => {
  story.turn();
  const call = story.call();
  story.endStep();
  story.ask(call);
};

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

test("the newest answer for the session is the one rule that a tool has", () => {
  const story = new Story().created();
  waitingTurn(story);
  for (const tool of ["python", "bash"]) story.tell({ type: "rule.added", rule: `${tool}@1`, tool, allow: true });
  story.tellAll(decided(story, "session/answer", { ...s, askId: 8, allow: false, scope: "session" }).events);
  expect(story.view.rules).toMatchObject([
    { tool: "bash", allow: true },
    { tool: "python", allow: false },
  ]);
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

test("who names a runtime gets that one, in place of the live one or of none", () => {
  const story = new Story().created();
  const other = { ...s, action: "restart", runtime: "other" } as const;
  expect(decided(story, "session/kernel", other).events).toEqual([
    { type: "session.updated", runtime: "other" },
    { type: "kernel.starting", generation: 1, runtime: "other" },
  ]);
  story.python();
  expect(decided(story, "session/kernel", other)).toEqual({
    events: [
      { type: "kernel.stopped", generation: 1, why: "restart" },
      { type: "session.updated", runtime: "other" },
      { type: "kernel.starting", generation: 2, runtime: "other" },
    ],
    result: { seq: story.view.seq + 3 },
  });
  story.endCell(story.cell("x = 1"), ["x"]);
  expect(decided(story, "session/kernel", { ...s, action: "stop" }).events).toEqual([
    { type: "kernel.stopped", generation: 1, why: "stop", lost: ["x"] },
  ]);
  const same = decided(story, "session/kernel", { ...s, action: "restart", runtime: "scripted" });
  expect(types(same)).toEqual(["kernel.stopped", "kernel.starting"]);
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

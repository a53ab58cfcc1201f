import { type BlockText, type SessionEvent, sizes } from "@daimon/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { assistant, Story } from "../../../../tests/core/story.ts";
import { walks } from "../../../../tests/core/walk.ts";
import { endTurn, knownVariables, recover } from "./recover.ts";

const task = { goal: "g", limits: {}, goesOn: true as const };
const textsOf = (story: Story, text = (block: number) => `said in ${block}`): Map<number, BlockText> =>
  new Map(story.view.blocks.map(({ id }) => [id, { text: text(id), omitted: 0 }]));
const recovered = (story: Story, kernel: "gone" | "lives" = "gone", interrupted = false): SessionEvent[] => {
  const events = recover(story.view, textsOf(story), kernel, interrupted);
  story.tellAll(events);
  return events;
};
const types = (events: readonly SessionEvent[]) => events.map(({ type }) => type);

test("wherever a session was cut off: nothing stays open, nothing runs, and asks of calls outlive it", () => {
  const kernels = fc.constantFrom("gone" as const, "lives" as const);
  fc.assert(
    fc.property(walks(120), kernels, fc.boolean(), fc.boolean(), ({ walk }, kernel, interrupted, goesOn) => {
      const story = walk();
      if (goesOn) story.view = { ...story.view, task };
      const before = story.view;
      const asked = before.asks.some(({ call }) => call !== undefined);
      const stopped = interrupted || before.turn.is === "ending";
      const events = recovered(story, kernel, interrupted);
      const { view } = story;
      expect(view.blocks).toEqual([]);
      expect(view.asks.filter(({ cell }) => cell !== undefined)).toEqual([]);
      expect(
        view.kernel.is === "running" || (kernel === "gone" && view.kernel.is !== "none" && view.kernel.is !== "dead"),
      ).toBe(false);
      if (kernel === "gone") expect(view.cells).toEqual([]);
      else expect(view.cells).toEqual(before.cells.filter(({ call }) => call === undefined));
      expect(story.calls.filter(({ state }) => state === "started")).toEqual([]);
      expect(events.filter(({ type }) => type === "call.started" || type === "step.started")).toEqual([]);
      if (before.turn.is === "idle" || stopped) expect(view.turn.is).toBe("idle");
      else if (asked) expect(view.turn.is).toBe("suspended");
      else if (goesOn) expect(["thinking", "calling"]).toContain(view.turn.is);
      else expect(events.at(-1)).toMatchObject({ type: "turn.ended", outcome: "interrupted" });
      expect(view.asks).toEqual(stopped ? [] : before.asks.filter(({ call }) => call !== undefined));
      // Said once, it is all said.
      expect(recover(view, new Map(), kernel)).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test("words that were cut off keep what there is of them, and say so", () => {
  const story = new Story().created();
  story.turn();
  const block = story.tell({ type: "text.opened" });
  expect(recovered(story)).toEqual([
    { type: "text.closed", block, text: `said in ${block}`, cut: true },
    // Nobody knows what it used.
    { type: "step.ended", step: block - 1, stop: "cut", model: "scripted/m" },
    { type: "turn.ended", outcome: "interrupted", reason: "daimon was cut off" },
  ]);
  expect(story.view.usage).toEqual({ input: 0, output: 0, cost: 0, unpriced: true });
});

test("words of which nothing was saved are closed too", () => {
  const story = new Story().created();
  story.turn();
  const block = story.tell({ type: "thinking.opened" });
  expect(recover(story.view, new Map(), "gone")[0]).toEqual({ type: "thinking.closed", block, text: "", cut: true });
});

test("a running cell ends as unknown, its output kept, its question expired, its Python lost", () => {
  const story = new Story().created();
  const cell = story.cell();
  const block = story.tell({ type: "cell.opened", cell, stream: "stdout" });
  const ask = story.stdin(cell);
  story.queueCell();
  expect(recovered(story)).toMatchObject([
    { type: "cell.closed", block, text: `said in ${block}`, cut: true },
    { type: "ask.expired", ask },
    { type: "cell.finished", cell, ok: false, outcome: "unknown" },
    { type: "cell.finished", ok: false, outcome: "cancelled", note: "its Python was gone before it could run" },
    { type: "kernel.lost", generation: 1 },
  ]);
});

test("long output that was cut off keeps its first and last part and how much is missing", () => {
  const story = new Story().created();
  const cell = story.cell();
  const block = story.tell({ type: "cell.opened", cell, stream: "stderr" });
  const text = { text: "a".repeat(2 * sizes.halfBlock), omitted: 1000 };
  expect(recover(story.view, new Map([[block, text]]), "gone")[0]).toMatchObject({
    type: "cell.closed",
    omitted: 1000,
    cut: true,
  });
});

test("a lost Python names the variables that are known to be lost with it, each once", () => {
  const story = new Story().created();
  const variable = (name: string) => ({ name, type: "int", preview: "1" });
  for (const names of [
    ["x", "y"],
    ["y", "z"],
  ])
    story.tell({ type: "cell.finished", cell: story.cell(), ok: true, variables: names.map(variable) });
  expect(recovered(story)).toMatchObject([{ type: "kernel.lost", lost: ["x", "y", "z"] }]);
});

test("a Python that was only starting has nothing to lose", () => {
  const story = new Story().created();
  story.tell({ type: "kernel.starting", generation: 1, runtime: "r" });
  expect(types(recovered(story))).toEqual(["kernel.stopped"]);
});

test("where only the store failed, Python and the cells that wait for it stay", () => {
  const story = new Story().created();
  const cell = story.cell();
  const waiting = story.queueCell();
  expect(recovered(story, "lives")).toMatchObject([{ type: "cell.finished", cell, outcome: "unknown" }]);
  expect(story.view).toMatchObject({ kernel: { is: "idle", generation: 1 }, cells: [{ id: waiting }] });
});

function threeCalls(story: Story): [started: number, requested: number, third: number] {
  story.turn();
  const [started, requested, third] = [story.call(), story.call(), story.call()] as const;
  story.endStep();
  story.tell({ type: "call.started", call: started });
  return [started, requested, third];
}

test("a call that had started is unknown, one that had not is not run, and both are said before the turn ends", () => {
  const story = new Story().created();
  const [started, requested, third] = threeCalls(story);
  expect(recovered(story)).toMatchObject([
    { type: "call.finished", call: started, ok: false, outcome: "unknown", progress: { text: "said in 10" } },
    { type: "call.finished", call: requested, ok: false, outcome: "not_run" },
    { type: "call.finished", call: third, ok: false, outcome: "not_run" },
    { type: "turn.ended", outcome: "interrupted" },
  ]);
});

test("while a question to people is open the turn is suspended: only what had started gets a result", () => {
  const story = new Story().created();
  const [started, , third] = threeCalls(story);
  const ask = story.ask(third);
  expect(recovered(story)).toMatchObject([
    { type: "call.finished", call: started, outcome: "unknown" },
    { type: "turn.suspended", ask },
  ]);
  expect(story.calls.map(({ state }) => state)).toEqual(["requested", "asked"]);
});

test("a task that asked to go on is not ended", () => {
  const story = new Story().created({ task });
  const [started] = threeCalls(story);
  expect(recovered(story)).toMatchObject([{ type: "call.finished", call: started, outcome: "unknown" }]);
  expect(story.view.turn.is).toBe("calling");
});

test.for(["a question", "a task that goes on"])("what somebody stopped is ended all the same: %s", (what) => {
  const story = new Story().created(what === "a question" ? {} : { task });
  const [, , third] = threeCalls(story);
  if (what === "a question") story.ask(third);
  story.input("behind it");
  const events = recovered(story, "lives", true);
  expect(types(events).filter((type) => type === "ask.expired")).toHaveLength(what === "a question" ? 1 : 0);
  expect(events.slice(-2)).toMatchObject([
    { type: "turn.ended", outcome: "interrupted", reason: "interrupt" },
    { type: "queue.held", why: "interrupt" },
  ]);
});

test("a restart alone holds no queue", () => {
  const story = new Story().created();
  story.turn();
  story.input("behind it");
  expect(types(recovered(story))).toEqual(["step.ended", "turn.ended"]);
  expect(story.view.held).toBeNull();
});

test("a turn that was ending when all was cut off holds what waits behind it", () => {
  const story = new Story().created();
  story.turn();
  story.input("behind it");
  story.tell({ type: "turn.stopping", why: "interrupt" });
  recovered(story);
  expect(story.view).toMatchObject({ turn: { is: "idle" }, held: "interrupt" });
});

test("a deleted session has nothing to recover", () => {
  const story = new Story().created();
  story.turn();
  story.tell({ type: "session.deleted" });
  expect(recover(story.view, new Map(), "gone")).toEqual([]);
});

test("however a turn is ended, no ask of it stays open and no call without a result", () => {
  fc.assert(
    fc.property(walks(120), ({ walk }) => {
      const story = walk();
      if (story.view.turn.is === "idle") return;
      story.tellAll(endTurn(story.view, textsOf(story), "failed", "why", "interrupted", undefined), assistant);
      expect(story.view.turn).toEqual({ is: "idle" });
      expect(story.view.asks.filter(({ call }) => call !== undefined)).toEqual([]);
      expect(story.view.blocks.filter(({ kind }) => kind !== "stdout" && kind !== "stderr")).toEqual([]);
      expect(story.view.items.at(-1)).toMatchObject({ kind: "ended", outcome: "failed", reason: "why" });
    }),
    { numRuns: 100 },
  );
});

test("what is said to be lost is what was made in this Python, newest last, and not in the one before it", () => {
  const story = new Story().created();
  const make = (...names: string[]) => {
    const variables = names.map((name) => ({ name, type: "int", preview: "1" }));
    story.tell({ type: "cell.finished", cell: story.cell(), ok: true, variables });
  };
  make("gone");
  story.tell({ type: "kernel.stopped", generation: 1, why: "restart" });
  make("x", "y");
  make("x");
  expect(knownVariables(story.view)).toEqual(["y", "x"]);
});

import {
  applyEvent,
  DaimonError,
  type ErrorCode,
  errorCodes,
  type Recorded,
  type SessionEvent,
  sizes,
} from "@daimon/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ann, ben, chores, Story } from "../../../../tests/core/story.ts";
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
  [
    "more input than a view can show waiting",
    (story) => many(6, () => story.input("a".repeat(40 * 1024))),
    "session/input",
    { ...s, text: "a".repeat(40 * 1024) },
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
  ["taking back a rule that is not there", nothing, "rule/revoke", { ...s, rule: "bash@7" }, "not_found"],
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
  [
    "another runtime for a Python that is stopped",
    (story) => story.python(),
    "session/kernel",
    { ...s, action: "stop", runtime: "other" },
    "invalid",
  ],
  [
    "another runtime under a cell",
    (story) => story.cell(),
    "session/kernel",
    { ...s, action: "restart", runtime: "other" },
    "busy",
  ],
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

// ---- any command, any time ------------------------------------------------------------------------------------

const own = (story: Story) => ownMove(story.view, tools);

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
    ["session/kernel", { action: "restart", runtime: "other" }],
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
            done = decide(story.view, method, { ...s, ...params }, by, tools);
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

import { expect, test } from "vitest";
import { call, end, Play, type Said, text } from "../../../../tests/core/play.ts";
import { contextOf } from "./context.ts";
import { type FaultDetails, type FaultKind, ProviderFault } from "./faults.ts";
import type { ModelEvent, StopReason } from "./models.ts";

const fault = (kind: FaultKind, details?: FaultDetails) => new ProviderFault(kind, "acme", "m1", details);
const used = (input: number, output: number): ModelEvent => ({ type: "usage", usage: { input, output } });
const ended = ({ story }: Play) => story.events.at(-1)?.event;
const notices = ({ story }: Play) => story.view.items.flatMap((item) => (item.kind === "notice" ? [item.text] : []));

test("an answer that breaks off stays, marked, and is asked for again; the model does not hear its own half", async () => {
  const play = await new Play().play(
    [text("half"), fault("network", { said: "terminated" })],
    [text("whole"), end("end")],
  );
  expect(play.story.view.items).toMatchObject([
    { kind: "input" },
    { kind: "text", text: "half", cut: true },
    { kind: "notice", text: "acme cannot be reached: terminated; trying again in 1 s" },
    { kind: "text", text: "whole" },
  ]);
  expect(play.asked[1]?.messages).toEqual(play.asked[0]?.messages);
  expect(ended(play)).toEqual({ type: "turn.ended", outcome: "done" });
});

test("a provider that says when to come back is asked then; one that wants too long is told to people", async () => {
  const soon = await new Play().play([fault("rate", { status: 429, retryAfter: 7000 })]);
  expect(soon.waits).toEqual([7000]);
  const late = await new Play().play([fault("rate", { status: 429, retryAfter: 3_600_000 })]);
  expect(late.waits).toEqual([]);
  const reason = "acme wants fewer requests (429); it asks for a wait of 60 minutes";
  expect(ended(late)).toEqual({ type: "turn.ended", outcome: "failed", reason });
});

test("it is tried again five times, each time later, and one good answer starts the count anew", async () => {
  const broken: Said[] = [fault("overloaded")];
  const play = await new Play().play(...Array.from({ length: 6 }, () => broken));
  expect(play.waits).toEqual([1000, 2000, 4000, 8000, 16_000]);
  expect(ended(play)).toMatchObject({ outcome: "failed", reason: "acme is overloaded" });
  const again = await new Play().play(broken, [call("c1"), end("calls")], broken);
  expect(again.waits).toEqual([1000, 1000]);
});

test.each<[FaultKind, RegExp]>([
  ["auth", /does not accept the key \(401\): bad key; run "daimon login acme"/],
  ["payment", /wants to be paid first \(401\)/],
  ["model", /has no model "m1" .*"daimon models" lists/],
  ["invalid", /did not take the request/],
])("what trying again does not change ends the turn with what to do: %s", async (kind, sentence) => {
  const play = await new Play().play([fault(kind, { status: 401, said: "bad key" })]);
  expect(play.waits).toEqual([]);
  expect(ended(play)).toMatchObject({ outcome: "failed", reason: expect.stringMatching(sentence) as string });
});

test("a call that arrived whole before the answer broke off is run, and the model goes on from its result", async () => {
  const play = await new Play().play([text("look"), call("c1"), text("ha"), fault("stalled")]);
  expect({ ran: play.ran, waits: play.waits }).toEqual({ ran: ["c1"], waits: [] });
  expect(play.asked[1]?.messages.slice(1)).toMatchObject([
    { role: "assistant", blocks: [{ text: "look" }, { callId: "c1" }] },
    { role: "tool", callId: "c1" },
  ]);
});

test("an answer without a word is asked for again", async () => {
  const play = await new Play().play([end("end")]);
  expect(notices(play)).toEqual(["the answer of scripted broke off: it said nothing; trying again in 1 s"]);
  expect(ended(play)).toMatchObject({ outcome: "done" });
});

test.each<[StopReason, string, RegExp]>([
  ["refusal", "failed", /refused to answer/],
  ["filter", "failed", /filter held the answer back/],
  ["length", "limited", /say "go on"/],
])("an end that is no answer is said as what it is: %s", async (stop, outcome, sentence) => {
  const play = await new Play().play([text("I"), { type: "end", stop, usage: { input: 1, output: 1 } }]);
  expect(ended(play)).toMatchObject({ outcome, reason: expect.stringMatching(sentence) as string });
});

test("a call whose arguments are no JSON is not run, and the model is told to send it again", async () => {
  const play = await new Play().play([
    { type: "call", callId: "c1", tool: "t", input: null, malformed: '{"a": ' },
    end("calls"),
  ]);
  expect(play.ran).toEqual([]);
  expect(play.asked[1]?.messages.slice(1)).toMatchObject([
    { blocks: [{ callId: "c1", input: { malformed: '{"a": ' } }] },
    { callId: "c1", ok: false, text: expect.stringContaining("no valid JSON") as string },
  ]);
});

test("two calls of one step by the same id each get their own result", async () => {
  const play = await new Play().play([call("c1"), call("c1"), end("calls")]);
  expect(play.asked[1]?.messages.slice(2)).toMatchObject([
    { callId: "c1", text: "result of c1" },
    { callId: "c1-2", text: "result of c1-2" },
  ]);
});

test("what a step cost is what the provider says, else what the price is, else unknown", async () => {
  const says = (cost?: number): Said[] => [
    text("a"),
    { type: "end", stop: "end", usage: { input: 10, output: 10 }, ...(cost === undefined ? {} : { cost }) },
  ];
  const priced = new Play();
  priced.price = 0.25;
  await priced.play(says(0.5));
  await priced.play(says());
  expect(priced.story.view.usage).toEqual({ input: 20, output: 20, cost: 0.75 });
  const unknown = await new Play().play(says());
  expect(unknown.story.view.usage).toEqual({ input: 10, output: 10, cost: 0, unpriced: true });
});

test("a model that talks faster than the disk writes is waited for", async () => {
  const play = await new Play().play([text("x".repeat(60_000)), text("y"), fault("invalid")]);
  expect(play.story.events.slice(0, play.written).at(-1)?.event.type).toBe("text.opened");
});

test.each<[string, Said[], object]>([
  ["a refusal used nothing", [fault("overloaded")], { usage: { input: 0, output: 0 } }],
  ["of an answer that broke off nobody knows", [text("half"), fault("overloaded")], { model: "scripted/m" }],
  ["nor of one that never began and was not refused", [fault("stalled")], { model: "scripted/m" }],
  [
    "what the vendor had said by then counts, its newest word",
    [used(20, 1), text("half"), used(20, 7), fault("broken")],
    { model: "scripted/m", usage: { input: 20, output: 7 }, cost: 0.25 },
  ],
])("a step that was cut counts as what is known of it: %s", async (_, said, spent) => {
  const play = new Play();
  play.price = 0.25;
  await play.play(said);
  const cut = play.story.events.flatMap(({ event }) => (event.type === "step.ended" ? [event] : []))[0];
  const { type: __, step: ___, stop, reason: ____, retryIn: _____, ...rest } = cut!;
  expect({ stop, ...rest }).toEqual({ stop: "cut", ...spent });
});

test("where nobody counts, the cost is unknown, and the length of the conversation is a guess of all of it", async () => {
  const play = await new Play().play([text("x".repeat(4000)), { type: "end", stop: "end" }]);
  expect(play.story.view.usage).toEqual({ input: 0, output: 0, cost: 0, unpriced: true });
  expect(contextOf(play.story.events, play.story.view.head).tokens).toBeGreaterThan(1000);
});

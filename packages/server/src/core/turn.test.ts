import { sizes } from "@daimon/protocol";
import { expect, test } from "vitest";
import { call, end, Play, text } from "../../../../tests/core/play.ts";
import { chores } from "../../../../tests/core/story.ts";
import type { ModelEvent } from "./ports.ts";
import { defaultLimits } from "./rules.ts";

test("a steer is taken between two steps, once the calls have their results, not only when the model rests", async () => {
  const play = new Play();
  play.run = () => void play.story.input("rather left", undefined, "steer");
  await play.play([call("c1"), end("calls")]);
  expect(play.asked[1]?.messages).toMatchObject([
    { role: "user", text: "go" },
    { role: "assistant" },
    { role: "tool", text: "result of c1" },
    { role: "user", text: "rather left" },
  ]);
  expect(play.story.view).toMatchObject({ turn: { is: "idle" }, queue: [] });
});

test("a steer that comes while the last words are said is answered in the same turn", async () => {
  const play = new Play();
  await play.play([text("almost"), () => void play.story.input("rather left", undefined, "steer"), end("end")]);
  expect(play.asked[1]?.messages.at(-1)).toEqual({ role: "user", text: "rather left" });
  expect(play.types.filter((type) => type === "turn.started")).toHaveLength(1);
});

test("what is queued waits for the end of the turn", async () => {
  const play = new Play();
  play.run = () => void play.story.input("later", chores);
  await play.play([call("c1"), end("calls")]);
  expect(play.asked).toHaveLength(2);
  expect(play.story.view.queue).toMatchObject([{ text: "later" }]);
});

test("a call is requested, started and finished in that order, the fact before the effect", async () => {
  const play = new Play();
  const facts: unknown[] = [];
  play.run = () => facts.push(play.types.at(-1), play.written === play.story.view.seq);
  await play.play([call("c1"), call("c2"), end("calls")]);
  expect(play.ran).toEqual(["c1", "c2"]);
  expect(facts).toEqual(["call.started", true, "call.started", true]);
  expect(play.types.filter((type) => type.startsWith("call."))).toEqual([
    "call.requested",
    "call.requested",
    "call.started",
    "call.finished",
    "call.started",
    "call.finished",
  ]);
});

test("where policy wants it people are asked first, and the turn rests until they answer", async () => {
  const play = new Play();
  play.verdict = "ask";
  await play.play([call("c1"), end("calls")]);
  expect(play.story.view).toMatchObject({ turn: { is: "waiting" }, asks: [{ kind: "approval", role: "approve" }] });
  expect(play.ran).toEqual([]);
  play.story.tell({ type: "ask.answered", ask: play.story.view.asks[0]?.id ?? 0, allow: true });
  await play.play();
  expect(play.ran).toEqual(["c1"]);
  expect(play.story.view.turn.is).toBe("idle");
});

test.for(["policy", "people"])("what %s forbid is not run, and the model is told", async (who) => {
  const play = new Play();
  play.verdict = who === "policy" ? "deny" : "ask";
  await play.play([call("c1"), end("calls")]);
  if (who === "people") {
    play.story.tell({
      type: "ask.answered",
      ask: play.story.view.asks[0]?.id ?? 0,
      allow: false,
      reason: "not this one",
    });
    await play.play();
  }
  expect(play.ran).toEqual([]);
  const result = play.asked.at(-1)?.messages.at(-1);
  expect(result).toMatchObject({
    role: "tool",
    ok: false,
    text: expect.stringContaining(who === "policy" ? "no" : "not this one") as string,
  });
});

test("an approval does not outlive the policy that asked for it", async () => {
  const play = new Play();
  play.verdict = "ask";
  await play.play([call("c1"), end("calls")]);
  play.story.tell({ type: "ask.answered", ask: play.story.view.asks[0]?.id ?? 0, allow: true });
  play.verdict = "deny";
  await play.play();
  expect(play.ran).toEqual([]);
  expect(play.asked[1]?.messages.at(-1)).toMatchObject({ ok: false, text: "Refused: no." });
});

test("a call is not begun when somebody says stop while the disk writes that it begins", async () => {
  const play = new Play();
  play.writing = () => {
    if (play.types.at(-1) === "call.started") play.abort.abort(new Error("stop"));
  };
  await expect(play.play([call("c1"), end("calls")])).rejects.toThrow("stop");
  expect(play.ran).toEqual([]);
});

test.for([true, false])(
  "a call that had started before is run again only if its tool is repeatable: %s",
  async (repeatable) => {
    const play = new Play();
    play.repeatable = repeatable;
    play.story.turn();
    const id = play.story.call("t", "c1");
    play.story.endStep();
    play.story.tell({ type: "call.started", call: id });
    await play.play();
    expect(play.ran).toEqual(repeatable ? ["c1"] : []);
    const item = play.story.view.items.find((one) => one.kind === "call");
    expect(item).toMatchObject(repeatable ? { ok: true } : { ok: false, outcome: "unknown" });
  },
);

test("a limit ends the turn openly and holds what waits behind it", async () => {
  const play = new Play();
  play.limits = { ...defaultLimits, steps: 2 };
  play.run = (id) => void (id === "c1" && play.story.input("behind"));
  await play.play([call("c1"), end("calls")], [call("c2"), end("calls")], [call("c3"), end("calls")]);
  expect(play.ran).toEqual(["c1", "c2"]);
  expect(play.story.view).toMatchObject({ turn: { is: "idle" }, held: "limit", queue: [{ text: "behind" }] });
  expect(play.story.view.items.at(-1)).toMatchObject({ kind: "ended", outcome: "limited" });
});

const spending = (tokens: number, cost?: number): ModelEvent => ({
  type: "end",
  stop: "calls",
  usage: { input: tokens - 1, output: 1 },
  ...(cost === undefined ? {} : { cost }),
});

test.for([
  { limit: { tokens: 200 }, step: spending(100), steps: 2, said: "200 tokens" },
  { limit: { cost: 0.5 }, step: spending(1, 0.25), steps: 2, said: "0.5 dollars" },
  // Somebody who allows no money may still use what is free.
  { limit: { cost: 0 }, step: spending(1, 0.01), steps: 1, said: "0 dollars" },
  { limit: { cost: 0 }, step: spending(1, 0), steps: 4, said: undefined },
])("a turn ends openly at a limit of $limit, and not before", async ({ limit, step, steps, said }) => {
  const play = new Play();
  play.limits = { ...defaultLimits, ...limit };
  const calls = ["c1", "c2", "c3"];
  await play.play(...calls.map((id) => [call(id), step]));
  expect(play.asked).toHaveLength(steps);
  const ends = play.story.events.flatMap(({ event }) => (event.type === "turn.ended" ? [event] : []));
  expect(ends).toMatchObject([
    said === undefined ? { outcome: "done" } : { outcome: "limited", reason: expect.stringContaining(said) as string },
  ]);
  expect(play.story.calls).toEqual([]);
});

test("a stream that keeps stopping without an end fails the turn with its reason", async () => {
  const play = await new Play().play(...Array.from({ length: 6 }, () => [text("half")]));
  expect(play.story.view.turn.is).toBe("idle");
  expect(play.story.view.items.at(-1)).toMatchObject({ kind: "ended", outcome: "failed" });
});

test("a tool that nobody has is news for the model, and the turn goes on", async () => {
  const play = await new Play().play([call("c1", "nobody's"), end("calls")]);
  expect(play.asked[1]?.messages.at(-1)).toMatchObject({ role: "tool", ok: false });
  expect(play.story.view.turn.is).toBe("idle");
});

test("what a call says on its way is kept whole, though an event holds only its first and last part", async () => {
  const play = new Play();
  play.progress = { text: `first${"x".repeat(90_000)}last`, omitted: 0 };
  await play.play([call("c1"), end("calls")]);
  const item = play.story.view.items.find(({ kind }) => kind === "call");
  const said = item?.kind === "call" ? item.progress : undefined;
  expect(said?.text).toMatch(/^first.*characters left out.*last$/s);
  expect(said?.whole?.bytes).toBe("working".length);
});

test("a call with an endless id fails its turn openly", async () => {
  const play = await new Play().play([call("c".repeat(1000)), end("calls")]);
  const reason = "the model gave a call an id of 1000 characters";
  expect(play.story.events.at(-1)?.event).toEqual({ type: "turn.ended", outcome: "failed", reason });
});

test("whatever a model, a tool or a provider says, every event fits the store", async () => {
  const long = "\u0001".repeat(200_000);
  const play = new Play();
  play.said = long;
  play.progress = { text: "a".repeat(90_000), omitted: 0 };
  play.run = (id) => {
    if (id === "c2") throw new Error(long);
  };
  const big: ModelEvent = { type: "call", callId: "c3", tool: long, input: { long } };
  await play.play(
    [call("c1"), call("c2"), big, end("calls")],
    [{ type: "end", stop: "end", usage: { input: 1, output: 1 } }],
  );
  const failing = new Play();
  failing.failure = long;
  await failing.play();
  for (const recorded of [...play.story.events, ...failing.story.events])
    expect(Buffer.byteLength(JSON.stringify(recorded))).toBeLessThanOrEqual(sizes.event);
  expect(play.types.filter((type) => type === "call.finished")).toHaveLength(3);
});

test("where the money of the day is spent the model is not asked, and what to do is said", async () => {
  const play = new Play();
  play.overBudget = "nothing is left for today; raise it";
  await play.play();
  expect(play.asked).toEqual([]);
  expect(play.story.events.at(-1)?.event).toEqual({ type: "turn.ended", outcome: "limited", reason: play.overBudget });
});

test("a result of 50 KiB reaches the model whole; words said on the way get the room beside it, and are kept whole", async () => {
  const long = "0123456789\n".repeat(4200);
  const play = new Play();
  play.verdict = "allow";
  play.said = long;
  play.progress = { text: long, omitted: 0 };
  await play.play([call("c"), end("calls")]);
  const item = play.story.view.items.find(({ kind }) => kind === "call");
  expect(item).toMatchObject({ value: { text: `result of c${long}` } });
  expect(item?.kind === "call" && item.progress).toMatchObject({
    text: expect.stringContaining("characters left out"),
    whole: { bytes: expect.any(Number) },
  });
});

import { expect, test } from "vitest";
import { call, end, Play, type Said, text } from "../../../../tests/core/play.ts";
import { ProviderFault } from "./faults.ts";
import { spentBy } from "./usage.ts";

const overflow = new ProviderFault("overflow", "acme", "m1", { status: 400, said: "too long" });
/** As many tokens as matter here. */
const long = (word: string): Said => text(`${word} `.repeat(300));
const used = (input: number): Said => ({ type: "end", stop: "end", usage: { input, output: 10 } });
const types = ({ story }: Play) => story.events.map(({ event }) => event.type);

test("before the window is full what came long ago is summarised, and the newest words stay as they are", async () => {
  const play = new Play();
  play.window = 1000;
  await play.play([long("one"), used(300)]);
  await play.play([long("two"), used(900)]);
  await play.play([text("they counted"), used(50)], [text("three"), used(90)]);
  const [, , asksSummary, asksOn] = play.asked;
  expect(asksSummary).toMatchObject({ tools: [], messages: [{ role: "user" }] });
  expect(asksSummary?.messages[0]).toMatchObject({
    text: expect.stringMatching(/left out.*\n\n\[Assistant\]: two two/s) as string,
  });
  expect(asksOn?.messages[0]).toEqual({ role: "user", text: "[summary of what came before] they counted" });
  expect(asksOn?.messages.at(-1)).toEqual({ role: "user", text: "go" });
  expect(play.story.view.usage).toMatchObject({ input: 1340 });
  // The summary is paid for like an answer.
  expect(play.story.events.flatMap(spentBy).map(({ usage }) => usage?.input)).toEqual([300, 900, 50, 90]);
});

test("where nobody knows the window nothing is summarised until the provider says that it is too long, and then once", async () => {
  const play = new Play();
  await play.play([long("one"), used(300)]);
  await play.play([overflow], [text("they counted"), used(50)], [text("two"), used(60)]);
  expect(types(play).slice(-8)).toEqual([
    "step.started",
    "context.compacted",
    "step.ended",
    "step.started",
    "text.opened",
    "text.closed",
    "step.ended",
    "turn.ended",
  ]);
  expect(play.waits).toEqual([]);
  await play.play([overflow], [text("shorter"), used(50)], [overflow]);
  expect(play.story.events.at(-1)?.event).toMatchObject({
    type: "turn.ended",
    outcome: "failed",
    reason: expect.stringMatching(
      /^the conversation is longer than acme\/m1 takes \(400\): too long; give it less at once .*, or take a model that takes more$/,
    ) as string,
  });
});

test("a conversation is shortened once for a step, though more of it could be", async () => {
  const play = new Play();
  for (let turn = 1; turn <= 8; turn++) await play.play([text("word ".repeat(80)), used(turn * 100)]);
  await play.play([overflow], [text("they counted"), used(50)], [overflow], [text("shorter"), used(50)]);
  expect(types(play).filter((type) => type === "context.compacted")).toHaveLength(1);
  expect(play.story.events.at(-1)?.event).toMatchObject({ type: "turn.ended", outcome: "failed" });
});

test("of what is summarised the newest message is told whole, however long", async () => {
  const play = new Play();
  play.window = 1000;
  const words = "word ".repeat(1000);
  await play.play([text(words), used(990)]);
  await play.play([text("they counted"), used(50)], [text("two"), used(60)]);
  expect(play.asked[1]?.messages[0]).toMatchObject({ text: expect.stringContaining(words.trim()) as string });
});

test.each<[string, Said[]]>([
  ["fails", [new ProviderFault("server", "acme", "m1")]],
  ["says nothing", [used(10)]],
])("a summary that cannot be had holds nobody up: the model %s", async (_, said) => {
  const play = new Play();
  play.window = 1000;
  await play.play([long("one"), used(300)]);
  await play.play([long("two"), used(990)]);
  await play.play(said, [text("three"), used(10)]);
  expect(play.story.events.at(-1)?.event).toEqual({ type: "turn.ended", outcome: "done" });
  expect(types(play)).not.toContain("context.compacted");
});

test("a call made for the third time in a row is not run again, and the model is told", async () => {
  const play = new Play();
  play.repeats["c3"] = 3;
  await play.play([call("c3"), end("calls")]);
  expect(play.ran).toEqual([]);
  expect(play.asked[1]?.messages.at(-1)).toMatchObject({
    ok: false,
    text: expect.stringContaining("3 times in a row") as string,
  });
});

test("a model that goes on with the same call is stopped, openly", async () => {
  const play = new Play();
  play.repeats["c6"] = 6;
  await play.play([call("c6"), end("calls")]);
  expect(play.story.events.at(-1)?.event).toMatchObject({
    type: "turn.ended",
    outcome: "limited",
    reason: expect.stringContaining("same call (t) 6 times in a row") as string,
  });
});

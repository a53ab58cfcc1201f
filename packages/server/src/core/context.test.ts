import fc from "fast-check";
import { expect, test } from "vitest";
import { assistant, ben, Story } from "../../../../tests/core/story.ts";
import { walks } from "../../../../tests/core/walk.ts";
import { planOf } from "./compaction.ts";
import { Context, contextOf, type Drawn } from "./context.ts";
import { materialise } from "./materialise.ts";
import type { Blobs } from "./ports.ts";

const contextNow = ({ events, view }: Story): Drawn[] => contextOf(events, view.head).messages;
/** As a session grows its context: event by event, read anew only when the head moved. */
class Grown {
  #context = new Context();
  #seen = 0;

  messages(story: Story): Drawn[] {
    for (const recorded of story.events.slice(this.#seen)) {
      if (recorded.event.type === "head.moved")
        this.#context = contextOf(story.events.slice(0, recorded.seq), recorded.event.to);
      else this.#context.add(recorded);
    }
    this.#seen = story.events.length;
    return structuredClone(this.#context.messages);
  }
}

/** Whether a request may be made now: all calls have results. */
const mayAsk = (story: Story) => story.view.turn.is === "thinking" && story.calls.length === 0;

test("what the model is sent only grows at its end, until the head moves", () => {
  fc.assert(
    fc.property(walks(150), ({ walk }) => {
      const grown = new Grown();
      let last: Drawn[] = [];
      walk((name, story) => {
        const messages = grown.messages(story);
        if (name === "move head") last = [];
        if (name !== "step" || !mayAsk(story)) return;
        expect(messages.slice(0, last.length)).toEqual(last);
        last = messages;
      });
    }),
    { numRuns: 150 },
  );
});

test("read anew from the log it is what it had grown to", () => {
  fc.assert(
    fc.property(walks(150), ({ walk }) => {
      const grown = new Grown();
      walk((name, story) => {
        const messages = grown.messages(story);
        if (name === "step" && mayAsk(story)) expect(contextNow(story)).toEqual(messages);
      });
    }),
    { numRuns: 150 },
  );
});

test("every call the model sees has its result right behind the words of its step, once", () => {
  fc.assert(
    fc.property(walks(150), ({ walk }) => {
      walk((name, story) => {
        if (name !== "step" || !mayAsk(story)) return;
        let due: string[] = [];
        for (const message of contextNow(story)) {
          if (message.role === "tool") {
            expect(due).toContain(message.callId);
            due = due.filter((callId) => callId !== message.callId);
            continue;
          }
          if (message.role === "user") expect(due).toEqual([]);
          if (message.role === "assistant")
            due.push(...message.blocks.flatMap((block) => (block.kind === "call" ? [block.callId] : [])));
        }
        expect(due).toEqual([]);
      });
    }),
    { numRuns: 150 },
  );
});

test("a cell that fell between a call and its results comes after them", () => {
  const story = new Story().created();
  story.turn("look");
  const [first, second] = [story.call("a", "c1"), story.call("b", "c2")];
  story.endStep();
  for (const call of [first, second]) story.tell({ type: "call.started", call }, assistant);
  story.finish(first, "one");
  story.endCell(story.cell("x = 1", ben));
  story.finish(second, "two");
  expect(contextNow(story)).toMatchObject([
    { role: "user", text: "look" },
    { role: "assistant", blocks: [{ callId: "c1" }, { callId: "c2" }] },
    { role: "tool", callId: "c1", text: "one" },
    { role: "tool", callId: "c2", text: "two" },
    { role: "user", text: expect.stringContaining("x = 1") as string },
  ]);
});

test("a cell that fell into what the model said comes after it: words, thinking and calls of a step stay together", () => {
  const story = new Story().created();
  story.turn("look");
  story.text("let me");
  story.endCell(story.cell("x = 1", ben));
  const call = story.call("a", "c1");
  story.endCell(story.cell("y = 1", ben));
  story.endStep();
  story.tell({ type: "call.started", call }, assistant);
  story.finish(call, "one");
  expect(contextNow(story)).toMatchObject([
    { role: "user", text: "look" },
    { role: "assistant", blocks: [{ text: "let me" }, { callId: "c1" }] },
    { role: "tool", callId: "c1", text: "one" },
    { role: "user", text: expect.stringContaining("x = 1") as string },
    { role: "user", text: expect.stringContaining("y = 1") as string },
  ]);
});

test("a step that is tried again, and the turn after one that was cut, hear of what people did meanwhile", () => {
  const story = new Story().created();
  story.turn("go");
  story.text("half", true);
  story.endCell(story.cell("x = 1", ben));
  story.tell({ type: "step.started", model: "m" });
  const ran = { role: "user", text: expect.stringContaining("x = 1") as string };
  expect(contextNow(story)).toMatchObject([{ text: "go" }, ran]);
  story.endCell(story.cell("y = 1", ben));
  story.text("half a", true);
  story.tell({ type: "turn.ended", outcome: "failed", reason: "no" });
  expect(contextNow(story)).toMatchObject([
    { text: "go" },
    ran,
    { blocks: [{ text: "half a" }] },
    { text: expect.stringContaining("y = 1") as string },
    { text: "[daimon] That turn was failed: no." },
  ]);
});

test("a person's cell is told with who ran it, what it printed and what came of it; the assistant's is its call", () => {
  const story = new Story().created();
  const cell = story.cell("f()", ben);
  story.print(cell, "out\n");
  story.tell({
    type: "cell.finished",
    cell,
    ok: false,
    outcome: "interrupted",
    result: { text: "42" },
    error: { name: "E", message: "m", traceback: "tb" },
  });
  story.turn();
  const call = story.call();
  story.endStep();
  story.tell({ type: "call.started", call });
  story.endCell(story.cell("secret", assistant, call));
  expect(contextNow(story)[0]).toEqual({
    role: "user",
    text: `[py] ben ran cell ${cell}:\nf()\n[output]\nout\n[result]\n42\n[error]\ntb\n[interrupted]`,
  });
  expect(JSON.stringify(contextNow(story))).not.toContain("secret");
});

test("a step that was tried again leaves its cut words out; a turn that ended with them keeps them", () => {
  const story = new Story().created();
  story.turn("go");
  story.text("half a", true);
  story.tell({ type: "step.started", model: "m" });
  story.text("whole");
  story.text("half b", true);
  story.tell({ type: "turn.ended", outcome: "interrupted", reason: "stop" });
  expect(contextNow(story)).toEqual([
    { role: "user", text: "go" },
    {
      role: "assistant",
      blocks: [
        { kind: "text", text: "whole" },
        { kind: "text", text: "half b" },
      ],
    },
    { role: "user", text: "[daimon] That turn was interrupted: stop." },
  ]);
});

test("a conversation that goes on from an earlier place knows nothing of what came after it", () => {
  const story = new Story().created();
  story.turn("one");
  story.text("1");
  story.endStep();
  story.tell({ type: "turn.ended", outcome: "done" });
  const fork = story.view.head;
  story.turn("two");
  story.tell({ type: "turn.ended", outcome: "failed", reason: "two" });
  story.endCell(story.cell("two"));
  story.tell({ type: "kernel.lost", generation: 1, why: "two", lost: [] });
  story.tell({ type: "head.moved", to: fork, restore: "conversation" });
  story.turn("three");
  expect(contextNow(story)).toEqual([
    { role: "user", text: "one" },
    { role: "assistant", blocks: [{ kind: "text", text: "1" }] },
    { role: "user", text: "three" },
  ]);
});

test("going back to a call without its result: the model hears what is said next, and no call without a result", () => {
  const story = new Story().created();
  story.turn("one");
  story.text("let me see");
  const call = story.call();
  story.endStep();
  story.tell({ type: "call.started", call });
  story.finish(call);
  story.tell({ type: "turn.ended", outcome: "done" });
  story.tell({ type: "head.moved", to: call, restore: "conversation" });
  story.turn("two");
  expect(contextNow(story)).toEqual([
    { role: "user", text: "one" },
    { role: "assistant", blocks: [{ kind: "text", text: "let me see" }] },
    { role: "user", text: "two" },
  ]);
});

test("a context that is read while calls run goes on with their results", () => {
  const story = new Story().created();
  story.turn("one");
  const [first, second] = [story.call("a", "c1"), story.call("b", "c2")];
  story.endStep();
  for (const call of [first, second]) story.tell({ type: "call.started", call });
  const context = contextOf(story.events, story.view.head);
  const seen = story.events.length;
  for (const call of [first, second]) story.finish(call);
  for (const recorded of story.events.slice(seen)) context.add(recorded);
  expect(context.messages).toEqual(contextNow(story));
  expect(context.messages).toHaveLength(4);
});

test("after a compaction the summary stands for what came before, and the newest messages are as they were", () => {
  const story = new Story().created();
  story.turn("old");
  story.text("yes");
  story.endStep();
  story.tell({ type: "turn.ended", outcome: "done" });
  const plan = planOf(contextOf(story.events, story.view.head), 0);
  expect(plan).toBeUndefined();
  story.turn("new");
  const { old, ...rest } = planOf(contextOf(story.events, story.view.head), 0) ?? { old: [], upTo: 0, from: 0 };
  expect(old).toHaveLength(2);
  story.tell({ type: "context.compacted", text: "they met", ...rest });
  expect(contextNow(story)).toEqual([
    { role: "user", text: "[summary of what came before] they met" },
    { role: "user", text: "new" },
  ]);
});

test("wherever a conversation is summarised: no call without its result, and read anew from there it is what it grew to", () => {
  fc.assert(
    fc.property(walks(150), fc.array(fc.integer({ min: 0, max: 3 })), ({ walk }, keeps) => {
      const grown = new Grown();
      let from = 0;
      let steps = 0;
      walk((name, story) => {
        grown.messages(story);
        if (name === "move head") from = 0;
        if (name !== "step" || !mayAsk(story)) return;
        const plan = planOf(contextOf(story.events, story.view.head), 4 * (keeps[steps++ % 7] ?? 1));
        if (plan) {
          const { old, upTo } = plan;
          from = plan.from;
          story.tell({ type: "context.compacted", text: `summary ${upTo} of ${old.length}`, upTo, from });
        }
        const messages = grown.messages(story);
        const anew = contextOf(
          story.events.filter(({ seq }) => seq >= from),
          story.view.head,
        ).messages;
        expect(anew).toEqual(messages);
        const asked = messages.flatMap((message) => (message.role === "assistant" ? message.blocks : []));
        const results = messages.filter(({ role }) => role === "tool");
        expect(results).toHaveLength(asked.filter(({ kind }) => kind === "call").length);
      });
    }),
    { numRuns: 150 },
  );
});

test("what is lost of long words is said, to a model as to people", async () => {
  const blobs = { get: async () => undefined } as unknown as Blobs;
  const whole = { sha256: "a", bytes: 1, type: "text/plain" };
  const messages = await materialise(
    [
      { role: "user", text: "all", whole },
      { role: "assistant", blocks: [{ kind: "call", callId: "c", tool: "t", input: null, whole }] },
    ],
    blobs,
    "m",
  );
  expect(messages).toMatchObject([
    { text: "all\n[daimon] The rest of this is lost." },
    { blocks: [{ input: { lost: "this input" } }] },
  ]);
});

test("long words, and inputs of calls, are sent whole", async () => {
  const kept = new Map([
    ["a", "all of it"],
    ["b", '{"code":"all"}'],
  ]);
  const blobs = { get: async (sha256: string) => new TextEncoder().encode(kept.get(sha256)) } as unknown as Blobs;
  const ref = (sha256: string) => ({ sha256, bytes: 1, type: "text/plain" });
  const messages = await materialise(
    [
      { role: "user", text: "all", whole: ref("a") },
      { role: "assistant", blocks: [{ kind: "call", callId: "c", tool: "t", input: null, whole: ref("b") }] },
    ],
    blobs,
    "m",
  );
  expect(messages).toEqual([
    { role: "user", text: "all of it" },
    { role: "assistant", blocks: [{ kind: "call", callId: "c", tool: "t", input: { code: "all" } }] },
  ]);
});

test("what has to be fetched stands where it was said", async () => {
  const blobs = { get: async () => new TextEncoder().encode("two") } as unknown as Blobs;
  const whole = { sha256: "a", bytes: 3, type: "text/plain" };
  const drawn = ["one", "t", "three"].map((said) => ({ role: "user" as const, text: said }));
  const messages = await materialise([drawn[0]!, { ...drawn[1]!, whole }, drawn[2]!], blobs, "m");
  expect(messages).toMatchObject([{ text: "one" }, { text: "two" }, { text: "three" }]);
});

test("a model that takes no pictures is told of them instead: it would refuse the whole conversation", async () => {
  const blobs = { get: async () => new Uint8Array([1]) } as unknown as Blobs;
  const picture = { sha256: "a".repeat(64), bytes: 1, type: "image/png", name: "shot.png" };
  const said: Drawn[] = [{ role: "user", text: "look", blobs: [picture] }];
  expect(await materialise(said, blobs, "m")).toMatchObject([{ text: "look", images: [{ type: "image/png" }] }]);
  expect(await materialise(said, blobs, "m", false)).toEqual([
    { role: "user", text: "look\n[attached: shot.png, image/png, 1 bytes]" },
  ]);
});

test("a picture in a result is shown to the model behind all results of its step", () => {
  const story = new Story().created();
  story.turn("look");
  const [first, second] = [story.call("read", "one"), story.call("read", "two")];
  story.endStep();
  const picture = { sha256: "a".repeat(64), bytes: 1, type: "image/png" };
  const bundle = { "image/png": picture, "text/html": "<b>", "image/svg+xml": { ...picture, type: "image/svg+xml" } };
  story.tell({ type: "call.finished", call: first, ok: true, value: { text: "a picture", bundle } });
  story.tell({ type: "call.finished", call: second, ok: true, value: { text: "no picture" } });
  expect(contextOf(story.events, story.view.head).messages.slice(-3)).toMatchObject([
    { role: "tool", callId: "one", text: "a picture" },
    { role: "tool", callId: "two" },
    { role: "user", text: "[daimon] What read showed:", blobs: [picture] },
  ]);
});

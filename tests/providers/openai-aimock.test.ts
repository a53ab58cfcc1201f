import { LLMock } from "@copilotkit/aimock";
import { expect, onTestFinished, test } from "vitest";
import { openaiChatProvider } from "../../packages/server/src/providers/openai-chat/index.ts";
import { openaiProvider } from "../../packages/server/src/providers/openai/index.ts";
import { asking, hear, joined } from "./asking.ts";
import { blocksOf } from "./conversation.ts";

/** A second opinion: servers of both languages that we did not write. */

test.for([
  ["openai", openaiProvider],
  ["openai-chat", openaiChatProvider],
] as const)("%s: a turn with a call and its result goes well at a server of somebody else", async ([name, make]) => {
  const mock = new LLMock({ port: 0 });
  // The first that fits answers.
  mock.onToolResult("call_2", { content: "It is 41." });
  mock.onMessage("what is x?", {
    content: "I look.",
    reasoning: "Two calls.",
    toolCalls: [
      { id: "call_1", name: "get_repr", arguments: '{"name":"x"}' },
      { id: "call_2", name: "python", arguments: '{"code":"x"}' },
    ],
  });
  await mock.start();
  onTestFinished(() => mock.stop());
  const provider = make({ name, key: "k", baseURL: `${mock.url}/v1` });
  const question = { role: "user" as const, text: "what is x?" };

  const first = await hear(provider, asking([question]));
  expect(first.fault).toBeUndefined();
  expect(joined(first.events).filter(({ type }) => type !== "thinking.payload")).toMatchObject([
    { type: "thinking", text: "Two calls." },
    { type: "text", text: "I look." },
    { type: "call", callId: "call_1", tool: "get_repr", input: { name: "x" } },
    { type: "call", callId: "call_2", tool: "python", input: { code: "x" } },
    { type: "end", stop: "calls" },
  ]);

  const results = ["call_1", "call_2"].map((callId) => ({
    role: "tool" as const,
    callId,
    tool: "python",
    ok: true,
    text: "41",
  }));
  const second = await hear(
    provider,
    asking([question, { role: "assistant", blocks: blocksOf(first.events) }, ...results]),
  );
  expect(second.fault).toBeUndefined();
  expect(joined(second.events).slice(-2)).toMatchObject([
    { type: "text", text: "It is 41." },
    { type: "end", stop: "end" },
  ]);
});

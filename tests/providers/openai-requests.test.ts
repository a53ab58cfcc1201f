import { expect, test } from "vitest";
import type { ModelRequest } from "../../packages/server/src/core/ports.ts";
import { bodyOf as chatBody } from "../../packages/server/src/providers/openai-chat/request.ts";
import { servers } from "../../packages/server/src/providers/openai-chat/servers.ts";
import { bodyOf } from "../../packages/server/src/providers/openai/request.ts";
import { tools } from "../conformance/vendor.ts";
import { changed, steps } from "./conversation.ts";

const sealed = (id: string) => ({ type: "reasoning", id, summary: [], encrypted_content: `sealed ${id}` });
const stepsOf = (model: string, thinking: string, alone: string) =>
  steps(model, { thinking, alone }) as [ModelRequest, ModelRequest, ModelRequest];
const responses = stepsOf("gpt-6-astra", JSON.stringify(sealed("rs_1")), JSON.stringify(sealed("rs_2")));
const chats = stepsOf("q", "reasoning_content", "reasoning_content");

const call = (id: string, name: string, input: object) => ({ id, name, arguments: JSON.stringify(input) });
const calls = [
  call("call-1", "get_repr", { name: "x" }),
  call("call-2", "python", { code: "x" }),
  call("call-3", "get_repr", { name: "y" }),
] as const;

test("openai: a conversation is sent with its reasoning, and nothing is left at the server", () => {
  const item = ({ id, ...rest }: (typeof calls)[number]) => ({ type: "function_call", call_id: id, ...rest });
  expect(bodyOf(responses[2])).toEqual({
    model: "gpt-6-astra",
    instructions: "Be brief.",
    input: [
      {
        role: "user",
        content: [
          { type: "input_text", text: "What is x?" },
          { type: "input_image", detail: "auto", image_url: "data:image/png;base64,AQID" },
        ],
      },
      sealed("rs_1"),
      { role: "assistant", content: "I look." },
      item(calls[0]),
      item(calls[1]),
      { type: "function_call_output", call_id: "call-1", output: "41" },
      { type: "function_call_output", call_id: "call-2", output: "" },
      { role: "user", content: [{ type: "input_text", text: "And y?" }] },
      sealed("rs_2"),
      item(calls[2]),
      { type: "function_call_output", call_id: "call-3", output: "42" },
    ],
    tools: tools.map(({ name, about, input }) => ({
      type: "function",
      name,
      description: about,
      parameters: input,
      strict: false,
    })),
    stream: true,
    store: false,
    include: ["reasoning.encrypted_content"],
    reasoning: { effort: "medium", summary: "auto" },
    prompt_cache_key: "s-1",
  });
});

test("openai-chat: a conversation is sent with its thinking in the field it came in", () => {
  const made = ({ id, ...rest }: (typeof calls)[number]) => ({ id, type: "function", function: rest });
  expect(chatBody(chats[2], {})).toEqual({
    model: "q",
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is x?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AQID" } },
        ],
      },
      {
        role: "assistant",
        content: "I look.",
        reasoning_content: "Two ways: both.",
        tool_calls: [made(calls[0]), made(calls[1])],
      },
      { role: "tool", tool_call_id: "call-1", content: "41" },
      { role: "tool", tool_call_id: "call-2", content: "" },
      { role: "user", content: "And y?" },
      { role: "assistant", content: null, reasoning_content: "", tool_calls: [made(calls[2])] },
      { role: "tool", tool_call_id: "call-3", content: "42" },
    ],
    tools: tools.map(({ name, about, input }) => ({
      type: "function",
      function: { name, description: about, parameters: input },
    })),
    stream: true,
    stream_options: { include_usage: true },
    reasoning_effort: "medium",
  });
});

test.for([
  ["openai", responses, (request: ModelRequest) => bodyOf(request).input as object[]],
  ["openai-chat", chats, (request: ModelRequest) => chatBody(request, {}).messages],
] as const)(
  "%s: from step to step only the end grows, and another model gets no thinking of the one before",
  ([, requests, said]) => {
    const [one = "", two = "", three = ""] = requests.map((request) => JSON.stringify(said(request)).slice(0, -1));
    expect([two.startsWith(one), three.startsWith(two)]).toEqual([true, true]);
    const other = JSON.stringify(said(changed(requests[2], "another")));
    expect(other).not.toMatch(/reasoning|sealed|both/);
    expect(other).toContain("I look.");
  },
);

test.for<[string, ModelRequest["thinking"], object]>([
  ["gpt-6-astra", "high", { effort: "high", summary: "auto" }],
  ["gpt-6-astra", "off", { effort: "none" }],
  ["gpt-5.1-codex", "off", { effort: "none" }],
  ["gpt-5-mini", "off", { effort: "low", summary: "auto" }],
  ["gpt-5", "low", { effort: "low", summary: "auto" }],
  ["o3", "off", { effort: "low", summary: "auto" }],
])("openai: %s is told to think %s in its own way", ([model, thinking, expected]) => {
  expect(bodyOf({ ...responses[0], model, thinking }).reasoning).toEqual(expected);
});

test.for(["gpt-4.1", "gpt-4o-mini", "ft:gpt-4.1-mini:us::x", "gpt-5-chat-latest", "chatgpt-4o-latest"])(
  "openai: %s, which cannot think, is told nothing of it",
  (model) => {
    const body = bodyOf({ ...responses[0], model, thinking: "high" });
    expect(body).not.toHaveProperty("reasoning");
    expect(body).not.toHaveProperty("include");
  },
);

test("limits and temperature are sent where they are set", () => {
  const limited = { ...chats[0], temperature: 0.2, maxTokens: 500 };
  expect(bodyOf(limited)).toMatchObject({ temperature: 0.2, max_output_tokens: 500 });
  expect(chatBody(limited, {})).toMatchObject({ temperature: 0.2, max_tokens: 500 });
  expect(chatBody(limited, { maxTokensField: "max_completion_tokens" })).toMatchObject({ max_completion_tokens: 500 });
  expect(chatBody(limited, { maxTokensField: "max_completion_tokens" })).not.toHaveProperty("max_tokens");
});

test("openai-chat: what a server wants in its own way it gets in its own way", () => {
  const openrouter = chatBody(chats[0], servers.openrouter);
  expect(openrouter).toMatchObject({ reasoning: { effort: "medium" }, usage: { include: true } });
  expect(openrouter).not.toHaveProperty("reasoning_effort");
  const shy = chatBody(chats[0], { thinking: "never", tools: false });
  for (const field of ["reasoning", "reasoning_effort", "tools", "usage"]) expect(shy).not.toHaveProperty(field);
  expect(chatBody({ ...chats[0], thinking: "off" }, {})).not.toHaveProperty("reasoning_effort");
});

test("reasoning that led to nothing, and what another adapter kept, is left out", () => {
  const payload = JSON.stringify(sealed("rs_9"));
  const thought = { kind: "thinking" as const, text: "Hm." };
  const said = { kind: "text" as const, text: "Well." };
  const input = (...blocks: Extract<ModelRequest["messages"][number], { role: "assistant" }>["blocks"]) =>
    bodyOf({ ...responses[0], messages: [{ role: "assistant", blocks }] }).input;
  expect(input({ ...thought, payload })).toEqual([]);
  expect(input({ ...thought, payload }, said)).toEqual([sealed("rs_9"), { role: "assistant", content: "Well." }]);
  expect(input(thought, { ...thought, payload: "reasoning_content" }, said)).toEqual([
    { role: "assistant", content: "Well." },
  ]);
  const blocks = [{ ...thought, payload }];
  expect(chatBody({ ...chats[0], messages: [{ role: "assistant", blocks }] }, {}).messages).toHaveLength(1);
  expect(
    chatBody({ ...chats[0], messages: [{ role: "assistant", blocks: [...blocks, said] }] }, {}).messages.slice(1),
  ).toEqual([{ role: "assistant", content: "Well." }]);
});

test("a text longer than a block of the log is one text, and what something stands between are paragraphs", () => {
  const blocks = [
    { kind: "text" as const, text: "A long " },
    { kind: "text" as const, text: "text." },
    { kind: "thinking" as const, text: "Hm." },
    { kind: "text" as const, text: "Another." },
  ];
  const messages = [{ role: "assistant" as const, blocks }];
  expect(bodyOf({ ...responses[0], messages }).input).toEqual(
    ["A long text.", "Another."].map((content) => ({ role: "assistant", content })),
  );
  expect(chatBody({ ...chats[0], messages }, {}).messages.slice(1)).toEqual([
    { role: "assistant", content: "A long text.\n\nAnother." },
  ]);
});

test("what the servers refuse to take is put so that they take it", () => {
  const callId = `fc|${"x".repeat(90)}-1`;
  const messages: ModelRequest["messages"] = [
    { role: "user", text: "look", images: [{ type: "image/bmp", bytes: new Uint8Array(1) }] },
    { role: "assistant", blocks: [{ kind: "call", callId, tool: "a.b", input: {} }] },
    { role: "tool", callId, tool: "a.b", ok: true, text: "done" },
  ];
  const short = callId.slice(-40);
  const note = "[an image of type image/bmp, which cannot be shown here]";
  expect(bodyOf({ ...responses[0], messages }).input).toMatchObject([
    { content: [{ type: "input_text" }, { type: "input_text", text: note }] },
    { call_id: short, name: "a_b" },
    { call_id: short },
  ]);
  expect(chatBody({ ...chats[0], messages }, {}).messages.slice(1)).toMatchObject([
    { content: [{ type: "text" }, { type: "text", text: note }] },
    { tool_calls: [{ id: short, function: { name: "a_b" } }] },
    { tool_call_id: short },
  ]);
});

import { expect, test } from "vitest";
import type { ModelEvent } from "../../packages/server/src/core/ports.ts";
import { openaiChatProvider, servers } from "../../packages/server/src/providers/openai-chat/index.ts";
import { vendorSuite } from "../conformance/vendor.ts";
import { asking, hear, joined, vendorOf } from "./asking.ts";
import { callPiece, chat, chatWire, counted, type Ending, piece, someUsage, words } from "./chat.ts";
import { blocksOf } from "./conversation.ts";
import { failing, json, type Script, sse, streaming } from "./server.ts";

vendorSuite("openai-chat", chatWire);

async function place(script: Script) {
  const vendor = await vendorOf(script);
  return { vendor, provider: openaiChatProvider({ name: "mine", baseURL: `${vendor.url}/v1` }) };
}
async function answered(said: readonly object[], ending?: Ending): Promise<ModelEvent[]> {
  const { provider } = await place([streaming(chat(said, ending))]);
  const { events, fault } = await hear(provider, asking());
  if (fault) throw fault;
  return joined(events);
}
const end = (stop: string, usage: object = { input: 30, output: 12 }) => ({ type: "end", stop, usage });

test("words and calls come as they were given, calls whole", async () => {
  const events = await answered(
    [
      ...words("Let me ", "look — ", "höchstens 😀 kurz."),
      callPiece({ index: 0, id: "call_a", name: "get_repr", args: "" }),
      callPiece({ index: 0, args: '{"ex' }),
      callPiece({ index: 1, id: "call_b", name: "python", args: '{"code":' }),
      callPiece({ index: 0, args: 'pr":"x"}' }),
      callPiece({ index: 1, args: '"y = 1"}' }),
    ],
    { finish: "tool_calls" },
  );
  expect(events).toEqual([
    { type: "text", text: "Let me look — höchstens 😀 kurz." },
    { type: "call", callId: "call_a", tool: "get_repr", input: { expr: "x" } },
    { type: "call", callId: "call_b", tool: "python", input: { code: "y = 1" } },
    end("calls"),
  ]);
});

test("calls of servers that number all of them 0 are told apart by their ids", async () => {
  const calls = ["call_a", "call_b"].map((id) => callPiece({ id, name: "python", args: '{"code":"1"}' }));
  expect((await answered(calls, { finish: "stop" })).map((event) => "callId" in event && event.callId)).toEqual([
    "call_a",
    "call_b",
    false,
  ]);
});

test("calls without ids get some, each its own", async () => {
  const calls = [0, 1].map((index) => callPiece({ index, name: "python", args: "{}" }));
  const ids = (await answered(calls)).flatMap((event) => (event.type === "call" ? [event.callId] : []));
  expect(new Set(ids).size).toBe(2);
  expect(ids).not.toContain("");
});

test("arguments that are no JSON object are shown as what they are", async () => {
  const calls = ['{"code": "x', "[1]", ""].map((args, index) =>
    callPiece({ index, id: `call_${index}`, name: "python", args }),
  );
  expect((await answered(calls, { finish: "tool_calls" })).slice(0, 3)).toEqual([
    { type: "call", callId: "call_0", tool: "python", input: {}, malformed: '{"code": "x' },
    { type: "call", callId: "call_1", tool: "python", input: {}, malformed: "[1]" },
    { type: "call", callId: "call_2", tool: "python", input: {} },
  ]);
});

test("why it stopped is told apart, and a call that was cut short is none", async () => {
  const whole = callPiece({ index: 0, id: "call_a", name: "python", args: '{"code":"1"}' });
  const half = callPiece({ index: 1, id: "call_b", name: "python", args: '{"code":' });
  const empty = callPiece({ index: 2, id: "call_c", name: "python", args: "" });
  const cut = await answered([whole, half, empty], { finish: "length" });
  expect(cut).toEqual([{ type: "call", callId: "call_a", tool: "python", input: { code: "1" } }, end("length")]);
  expect((await answered(words("Well"), { finish: "content_filter" })).at(-1)).toEqual(end("filter"));
  expect(await answered([piece({ refusal: "I will not." })])).toEqual([
    { type: "text", text: "I will not." },
    end("refusal"),
  ]);
  expect((await answered(words("Hi"), { finish: "eos" })).at(-1)).toEqual(end("end"));
});

test.for(["error", "abort"])("an answer that the server ends with '%s' broke off", async (finish) => {
  const { provider } = await place([streaming(chat(words("Well"), { finish }))]);
  const { events, fault } = await hear(provider, asking());
  expect(events).toEqual([{ type: "text", text: "Well" }]);
  expect(fault?.passes).toBe(true);
});

test("an answer that never says why it stopped broke off", async () => {
  const { provider } = await place([
    streaming(chat([...words("Well"), callPiece({ id: "c", name: "python", args: "{}" })], { finish: null })),
  ]);
  const { events, fault } = await hear(provider, asking());
  expect(events).toEqual([{ type: "text", text: "Well" }]);
  expect(fault).toMatchObject({ kind: "broken" });
});

async function replayed(said: readonly object[]): Promise<{ heard: ModelEvent[]; sent: unknown }> {
  const { provider, vendor } = await place(() => streaming(chat(said, { finish: "tool_calls" })));
  const heard = joined((await hear(provider, asking())).events);
  const blocks = blocksOf(heard);
  await hear(provider, asking([{ role: "assistant", blocks }]));
  return { heard, sent: (vendor.requests[1]!.body as { messages: unknown[] }).messages[1] };
}
const calling = callPiece({ id: "call_a", name: "get_repr", args: "{}" });
const called = { tool_calls: [{ id: "call_a", type: "function", function: { name: "get_repr", arguments: "{}" } }] };

test.for(["reasoning_content", "reasoning"])(
  "thinking in the field %s is heard, and goes back in it",
  async (field) => {
    const { heard, sent } = await replayed([
      piece({ [field]: "Hm, " }),
      piece({ [field]: "x." }),
      ...words("I look."),
      calling,
    ]);
    expect(heard.slice(0, 3)).toEqual([
      { type: "thinking", text: "Hm, x." },
      { type: "thinking.payload", payload: field },
      { type: "text", text: "I look." },
    ]);
    expect(sent).toEqual({ role: "assistant", content: "I look.", [field]: "Hm, x.", ...called });
  },
);

test("thinking that comes under both names is heard once", async () => {
  const { heard } = await replayed([piece({ reasoning: "Hm.", reasoning_content: "Hm." }), calling]);
  expect(heard[0]).toEqual({ type: "thinking", text: "Hm." });
});

test("details of thinking are put together and go back as they were", async () => {
  const detail = (rest: object) =>
    piece({ reasoning_details: [{ type: "reasoning.text", index: 0, format: "f", ...rest }] });
  const { heard, sent } = await replayed([
    piece({ reasoning: "Hm, ", reasoning_details: [{ type: "reasoning.text", index: 0, format: "f", text: "Hm, " }] }),
    detail({ text: "x." }),
    detail({ text: null, signature: "signed" }),
    ...words("I look."),
    calling,
    piece({ reasoning_details: [{ type: "reasoning.encrypted", id: "call_a", data: "sealed" }] }),
    piece({ reasoning_details: [{ type: "reasoning.encrypted", id: "call_b", data: "sealed too" }] }),
  ]);
  expect(heard.filter(({ type }) => type === "thinking")).toEqual([{ type: "thinking", text: "Hm, " }]);
  expect(sent).toEqual({
    role: "assistant",
    content: "I look.",
    reasoning_details: [
      { type: "reasoning.text", index: 0, format: "f", text: "Hm, x.", signature: "signed" },
      { type: "reasoning.encrypted", id: "call_a", data: "sealed" },
      { type: "reasoning.encrypted", id: "call_b", data: "sealed too" },
    ],
    ...called,
  });
});

const openai = {
  prompt_tokens: 2_006,
  completion_tokens: 300,
  total_tokens: 2_306,
  prompt_tokens_details: { cached_tokens: 1_920 },
  completion_tokens_details: { reasoning_tokens: 256 },
};
test.for<[string, object | null, object | undefined]>([
  [
    "cached and reasoned tokens are parts of input and output",
    openai,
    { input: 2_006, output: 300, cacheRead: 1_920, reasoning: 256 },
  ],
  [
    "thinking counted beside the completion is output too",
    {
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 170,
      completion_tokens_details: { reasoning_tokens: 50 },
    },
    { input: 100, output: 70, reasoning: 50 },
  ],
  [
    "what the cache took is told",
    {
      prompt_tokens: 500,
      completion_tokens: 10,
      total_tokens: 510,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 480 },
    },
    { input: 500, output: 10, cacheWrite: 480 },
  ],
  ["where a server counts nothing, nobody knows", null, undefined],
  ["nor where it counts nothing but zeros", { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, undefined],
  ["nothing said is nothing", { prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 }, { input: 9, output: 0 }],
  ["counts that are none do not count", { prompt_tokens: -3, completion_tokens: 2.5, total_tokens: null }, undefined],
])("usage: %s", async ([, usage, expected]) => {
  expect((await answered(words("Hi"), { usage })).at(-1)).toEqual({ ...end("end"), usage: expected });
});

test("what the server says it charged is the cost", async () => {
  const { provider } = await place([streaming(chat(words("Hi"), { usage: { ...someUsage, cost: 0.00042 } }))]);
  expect((await hear(provider, asking())).events.at(-1)).toEqual({ ...end("end"), cost: 0.00042 });
});

test("what people run themselves is known to be free; of a server that happens to be on this machine nobody knows who is paid", () => {
  const own = Object.entries(servers).filter(([name, server]) => openaiChatProvider({ name, ...server }).free);
  expect(own.map(([name]) => name)).toEqual(["ollama", "lmstudio", "llamacpp", "vllm"]);
  const baseURL = "http://127.0.0.1:4000/v1";
  expect(openaiChatProvider({ name: "proxy", baseURL }).free).toBeUndefined();
  expect(openaiChatProvider({ name: "mine", baseURL, free: true }).free).toBe(true);
});

test("pieces that say nothing are signs of life", async () => {
  const { provider } = await place([streaming(chat(words("Hi")))]);
  const seen: ModelEvent[] = [];
  for await (const event of provider.stream(asking(), new AbortController().signal)) seen.push(event);
  expect(seen.map(({ type }) => type)).toEqual(["alive", "text", "alive", "usage", "end"]);
});

test("a refusal is repeated in whatever way a server writes it", async () => {
  const refusals = [{ error: 'model "q" not found, try pulling it first' }, { error: { message: "no such model" } }];
  const { provider } = await place([
    ...refusals.map((body) => failing(404, body)),
    { status: 404, headers: { "content-type": "text/plain" }, body: ["404 page not found"] },
  ]);
  const said = [];
  for (let n = 0; n < 3; n++) said.push((await hear(provider, asking())).fault?.message);
  expect(said).toEqual([
    expect.stringContaining('(404): model "q" not found, try pulling it first;'),
    expect.stringContaining("(404): no such model;"),
    expect.stringContaining("(404): 404 page not found;"),
  ]);
});

test("a server that does not stream is understood all the same", async () => {
  const tool_calls = ["a", "b"].map((id) => ({
    type: "function",
    function: { name: "python", arguments: `{"code":"${id}"}` },
  }));
  const message = { role: "assistant", content: "I look.", reasoning_content: "Hm.", tool_calls };
  const { provider } = await place([
    json({
      id: "c",
      object: "chat.completion",
      choices: [{ index: 0, message, finish_reason: "tool_calls" }],
      usage: someUsage,
    }),
    json({ error: { message: "out of memory", code: 500 } }),
  ]);
  expect((await hear(provider, asking())).events).toEqual([
    { type: "thinking", text: "Hm." },
    { type: "thinking.payload", payload: "reasoning_content" },
    { type: "text", text: "I look." },
    { type: "call", callId: expect.any(String), tool: "python", input: { code: "a" } },
    { type: "call", callId: expect.any(String), tool: "python", input: { code: "b" } },
    end("calls"),
  ]);
  expect((await hear(provider, asking())).fault).toMatchObject({
    kind: "server",
    message: expect.stringContaining("out of memory"),
  });
});

test("where nothing listens, people are told what to do", async () => {
  const { provider, vendor } = await place([]);
  await vendor.close();
  expect((await hear(provider, asking())).fault?.message).toContain(
    `nothing answers at ${vendor.url}; start the server there`,
  );
});

test("a server that forgets the mark of the end has ended all the same", async () => {
  const { provider } = await place([streaming(chat(words("Hi")).slice(0, -1))]);
  expect((await hear(provider, asking())).events.at(-1)).toEqual(end("end"));
});

test("trouble within an answer is told by its code", async () => {
  const trouble = { ...counted(null), error: { code: 429, message: "slow down" } };
  const { provider } = await place([streaming([...sse(...words("We")), ...sse(trouble)])]);
  const { events, fault } = await hear(provider, asking());
  expect(events).toEqual([{ type: "text", text: "We" }]);
  expect(fault).toMatchObject({ kind: "rate", message: expect.stringContaining("slow down") });
});

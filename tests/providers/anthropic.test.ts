import { expect, onTestFinished, test, vi } from "vitest";
import type { ModelEvent, ModelRequest } from "../../packages/server/src/core/ports.ts";
import { anthropicProvider } from "../../packages/server/src/providers/anthropic/index.ts";
import { bodyOf } from "../../packages/server/src/providers/anthropic/request.ts";
import { all, isAnswer } from "../conformance/provider.ts";
import { tools, vendorSuite } from "../conformance/vendor.ts";
import { anthropicWire, began, call, ended, text, thinking } from "./anthropic-wire.ts";
import { blocksOf, changed, steps } from "./conversation.ts";
import { failing, type Script, sse, startVendor, streaming } from "./server.ts";

vendorSuite("anthropic", anthropicWire);

const model = "claude-opus-5-5";
const payloads = { thinking: '{"signature":"sig-1"}', alone: '{"redacted":"hidden-1"}' };
const [first, second, third] = steps(model, payloads) as [ModelRequest, ModelRequest, ModelRequest];

async function vendorOf(script: Script) {
  const vendor = await startVendor(script);
  onTestFinished(() => vendor.close());
  return { vendor, provider: anthropicProvider({ name: "anthropic", key: "k-123456", baseURL: vendor.url }) };
}

async function answer(frames: readonly object[], request: ModelRequest = first): Promise<ModelEvent[]> {
  const { provider } = await vendorOf([streaming(sse(...frames))]);
  return all(provider.stream(request, new AbortController().signal));
}

const asked = {
  role: "user",
  content: [
    { type: "image", source: { type: "base64", media_type: "image/png", data: "AQID" } },
    { type: "text", text: "What is x?" },
  ],
};
const looked = [
  { type: "text", text: "I look." },
  { type: "tool_use", id: "call-1", name: "get_repr", input: { name: "x" } },
  { type: "tool_use", id: "call-2", name: "python", input: { code: "x" } },
];
const results = [
  { type: "tool_result", tool_use_id: "call-1", content: "41" },
  { type: "tool_result", tool_use_id: "call-2", is_error: true },
  { type: "text", text: "And y?" },
];
const looksAgain = { type: "tool_use", id: "call-3", name: "get_repr", input: { name: "y" } };
const seen = { role: "user", content: [{ type: "tool_result", tool_use_id: "call-3", content: "42" }] };

test("a conversation is sent as the vendor wants it: thinking as it came, results together, before what people said", () => {
  expect(bodyOf(third)).toEqual({
    model,
    max_tokens: 32_000,
    stream: true,
    cache_control: { type: "ephemeral" },
    thinking: { type: "adaptive", display: "summarized" },
    output_config: { effort: "medium" },
    system: "Be brief.",
    tools: tools.map(({ name, about, input }) => ({ name, description: about, input_schema: input })),
    messages: [
      asked,
      {
        role: "assistant",
        content: [{ type: "thinking", thinking: "Two ways: both.", signature: "sig-1" }, ...looked],
      },
      { role: "user", content: results },
      { role: "assistant", content: [{ type: "redacted_thinking", data: "hidden-1" }, looksAgain] },
      seen,
    ],
  });
});

test("another model gets the conversation without the thinking of the one before", () => {
  const { messages } = bodyOf(changed(third, "claude-sonnet-5-5"));
  expect(messages).toEqual([
    asked,
    { role: "assistant", content: looked },
    { role: "user", content: results },
    { role: "assistant", content: [looksAgain] },
    seen,
  ]);
});

test("from step to step only the end grows, so that the cache holds", () => {
  const [one = "", two = "", three = ""] = [first, second, third].map((request) => {
    const { messages, ...head } = bodyOf(request);
    return JSON.stringify([
      head,
      ...messages.flatMap(({ role, content }) => [content].flat().map((block) => [role, block])),
    ]);
  });
  expect(two.startsWith(one.slice(0, -1))).toBe(true);
  expect(three.startsWith(two.slice(0, -1))).toBe(true);
});

test("thinking goes back to its model as it came, however long it is", async () => {
  const long = "hidden ".repeat(20_000);
  const events = await answer([
    began(),
    ...thinking(0, "sig-9", "Let ", "me see."),
    { type: "content_block_start", index: 1, content_block: { type: "redacted_thinking", data: long } },
    { type: "content_block_stop", index: 1 },
    ...thinking(2, "sig-10"),
    ...text(3, "Here."),
    ...call(4, "toolu_9", "python", "{}"),
    ...ended("tool_use"),
  ]);
  const { messages } = bodyOf({
    ...first,
    messages: [...first.messages, { role: "assistant", blocks: blocksOf(events) }],
  });
  expect(messages[1]).toEqual({
    role: "assistant",
    content: [
      { type: "thinking", thinking: "Let me see.", signature: "sig-9" },
      { type: "redacted_thinking", data: long },
      { type: "thinking", thinking: "", signature: "sig-10" },
      { type: "text", text: "Here." },
      { type: "tool_use", id: "toolu_9", name: "python", input: {} },
    ],
  });
});

test.for<[string, ModelRequest["thinking"], object]>([
  [
    "claude-opus-5-5",
    "high",
    { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "high" } },
  ],
  ["claude-opus-5-5", "off", { thinking: { type: "disabled" } }],
  [
    "claude-sonnet-4-6",
    "low",
    { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "low" } },
  ],
  ["claude-sonnet-5", "off", { thinking: { type: "disabled" } }],
  [
    "claude-fable-5-2",
    "off",
    { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "low" } },
  ],
  ["claude-haiku-4-5-20251001", "low", { thinking: { type: "enabled", budget_tokens: 4096 } }],
  ["claude-opus-4-20250514", "high", { thinking: { type: "enabled", budget_tokens: 24_576 } }],
  ["claude-3-7-sonnet-20250219", "medium", { thinking: { type: "enabled", budget_tokens: 10_240 } }],
  ["claude-haiku-4-5", "off", {}],
  ["someone-elses-model", "medium", { thinking: { type: "enabled", budget_tokens: 10_240 } }],
])("%s is told to think %s in its own way", ([name, level, expected]) => {
  const { thinking: how, output_config } = bodyOf({ ...first, model: name, thinking: level });
  expect({ ...(how ? { thinking: how } : {}), ...(output_config ? { output_config } : {}) }).toEqual(expected);
});

test("a budget leaves room for the answer, and gives way where there is none", () => {
  const budget = (maxTokens: number) => bodyOf({ ...first, model: "claude-haiku-4-5", maxTokens }).thinking;
  expect(budget(5000)).toEqual({ type: "enabled", budget_tokens: 3976 });
  expect(budget(2000)).toBeUndefined();
});

test("what another model began is gone on with without a budget, until people speak again", () => {
  const begun = changed(second, "claude-haiku-4-5");
  expect(bodyOf(begun).thinking).toBeUndefined();
  expect(bodyOf({ ...second, model: "claude-haiku-4-5" }).thinking).toBeDefined();
  expect(bodyOf({ ...begun, messages: [...begun.messages, { role: "user", text: "Well?" }] }).thinking).toBeDefined();
});

test("thinking that nobody signed does not get into the thinking behind it", () => {
  const { messages } = bodyOf({
    ...first,
    messages: [
      ...first.messages,
      {
        role: "assistant",
        blocks: [
          { kind: "thinking", text: "unsigned" },
          { kind: "text", text: "Well." },
          { kind: "thinking", text: "Signed.", payload: '{"signature":"s"}' },
        ],
      },
    ],
  });
  expect(messages[1]?.content).toEqual([
    { type: "text", text: "Well." },
    { type: "thinking", thinking: "Signed.", signature: "s" },
  ]);
});

test("what the vendor refuses to take is put so that it takes it", () => {
  const { messages } = bodyOf({
    ...first,
    messages: [
      { role: "user", text: "look", images: [{ type: "image/bmp", bytes: new Uint8Array(1) }] },
      { role: "assistant", blocks: [{ kind: "thinking", text: "unsigned" }] },
      {
        role: "assistant",
        blocks: [
          { kind: "text", text: " \n" },
          { kind: "call", callId: "fc|1", tool: "a.b", input: {} },
        ],
      },
      { role: "tool", callId: "fc|1", tool: "a.b", ok: true, text: "done" },
    ],
  });
  expect(messages).toEqual([
    {
      role: "user",
      content: [
        { type: "text", text: "[an image of type image/bmp, which cannot be shown here]" },
        { type: "text", text: "look" },
      ],
    },
    { role: "assistant", content: [{ type: "tool_use", id: "fc_1", name: "a_b", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "fc_1", content: "done" }] },
  ]);
});

test("a temperature goes with the last version of the API that knows one", async () => {
  const { vendor, provider } = await vendorOf(() => streaming(anthropicWire.words));
  for (const request of [first, { ...first, temperature: 0.2 }])
    await all(provider.stream(request, new AbortController().signal));
  expect(
    vendor.requests.map(({ body, headers }) => [
      (body as { temperature?: number }).temperature,
      headers["anthropic-version"],
    ]),
  ).toEqual([
    [undefined, "2026-10-21"],
    [0.2, "2023-06-01"],
  ]);
});

test("the cache's part is in the input, and later counts replace earlier ones", async () => {
  // 12 sent now, 2,000 written to the cache, 30,000 read from it; 400 came, of which 150 were thinking.
  const events = await answer([
    began({ input_tokens: 12, cache_creation_input_tokens: 2000, cache_read_input_tokens: 30_000, output_tokens: 3 }),
    ...text(0, "Yes."),
    ...ended("end_turn", {
      input_tokens: null,
      output_tokens: 400,
      cache_read_input_tokens: null,
      output_tokens_details: { thinking_tokens: 150 },
    }),
  ]);
  expect(events.at(-1)).toEqual({
    type: "end",
    stop: "end",
    usage: { input: 32_012, output: 400, cacheRead: 30_000, cacheWrite: 2000, reasoning: 150 },
  });
});

test("a gateway that names none of its frames is understood", async () => {
  const nameless = [began(), ...text(0, "Yes."), ...ended("end_turn")].map((frame) => JSON.stringify(frame));
  const { provider } = await vendorOf([streaming(sse(...nameless))]);
  const events = await all(provider.stream(first, new AbortController().signal));
  expect(events.filter(isAnswer)).toMatchObject([{ text: "Yes." }, { type: "end", stop: "end" }]);
});

test("a ping is a sign of life", async () => {
  const gate = Promise.withResolvers<void>();
  const { provider } = await vendorOf([streaming([...sse(began(), { type: "ping" }), gate.promise])]);
  const stream = provider.stream(first, new AbortController().signal)[Symbol.asyncIterator]();
  expect([await stream.next(), await stream.next()]).toEqual([
    { done: false, value: { type: "usage", usage: { input: 25, output: 1 } } },
    { done: false, value: { type: "alive" } },
  ]);
  await stream.return?.();
  gate.resolve();
});

test("a call in which the model was cut off is not run, even if it had no arguments yet", async () => {
  const cut = await answer([began(), ...call(0, "t1", "python"), ...ended("max_tokens")]);
  expect(cut.filter(({ type }) => type === "call")).toMatchObject([{ malformed: "" }]);
  const whole = await answer([began(), ...call(0, "t1", "python"), ...text(1, "and"), ...ended("max_tokens")]);
  const made = whole.find(({ type }) => type === "call");
  expect(made).toEqual({ type: "call", callId: "t1", tool: "python", input: {} });
});

test("a block that was never finished is a break, and its call is not made", async () => {
  const frames = [began(), ...text(0, "I look."), ...call(1, "t1", "python", "{}").slice(0, -1), ...ended("tool_use")];
  const { provider } = await vendorOf([streaming(sse(...frames))]);
  const heard: ModelEvent[] = [];
  await expect(all(provider.stream(first, new AbortController().signal), heard)).rejects.toMatchObject({
    kind: "broken",
  });
  expect(heard.filter(({ type }) => type === "call")).toEqual([]);
});

test("arguments that a gateway sends at once are read as well", async () => {
  const whole = { type: "tool_use", id: "t1", name: "python", input: { code: "1" } };
  const events = await answer([
    began(),
    { type: "content_block_start", index: 0, content_block: whole },
    { type: "content_block_stop", index: 0 },
    ...ended("tool_use"),
  ]);
  expect(events.find(({ type }) => type === "call")).toMatchObject({ tool: "python", input: { code: "1" } });
});

test("without an address it is the vendor's own that is asked, whatever the environment says", async () => {
  vi.stubEnv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9");
  const askedOf: string[] = [];
  vi.stubGlobal("fetch", (url: string) => {
    askedOf.push(new URL(url).origin);
    return Promise.resolve(Response.json({ type: "error", error: { type: "authentication_error" } }, { status: 401 }));
  });
  onTestFinished(() => void vi.unstubAllEnvs().unstubAllGlobals());
  await expect(anthropicProvider({ name: "anthropic", key: "k" }).models()).rejects.toMatchObject({ kind: "auth" });
  expect(askedOf).toEqual(["https://api.anthropic.com"]);
});

test("failures that pass before the answer begins are not heard of", async () => {
  const soon = { "retry-after-ms": "1" };
  const { vendor, provider } = await vendorOf([
    failing(529, {}, soon),
    failing(500, {}, soon),
    streaming(anthropicWire.words),
  ]);
  expect((await all(provider.stream(first, new AbortController().signal))).at(-1)).toMatchObject({ stop: "end" });
  expect(vendor.requests).toHaveLength(3);
});

test("an interrupt while the SDK waits to ask again ends at once", async () => {
  const { vendor, provider } = await vendorOf(() => failing(529, {}, { "retry-after": "5" }));
  const abort = new AbortController();
  const reading = all(provider.stream(first, abort.signal));
  await (
    await vendor.request(0)
  ).over;
  abort.abort();
  await expect(reading).rejects.toMatchObject({ name: "AbortError" });
  expect(vendor.requests).toHaveLength(1);
});

test("keys and headers in the environment stay there", async () => {
  vi.stubEnv("ANTHROPIC_CUSTOM_HEADERS", "X-Own: secret-1");
  vi.stubEnv("ANTHROPIC_API_KEY", "secret-2");
  vi.stubEnv("ANTHROPIC_AUTH_TOKEN", "secret-3");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { vendor } = await vendorOf([streaming(anthropicWire.words)]);
  const provider = anthropicProvider({ name: "local", baseURL: vendor.url, headers: { "x-api-key": "theirs" } });
  await all(provider.stream(first, new AbortController().signal));
  const { headers } = vendor.requests[0]!;
  expect(JSON.stringify(headers)).not.toContain("secret-");
  expect([headers.authorization, headers["x-api-key"]]).toEqual([undefined, "theirs"]);
});

test("a server that wants no key is sent none, and no profile is looked for", async () => {
  vi.stubEnv("ANTHROPIC_PROFILE", "of-somebody-else");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { vendor } = await vendorOf([streaming(anthropicWire.words)]);
  await all(anthropicProvider({ name: "local", baseURL: vendor.url }).stream(first, new AbortController().signal));
  expect(vendor.requests[0]!.headers.authorization).toBeUndefined();
});

import { expect, onTestFinished, test, vi } from "vitest";
import type { ModelEvent, ModelRequest } from "../../packages/server/src/core/ports.ts";
import { geminiProvider } from "../../packages/server/src/providers/gemini/index.ts";
import { parametersOf } from "../../packages/server/src/providers/gemini/request.ts";
import { all } from "../conformance/provider.ts";
import { tools, vendorSuite } from "../conformance/vendor.ts";
import { blocksOf, changed, steps } from "./conversation.ts";
import { call, error, geminiWire, piece } from "./gemini-wire.ts";
import { failing, type Script, sse, startVendor, streaming } from "./server.ts";

vendorSuite("gemini", geminiWire);

const model = "gemini-3.8-flash";
const payloads = {
  thinking: '{"thoughtSignature":"sig-1","of":"thought"}',
  alone: '{"thoughtSignature":"sig-2","of":"words"}',
  call: "sig-3",
};
const [first, second, third] = steps(model, payloads) as [ModelRequest, ModelRequest, ModelRequest];

async function vendorOf(script: Script) {
  const vendor = await startVendor(script);
  onTestFinished(() => vendor.close());
  return { vendor, provider: geminiProvider({ name: "gemini", key: "k-123456", baseURL: vendor.url }) };
}

async function answer(frames: readonly object[], request: ModelRequest = first): Promise<ModelEvent[]> {
  const { provider } = await vendorOf([streaming(sse(...frames))]);
  return all(provider.stream(request, new AbortController().signal));
}

async function sent(request: ModelRequest): Promise<{ contents: { role: string; parts: object[] }[] }> {
  const { vendor, provider } = await vendorOf([streaming(geminiWire.words)]);
  await all(provider.stream(request, new AbortController().signal));
  return vendor.requests[0]!.body as { contents: { role: string; parts: object[] }[] };
}

const asked = {
  role: "user",
  parts: [{ inlineData: { mimeType: "image/png", data: "AQID" } }, { text: "What is x?" }],
};
const results = [
  { functionResponse: { id: "call-1", name: "get_repr", response: { output: "41" } } },
  { functionResponse: { id: "call-2", name: "python", response: { error: "" } } },
  { text: "And y?" },
];
const seen = {
  role: "user",
  parts: [{ functionResponse: { id: "call-3", name: "get_repr", response: { output: "42" } } }],
};
const callOf = (id: string, name: string, args: object) => ({ functionCall: { id, name, args } });

test("a conversation is sent as the vendor wants it: what it signed as it came, results together, before what people said", async () => {
  expect(await sent(third)).toEqual({
    contents: [
      asked,
      {
        role: "model",
        parts: [
          { text: "Two ways: both.", thought: true, thoughtSignature: "sig-1" },
          { text: "I look." },
          { ...callOf("call-1", "get_repr", { name: "x" }), thoughtSignature: "sig-3" },
          callOf("call-2", "python", { code: "x" }),
        ],
      },
      { role: "user", parts: results },
      {
        role: "model",
        parts: [
          { text: "", thoughtSignature: "sig-2" },
          { ...callOf("call-3", "get_repr", { name: "y" }), thoughtSignature: "sig-3" },
        ],
      },
      seen,
    ],
    systemInstruction: { parts: [{ text: "Be brief." }], role: "user" },
    tools: [
      {
        functionDeclarations: tools.map(({ name, about, input }) => ({
          name,
          description: about,
          parametersJsonSchema: input,
        })),
      },
    ],
    generationConfig: { thinkingConfig: { thinkingLevel: "MEDIUM", includeThoughts: true } },
  });
});

test("what another model said is sent without its thinking, its calls marked as not of this one", async () => {
  const instead = { thoughtSignature: "skip_thought_signature_validator" };
  const { contents } = await sent(changed(third, "gemini-3.1-pro"));
  expect(contents).toEqual([
    asked,
    {
      role: "model",
      parts: [
        { text: "I look." },
        { ...callOf("call-1", "get_repr", { name: "x" }), ...instead },
        callOf("call-2", "python", { code: "x" }),
      ],
    },
    { role: "user", parts: results },
    { role: "model", parts: [{ ...callOf("call-3", "get_repr", { name: "y" }), ...instead }] },
    seen,
  ]);
  expect(JSON.stringify(await sent(changed(third, "gemini-2.5-flash")))).not.toContain("thoughtSignature");
});

test("from step to step only the end grows, so that the cache holds", () => {
  const [one = "", two = "", three = ""] = [first, second, third].map((request) => {
    const { contents, ...head } = parametersOf(request);
    const parts = (contents as { role: string; parts: object[] }[]).flatMap((content) =>
      content.parts.map((part) => [content.role, part]),
    );
    return JSON.stringify([head, ...parts]);
  });
  expect(two.startsWith(one.slice(0, -1))).toBe(true);
  expect(three.startsWith(two.slice(0, -1))).toBe(true);
});

test("what the vendor signed goes back to it as it came, and ids that it did not give stay here", async () => {
  const events = await answer([
    piece([{ text: "Let me see.", thought: true, thoughtSignature: "sig-a" }]),
    piece([{ text: "Here." }]),
    piece([{ text: "", thoughtSignature: "sig-b" }]),
    piece(
      [{ ...call("python", { code: "1" }), thoughtSignature: "sig-c" }, call("get_repr", {}, { id: "fc-1" })],
      "STOP",
    ),
  ]);
  const blocks = blocksOf(events);
  const made = blocks.filter((block) => block.kind === "call");
  const { contents } = await sent({
    ...first,
    messages: [
      ...first.messages,
      { role: "assistant", blocks },
      ...made.map(({ callId, tool }) => ({ role: "tool" as const, callId, tool, ok: true, text: "1" })),
    ],
  });
  expect(contents.slice(1)).toEqual([
    {
      role: "model",
      parts: [
        { text: "Let me see.", thought: true, thoughtSignature: "sig-a" },
        { text: "Here." },
        { text: "", thoughtSignature: "sig-b" },
        { functionCall: { name: "python", args: { code: "1" } }, thoughtSignature: "sig-c" },
        { functionCall: { id: "fc-1", name: "get_repr", args: {} } },
      ],
    },
    {
      role: "user",
      parts: [
        { functionResponse: { name: "python", response: { output: "1" } } },
        { functionResponse: { id: "fc-1", name: "get_repr", response: { output: "1" } } },
      ],
    },
  ]);
});

test("signatures too long for the log's events go back whole all the same", async () => {
  const [ofThought, ofCall] = ["t".repeat(100_000), "c".repeat(60_000)] as const;
  const events = await answer([
    piece([{ text: "Hm.", thought: true, thoughtSignature: ofThought }]),
    piece([{ ...call("python", { code: "1" }, { id: "fc-1" }), thoughtSignature: ofCall }], "STOP"),
  ]);
  for (const event of events) if ("payload" in event) expect(event.payload?.length).toBeLessThan(50_000);
  const { contents } = await sent({
    ...first,
    messages: [...first.messages, { role: "assistant", blocks: blocksOf(events) }],
  });
  expect(contents[1]?.parts).toEqual([
    { text: "Hm.", thought: true, thoughtSignature: ofThought },
    { ...callOf("fc-1", "python", { code: "1" }), thoughtSignature: ofCall },
  ]);
});

test.for<[string, ModelRequest["thinking"], object | undefined]>([
  ["gemini-3.8-flash", "high", { thinkingLevel: "HIGH", includeThoughts: true }],
  ["gemini-3.8-flash", "off", { thinkingLevel: "MINIMAL" }],
  ["gemini-3.1-pro-preview", "off", { thinkingLevel: "LOW" }],
  ["gemini-flash-latest", "low", { thinkingLevel: "LOW", includeThoughts: true }],
  ["gemini-2.5-flash", "medium", { thinkingBudget: 8192, includeThoughts: true }],
  ["gemini-2.5-flash-lite", "off", { thinkingBudget: 0 }],
  ["gemini-2.5-pro", "off", { thinkingBudget: 128 }],
  ["gemini-2.0-flash", "high", undefined],
  ["gemma-3-27b-it", "high", undefined],
])("%s is told to think %s in its own way", ([name, level, expected]) => {
  expect(parametersOf({ ...first, model: name, thinking: level }).config.thinkingConfig).toEqual(expected);
});

test("temperature and the length of an answer are the session's", async () => {
  expect(await sent({ ...first, temperature: 0.2, maxTokens: 500 })).toMatchObject({
    generationConfig: { temperature: 0.2, maxOutputTokens: 500 },
  });
});

test("thinking is in the output, and the cache's part in the input already", async () => {
  // 32,000 sent, of which the cache gave 30,000; 250 said after 150 of thinking.
  const usage = {
    promptTokenCount: 32_000,
    cachedContentTokenCount: 30_000,
    candidatesTokenCount: 250,
    thoughtsTokenCount: 150,
  };
  const events = await answer([
    piece([{ text: "Yes" }], undefined, { promptTokenCount: 32_000, candidatesTokenCount: 1 }),
    piece([{ text: "." }], "STOP", { ...usage, totalTokenCount: 32_400 }),
  ]);
  expect(events.at(-1)).toEqual({
    type: "end",
    stop: "end",
    usage: { input: 32_000, output: 400, cacheRead: 30_000, reasoning: 150 },
  });
});

test.for(["MALFORMED_FUNCTION_CALL", "OTHER"])("a model that gave up (%s) is asked again", async (reason) => {
  await expect(answer([piece([{ text: "Half" }]), piece([], reason)])).rejects.toMatchObject({
    name: "ProviderFault",
    kind: "broken",
    message: expect.stringContaining(reason),
  });
});

test("a bad key is known as one, and a wait is as long as the vendor says in its answer", async () => {
  const { provider } = await vendorOf([
    failing(400, error(400, "API key not valid.", [{ reason: "API_KEY_INVALID" }])),
    failing(
      429,
      error(429, "Quota exceeded.", [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34.5s" }]),
    ),
    failing(500, [error(500, "in a list, as streams have it")]),
  ]);
  const ask = () => all(provider.stream(first, new AbortController().signal));
  await expect(ask()).rejects.toMatchObject({ kind: "auth" });
  await expect(ask()).rejects.toMatchObject({ kind: "rate", retryAfter: 34_500 });
  await expect(ask()).rejects.toMatchObject({
    message: expect.stringContaining("(500): in a list, as streams have it"),
  });
});

test("without an address it is the vendor's own that is asked, whatever the environment says", async () => {
  vi.stubEnv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9");
  const askedOf: string[] = [];
  vi.stubGlobal("fetch", (url: string) => {
    askedOf.push(new URL(url).origin);
    return Promise.resolve(Response.json(error(401, "who are you"), { status: 401 }));
  });
  onTestFinished(() => void vi.unstubAllEnvs().unstubAllGlobals());
  await expect(geminiProvider({ name: "gemini", key: "k" }).models()).rejects.toMatchObject({ kind: "auth" });
  expect(askedOf).toEqual(["https://generativelanguage.googleapis.com"]);
});

test("keys and servers in the environment are left there", async () => {
  vi.stubEnv("GEMINI_API_KEY", "secret-1");
  vi.stubEnv("GOOGLE_GENAI_USE_VERTEXAI", "true");
  vi.stubEnv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9");
  onTestFinished(() => void vi.unstubAllEnvs());
  const vendor = await startVendor(() => streaming(geminiWire.words));
  onTestFinished(() => vendor.close());
  const provider = geminiProvider({ name: "local", baseURL: vendor.url });
  await all(provider.stream(first, new AbortController().signal));
  expect(JSON.stringify(vendor.requests[0]!.headers)).not.toContain("secret-");
  expect(vendor.requests[0]!.path).toBe(`/v1/models/${model}:streamGenerateContent?alt=sse`);
});

import { expect, onTestFinished, test, vi } from "vitest";
import { sizes } from "../../packages/protocol/src/index.ts";
import type { ModelEvent } from "../../packages/server/src/core/ports.ts";
import { openaiProvider } from "../../packages/server/src/providers/openai/index.ts";
import { vendorSuite } from "../conformance/vendor.ts";
import { asking, hear, joined, vendorOf } from "./asking.ts";
import { blocksOf } from "./conversation.ts";
import { type Counts, openaiWire, responses } from "./responses.ts";
import { type Script, streaming } from "./server.ts";

vendorSuite("openai", openaiWire);

async function place(script: Script) {
  const vendor = await vendorOf(script);
  return { vendor, provider: openaiProvider({ name: "openai", key: "sk-test-key", baseURL: `${vendor.url}/v1` }) };
}
const answered = async (...stream: Parameters<typeof responses>): Promise<ModelEvent[]> => {
  const { provider } = await place([streaming(responses(...stream))]);
  const { events, fault } = await hear(provider, asking());
  if (fault) throw fault;
  return joined(events);
};
const end = (stop: string) => ({ type: "end", stop, usage: { input: 30, output: 12 } });

test("thinking, words and calls come in the order the model gave them", async () => {
  const events = await answered([
    { reasoning: ["First look.", "Then speak."], encrypted: "sealed" },
    { text: ["Let me ", "look — ", "höchstens 😀 kurz."] },
    { call: "call_1", name: "get_repr", args: ['{"ex', 'pr":"x"}'] },
    { call: "call_2", name: "python", args: ['{"code":"y = 1"}'] },
  ]);
  expect(events).toEqual([
    { type: "thinking", text: "First look.\n\nThen speak." },
    { type: "thinking.payload", payload: expect.stringContaining('"encrypted_content":"sealed"') },
    { type: "text", text: "Let me look — höchstens 😀 kurz." },
    { type: "call", callId: "call_1", tool: "get_repr", input: { expr: "x" } },
    { type: "call", callId: "call_2", tool: "python", input: { code: "y = 1" } },
    end("calls"),
  ]);
});

test("two messages of one answer are paragraphs", async () => {
  expect(await answered([{ text: ["I look."] }, { text: ["It is 1."] }])).toEqual([
    { type: "text", text: "I look.\n\nIt is 1." },
    end("end"),
  ]);
});

test("messages that came with a phase go back with it, each as its own; a call between has none", async () => {
  const { provider, vendor } = await place([
    streaming(
      responses([
        { reasoning: ["Think."] },
        { text: ["I ", "look."], phase: "commentary" },
        { text: [""], phase: "commentary" },
        { call: "call_1", name: "get_repr", args: ["{}"] },
        { text: ["So"] },
        { text: ["It is 1."], phase: "final_answer" },
      ]),
    ),
    streaming(responses([{ text: ["Done."] }])),
  ]);
  const blocks = blocksOf((await hear(provider, asking())).events);
  const messages = [
    { role: "user" as const, text: "x?" },
    { role: "assistant" as const, blocks },
  ];
  await hear(provider, asking(messages));
  expect((vendor.requests[1]!.body as { input: object[] }).input.slice(2)).toEqual([
    { role: "assistant", content: "I look.", phase: "commentary" },
    { type: "function_call", call_id: "call_1", name: "get_repr", arguments: "{}" },
    { role: "assistant", content: "So" },
    { role: "assistant", content: "It is 1.", phase: "final_answer" },
  ]);
});

test("why it stopped is told apart, and a call that was cut short is none", async () => {
  const text = { text: ["Well"] };
  const half = { call: "call_1", name: "python", args: ["{}"], incomplete: true as const };
  expect((await answered([text, half], { incomplete: "max_output_tokens" })).slice(1)).toEqual([end("length")]);
  expect((await answered([text], { incomplete: "content_filter" })).at(-1)).toEqual(end("filter"));
  expect(await answered([{ refusal: ["I will ", "not."] }])).toEqual([
    { type: "text", text: "I will not." },
    end("refusal"),
  ]);
});

test.for<[string, Counts | null, object | undefined]>([
  [
    "cached, written and reasoned tokens are parts of input and output",
    { input: 2_000, cached: 1_536, written: 300, output: 450, reasoning: 384 },
    { input: 2_000, cacheRead: 1_536, cacheWrite: 300, output: 450, reasoning: 384 },
  ],
  ["what was not used is not said", { input: 75, output: 20 }, { input: 75, output: 20 }],
  ["where a server counts nothing, nobody knows", null, undefined],
])("usage: %s", async ([, usage, expected]) => {
  expect((await answered([{ text: ["Hi"] }], { usage })).at(-1)).toEqual({ type: "end", stop: "end", usage: expected });
});

test("reasoning goes back as it came, also when it is longer than an event of the log", async () => {
  for (const encrypted of ["sealed", "ä".repeat(sizes.event * 2)]) {
    const { provider, vendor } = await place([
      streaming(
        responses([
          { reasoning: ["Think."], encrypted },
          { call: "call_1", name: "get_repr", args: ["{}"] },
        ]),
      ),
      streaming(responses([{ text: ["Done."] }])),
    ]);
    const blocks = blocksOf((await hear(provider, asking())).events);
    for (const { payload = "" } of blocks) expect(payload.length).toBeLessThan(sizes.event);
    await hear(
      provider,
      asking([
        { role: "user", text: "x?" },
        { role: "assistant", blocks },
      ]),
    );
    expect((vendor.requests[1]!.body as { input: object[] }).input.slice(1)).toEqual([
      {
        type: "reasoning",
        id: "rs_0",
        summary: [{ type: "summary_text", text: "Think." }],
        encrypted_content: encrypted,
      },
      { type: "function_call", call_id: "call_1", name: "get_repr", arguments: "{}" },
    ]);
  }
});

test("reasoning that did not come sealed is not sent back: nothing at the server knows it", async () => {
  expect(await answered([{ reasoning: ["Hm."], encrypted: null }, { text: ["Yes."] }])).toEqual([
    { type: "thinking", text: "Hm." },
    { type: "text", text: "Yes." },
    end("end"),
  ]);
});

test.for([
  ["server_error", "server"],
  ["rate_limit_exceeded", "rate"],
  ["context_length_exceeded", "overflow"],
  ["invalid_prompt", "invalid"],
  ["something_new", "server"],
] as const)("an answer that fails with %s is understood as %s", async ([code, kind]) => {
  const { provider } = await place([
    streaming(responses([{ text: ["Well"] }], { failed: { code, message: "so it is" } })),
  ]);
  const { events, fault } = await hear(provider, asking());
  expect(events).toEqual([{ type: "text", text: "Well" }]);
  expect(fault).toMatchObject({ kind, message: expect.stringContaining("so it is") });
});

test("events that say nothing, known or not, are signs of life", async () => {
  const { provider } = await place([
    streaming(["event: keepalive\n", 'data: {"type":"keepalive"}\n\n', ...responses([{ text: ["Hi"] }])]),
  ]);
  const seen: ModelEvent[] = [];
  for await (const event of provider.stream(asking(), new AbortController().signal)) seen.push(event);
  expect(seen.slice(0, 3)).toEqual([{ type: "alive" }, { type: "alive" }, { type: "alive" }]);
});

test("keys, accounts and headers in the environment stay there, and nothing is written to the console", async () => {
  const written = (["debug", "info", "warn", "error"] as const).map((level) => vi.spyOn(console, level));
  vi.stubEnv("OPENAI_LOG", "debug");
  vi.stubEnv("OPENAI_API_KEY", "secret-1");
  vi.stubEnv("OPENAI_ORG_ID", "secret-2");
  vi.stubEnv("OPENAI_PROJECT_ID", "secret-3");
  vi.stubEnv("OPENAI_CUSTOM_HEADERS", "X-Own: secret-4");
  vi.stubEnv("OPENAI_BASE_URL", "http://127.0.0.1:1/secret-5");
  onTestFinished(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  const vendor = await vendorOf(() => streaming(responses([{ text: ["Hi"] }])));
  const baseURL = `${vendor.url}/v1`;
  await hear(openaiProvider({ name: "local", baseURL }), asking());
  await hear(openaiProvider({ name: "local", baseURL, headers: { Authorization: "Basic theirs" } }), asking());
  expect(JSON.stringify(vendor.requests.map(({ headers }) => headers))).not.toContain("secret-");
  expect(vendor.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, "Basic theirs"]);
  for (const level of written) expect(level).not.toHaveBeenCalled();
});

import { anthropicProvider } from "../../packages/server/src/providers/anthropic/index.ts";
import type { Wire } from "../conformance/vendor.ts";
import { failing, json, sse } from "./server.ts";

/** Events as the vendor documents them: https://platform.claude.com/docs/en/build-with-claude/streaming */

const counts = { input_tokens: 25, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
const message = { id: "msg_1", type: "message", role: "assistant", content: [], model: "claude-opus-5-5" };

export const began = (usage: object = counts) => ({
  type: "message_start",
  message: { ...message, stop_reason: null, stop_sequence: null, usage },
});
export const text = (index: number, ...pieces: string[]) => [
  { type: "content_block_start", index, content_block: { type: "text", text: "" } },
  { type: "ping" },
  ...pieces.map((piece) => ({ type: "content_block_delta", index, delta: { type: "text_delta", text: piece } })),
  { type: "content_block_stop", index },
];
export const thinking = (index: number, signature: string, ...pieces: string[]) => [
  { type: "content_block_start", index, content_block: { type: "thinking", thinking: "", signature: "" } },
  ...pieces.map((piece) => ({
    type: "content_block_delta",
    index,
    delta: { type: "thinking_delta", thinking: piece },
  })),
  { type: "content_block_delta", index, delta: { type: "signature_delta", signature } },
  { type: "content_block_stop", index },
];
export const call = (index: number, id: string, name: string, ...pieces: string[]) => [
  { type: "content_block_start", index, content_block: { type: "tool_use", id, name, input: {} } },
  ...["", ...pieces].map((partial_json) => ({
    type: "content_block_delta",
    index,
    delta: { type: "input_json_delta", partial_json },
  })),
  { type: "content_block_stop", index },
];
export const ended = (stop_reason: string, usage: object = { output_tokens: 15 }) => [
  { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage },
  { type: "message_stop" },
];

const types: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

const capability = (supported: boolean) => ({ supported });

export const anthropicWire: Wire = {
  provider: anthropicProvider,
  model: "claude-opus-5-5",
  words: sse(began(), ...text(0, "Grüße", ", Welt ", "🌍."), ...ended("end_turn")),
  calls: (n) =>
    sse(
      began(),
      ...thinking(0, "EqQBCgIYAhIM1gbcDa9GJwZA2b3h", "Two ", "calls."),
      ...text(1, "I look ", "at ü."),
      ...call(2, `toolu_a${n}`, "python", '{"co', 'de": "x ', '= 1"}'),
      ...call(3, `toolu_b${n}`, "get_repr", '{"name": "x"}'),
      ...ended("tool_use", { output_tokens: 89 }),
    ),
  plain: {
    ...message,
    content: [
      { type: "thinking", thinking: "Let me see.", signature: "sig" },
      { type: "text", text: "Grüße, Welt 🌍." },
    ],
    stop_reason: "end_turn",
    usage: { ...counts, output_tokens: 15 },
  },
  stops: [
    ["end", sse(began(), ...text(0, "Yes."), ...ended("stop_sequence"))],
    ["length", sse(began(), ...text(0, "Half a"), ...ended("max_tokens"))],
    ["length", sse(began(), ...text(0, "I search"), ...ended("pause_turn"))],
    ["length", sse(began(), ...text(0, "Full"), ...ended("model_context_window_exceeded"))],
    ["refusal", sse(began(), ...ended("refusal", { output_tokens: 0 }))],
    ["calls", sse(began(), ...call(0, "toolu_1", "python", '{"code": "1"}'), ...ended("something_new"))],
  ],
  malformed: [sse(began(), ...call(0, "toolu_1", "python", '{"code": "x', " = "), ...ended("tool_use"))],
  strange: sse(
    began(),
    ...call(0, "toolu_1", "no_such_tool", "{}"),
    ...call(1, "toolu_1", "no_such_tool"),
    ...ended("tool_use"),
  ),
  empty: sse(began(), ...ended("end_turn", { output_tokens: 3 })),
  overloaded: sse(began(), ...text(0, "Grüße"), {
    type: "error",
    error: { type: "overloaded_error", message: "Overloaded" },
  }),
  refusal: (status, said) =>
    failing(status, { type: "error", error: { type: types[status], message: said }, request_id: "r" }),
  tooLong: "prompt is too long: 205000 tokens > 200000 maximum",
  retries: 2,
  list: json({
    data: [
      {
        type: "model",
        id: "claude-opus-5-5",
        display_name: "Claude Opus 5.5",
        created_at: "2026-09-01T00:00:00Z",
        max_input_tokens: 1_000_000,
        max_tokens: 128_000,
        capabilities: { image_input: capability(true), thinking: { supported: true, types: {} } },
      },
      {
        type: "model",
        id: "claude-next",
        display_name: "Claude Next",
        max_input_tokens: null,
        max_tokens: null,
        capabilities: null,
      },
    ],
    has_more: false,
    first_id: "claude-opus-5-5",
    last_id: "claude-next",
  }),
  models: [
    {
      id: "claude-opus-5-5",
      name: "Claude Opus 5.5",
      context: 1_000_000,
      output: 128_000,
      images: true,
      thinking: true,
    },
    { id: "claude-next", name: "Claude Next" },
  ],
};

import { openaiChatProvider } from "../../packages/server/src/providers/openai-chat/index.ts";
import type { Wire } from "../conformance/vendor.ts";
import { codes } from "./responses.ts";
import { failing, json, sse } from "./server.ts";

/** Streams of the Chat Completions API, piece by piece as OpenAI and the servers that speak it like it document them. */

type Call = { index?: number; id?: string; name?: string; args?: string };

const base = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m" };

export const piece = (delta: object, finish: string | null = null): object => ({
  ...base,
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
});

export const words = (...texts: string[]): object[] => texts.map((content) => piece({ content }));

export const callPiece = ({ index = 0, id, name, args }: Call): object =>
  piece({
    tool_calls: [
      {
        index,
        ...(id ? { id, type: "function" } : {}),
        function: { ...(name ? { name } : {}), ...(args === undefined ? {} : { arguments: args }) },
      },
    ],
  });

export const counted = (usage: object | null): object => ({ ...base, choices: [], usage });

export const someUsage = {
  prompt_tokens: 30,
  completion_tokens: 12,
  total_tokens: 42,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
};

export type Ending = { finish?: string | null; usage?: object | null };

/** A whole answer: its role first, what is said, why it stops, what it took, and the mark of the end. */
export function chat(said: readonly object[], { finish = "stop", usage = someUsage }: Ending = {}): string[] {
  return sse(
    piece({ role: "assistant", content: "" }),
    ...said,
    ...(finish === null ? [] : [piece({}, finish)]),
    ...(usage === null ? [] : [counted(usage)]),
    "[DONE]",
  );
}

export const chatWire: Wire = {
  provider: ({ baseURL = "", ...endpoint }) => openaiChatProvider({ ...endpoint, baseURL }),
  model: "q",
  words: chat(words("Grüße", ", Welt ", "🌍.")),
  calls: (n) =>
    chat(
      [
        piece({ reasoning_content: "Two " }),
        piece({ reasoning_content: "calls." }),
        ...words("I look ", "at ü."),
        callPiece({ index: 0, id: `call_a${n}`, name: "python", args: "" }),
        callPiece({ index: 0, args: '{"code": "x' }),
        callPiece({ index: 0, args: ' = 1"}' }),
        callPiece({ index: 1, id: `call_b${n}`, name: "get_repr", args: '{"name": "x"}' }),
      ],
      { finish: "tool_calls" },
    ),
  plain: {
    id: "chatcmpl-1",
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: "Grüße, Welt 🌍." }, finish_reason: "stop" }],
    usage: someUsage,
  },
  stops: [
    ["end", chat(words("Yes."), { finish: "eos" })],
    ["length", chat(words("Half a"), { finish: "length" })],
    ["filter", chat(words("Half a"), { finish: "content_filter" })],
    ["refusal", chat([piece({ refusal: "I will not." })])],
  ],
  malformed: [chat([callPiece({ id: "call_1", name: "python", args: '{"code": "x = ' })], { finish: "tool_calls" })],
  strange: chat(
    [0, 1].map((index) => callPiece({ index, id: "call_1", name: "no_such_tool", args: "{}" })),
    { finish: "tool_calls" },
  ),
  empty: chat([]),
  overloaded: [...sse(...words("Grüße")), ...sse({ choices: [], error: { code: 503, message: "Overloaded" } })],
  refusal: (status, said) =>
    failing(status, { error: { message: said, type: "invalid_request_error", code: codes[status] ?? status } }),
  tooLong: "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
  retries: 2,
  list: json({ object: "list", data: [{ id: "q", object: "model", owned_by: "me", max_model_len: 32_768 }] }),
  models: [{ id: "q", name: "q", context: 32_768 }],
};

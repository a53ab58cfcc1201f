import { geminiProvider } from "../../packages/server/src/providers/gemini/index.ts";
import type { Wire } from "../conformance/vendor.ts";
import { failing, json, sse } from "./server.ts";

/** Pieces as the vendor documents them: https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse */

export const counts = { promptTokenCount: 25, candidatesTokenCount: 15, totalTokenCount: 40 };

export const piece = (parts: readonly object[], finishReason?: string, usageMetadata: object = counts) => ({
  candidates: [{ content: { parts, role: "model" }, index: 0, ...(finishReason ? { finishReason } : {}) }],
  usageMetadata,
  modelVersion: "gemini-3.8-flash",
  responseId: "r-1",
});
const text = (words: string) => ({ text: words });
export const call = (name: string, args: object, more: object = {}) => ({ functionCall: { name, args, ...more } });

const names: Record<number, string> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
};
export const error = (code: number, message: string, details: readonly object[] = []) => ({
  error: { code, message, status: names[code] ?? "UNKNOWN", details },
});

const stopping = (reason: string) => sse(piece([text("Half")]), piece([], reason));

export const geminiWire: Wire = {
  provider: geminiProvider,
  model: "gemini-3.8-flash",
  words: sse(piece([text("Grüße")]), piece([text(", Welt ")]), piece([text("🌍.")]), piece([], "STOP")),
  calls: (n) =>
    sse(
      piece([{ text: "Two calls.", thought: true }]),
      piece([text("I look ")]),
      piece([text("at ü.")]),
      piece([{ ...call("python", { code: "x = 1" }), thoughtSignature: "c2lnLTE=" }]),
      piece([call("get_repr", { name: "x" }, { id: `fc-${n}` })], "STOP"),
    ),
  plain: [piece([text("Grüße, ")]), piece([text("Welt 🌍.")], "STOP")],
  stops: [
    ["length", stopping("MAX_TOKENS")],
    ["filter", stopping("SAFETY")],
    ["filter", stopping("RECITATION")],
    ["filter", stopping("PROHIBITED_CONTENT")],
    ["filter", sse({ promptFeedback: { blockReason: "SAFETY" }, usageMetadata: { promptTokenCount: 9 } })],
    ["end", stopping("SOMETHING_NEW")],
  ],
  malformed: [],
  strange: sse(
    piece([call("no_such_tool", {}, { id: "fc-1" }), { functionCall: { name: "no_such_tool", id: "fc-1" } }], "STOP"),
  ),
  empty: sse(piece([text("")], "STOP", { promptTokenCount: 5 })),
  overloaded: sse(piece([text("Grüße")]), error(503, "The model is overloaded.")),
  refusal: (status, said) => failing(status, error(status, said)),
  tooLong: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
  retries: 0,
  list: json({
    models: [
      {
        name: "models/gemini-3.8-flash",
        displayName: "Gemini 3.8 Flash",
        inputTokenLimit: 1_048_576,
        outputTokenLimit: 65_536,
        supportedGenerationMethods: ["generateContent", "countTokens"],
        thinking: true,
      },
      { name: "models/embed-2", displayName: "Embed", supportedGenerationMethods: ["embedContent"] },
    ],
  }),
  models: [{ id: "gemini-3.8-flash", name: "Gemini 3.8 Flash", context: 1_048_576, output: 65_536, thinking: true }],
};

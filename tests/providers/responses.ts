import { openaiProvider } from "../../packages/server/src/providers/openai/index.ts";
import type { Wire } from "../conformance/vendor.ts";
import { failing, json, sse } from "./server.ts";

/** Streams of the Responses API, event by event as its reference documents them. */

type Said =
  | { reasoning: string[]; encrypted?: string | null }
  | { text: string[]; phase?: string }
  | { refusal: string[] }
  | { call: string; name: string; args: string[]; incomplete?: true };
export type Counts = { input?: number; cached?: number; written?: number; output?: number; reasoning?: number };
type End = {
  usage?: Counts | null;
  /** Why it is incomplete. */
  incomplete?: string;
  failed?: { code: string; message: string };
  /** Without the events that only repeat what came: a test that cuts at every byte is long enough. */
  terse?: true;
};

const repeating = /"(?:response\.in_progress|response\.[\w.]+_(?:text|part|arguments)\.done)"/;

export function responses(said: readonly Said[], end: End = {}): string[] {
  let sequence_number = 0;
  const events: object[] = [];
  const tell = (type: string, rest: object) => events.push({ type, sequence_number: sequence_number++, ...rest });
  const response = { id: "resp_1", object: "response", status: "in_progress", model: "m", output: [], usage: null };
  tell("response.created", { response });
  tell("response.in_progress", { response });
  const output = said.map((part, output_index) => item(part, output_index, tell));
  const { usage = {}, incomplete, failed, terse } = end;
  const status = failed ? "failed" : incomplete ? "incomplete" : "completed";
  tell(`response.${status}`, {
    response: {
      ...response,
      status,
      output: terse ? [] : output,
      error: failed ?? null,
      incomplete_details: incomplete ? { reason: incomplete } : null,
      usage: usage && counted(usage),
    },
  });
  return sse(...events).filter((event) => !terse || !repeating.test(event));
}

type Tell = (type: string, rest: object) => void;

function item(part: Said, output_index: number, tell: Tell): object {
  if ("reasoning" in part) {
    const { encrypted = `sealed-${output_index}` } = part;
    const opened = { type: "reasoning", id: `rs_${output_index}`, summary: [], encrypted_content: "half" };
    const at = { item_id: opened.id, output_index };
    tell("response.output_item.added", { output_index, item: opened });
    part.reasoning.forEach((text, summary_index) => {
      const here = { ...at, summary_index };
      tell("response.reasoning_summary_part.added", { ...here, part: { type: "summary_text", text: "" } });
      for (const delta of halves(text)) tell("response.reasoning_summary_text.delta", { ...here, delta });
      tell("response.reasoning_summary_text.done", { ...here, text });
      tell("response.reasoning_summary_part.done", { ...here, part: { type: "summary_text", text } });
    });
    const summary = part.reasoning.map((text) => ({ type: "summary_text", text }));
    return done(tell, output_index, { ...opened, summary, encrypted_content: encrypted });
  }
  if ("call" in part) {
    const opened = {
      type: "function_call",
      id: `fc_${output_index}`,
      call_id: part.call,
      name: part.name,
      arguments: "",
    };
    const at = { item_id: opened.id, output_index };
    tell("response.output_item.added", { output_index, item: { ...opened, status: "in_progress" } });
    for (const delta of part.args) tell("response.function_call_arguments.delta", { ...at, delta });
    const args = part.args.join("");
    if (!part.incomplete) tell("response.function_call_arguments.done", { ...at, name: part.name, arguments: args });
    const status = part.incomplete ? "incomplete" : "completed";
    return done(tell, output_index, { ...opened, arguments: args, status });
  }
  const kind = "refusal" in part ? "refusal" : "output_text";
  const deltas = "refusal" in part ? part.refusal : part.text;
  const field = kind === "refusal" ? "refusal" : "text";
  const phase = "phase" in part ? { phase: part.phase } : {};
  const opened = {
    type: "message",
    id: `msg_${output_index}`,
    role: "assistant",
    status: "in_progress",
    content: [],
    ...phase,
  };
  const at = { item_id: opened.id, output_index, content_index: 0 };
  const whole: Record<string, unknown> = {
    type: kind,
    [field]: deltas.join(""),
    ...(kind === "refusal" ? {} : { annotations: [] }),
  };
  tell("response.output_item.added", { output_index, item: opened });
  tell("response.content_part.added", { ...at, part: { ...whole, [field]: "" } });
  for (const delta of deltas) tell(`response.${kind}.delta`, { ...at, delta, obfuscation: "Xq3" });
  tell(`response.${kind}.done`, { ...at, [field]: whole[field] });
  tell("response.content_part.done", { ...at, part: whole });
  return done(tell, output_index, { ...opened, status: "completed", content: [whole] });
}

function done(tell: Tell, output_index: number, whole: object): object {
  tell("response.output_item.done", { output_index, item: whole });
  return whole;
}

const halves = (text: string): string[] => [text.slice(0, text.length / 2), text.slice(text.length / 2)];

const counted = ({ input = 30, cached = 0, written = 0, output = 12, reasoning = 0 }: Counts) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: reasoning },
  total_tokens: input + output,
});

export const codes: Record<number, string> = {
  401: "invalid_api_key",
  404: "model_not_found",
  429: "rate_limit_exceeded",
  500: "server_error",
};
const plain = responses([{ reasoning: ["Hm."] }, { text: ["Grüße, ", "Welt 🌍."] }]).at(-1) ?? "";
const listed = ["gpt-6-astra", "gpt-5-mini", "o3"];
const unlisted = ["gpt-4o-audio-preview", "text-embedding-3-small", "whisper-1", "gpt-image-2", "sora-2"];

export const openaiWire: Wire = {
  provider: openaiProvider,
  model: "gpt-6-astra",
  words: responses([{ text: ["Grüße", ", Welt ", "🌍."] }]),
  calls: (n) =>
    responses(
      [
        { reasoning: ["Two."] },
        { text: ["I look ", "at ü."] },
        { call: `call_a${n}`, name: "python", args: ['{"co', 'de": "x = 1"}'] },
        { call: `call_b${n}`, name: "get_repr", args: ['{"name": "x"}'] },
      ],
      { terse: true },
    ),
  plain: (JSON.parse(plain.slice(plain.indexOf("{"))) as { response: unknown }).response,
  stops: [
    ["end", responses([{ text: ["Yes."] }])],
    ["length", responses([{ text: ["Half a"] }], { incomplete: "max_output_tokens" })],
    ["filter", responses([{ text: ["Half a"] }], { incomplete: "content_filter" })],
    ["refusal", responses([{ refusal: ["I will ", "not."] }])],
  ],
  malformed: [responses([{ call: "call_1", name: "python", args: ['{"code": "x', " = "] }])],
  strange: responses([
    { call: "call_1", name: "no_such_tool", args: ["{}"] },
    { call: "call_1", name: "no_such_tool", args: ["{}"] },
  ]),
  empty: responses([]),
  overloaded: [
    ...responses([{ text: ["Grüße"] }]).slice(0, 5),
    ...sse({ type: "error", code: "server_is_overloaded", message: "Overloaded", param: null, sequence_number: 9 }),
  ],
  refusal: (status, said) =>
    failing(status, {
      error: { message: said, type: "invalid_request_error", param: null, code: codes[status] ?? null },
    }),
  tooLong: "Your input exceeds the context window of this model. Please adjust your input and try again.",
  retries: 2,
  list: json({
    object: "list",
    data: [...listed, ...unlisted].map((id) => ({ id, object: "model", created: 1, owned_by: "openai" })),
  }),
  models: listed.map((id) => ({ id, name: id })),
};

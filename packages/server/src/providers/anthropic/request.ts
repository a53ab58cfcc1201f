import type {
  ContentBlockParam,
  ImageBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  TextBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import type { AssistantBlock, Image, Message, ModelRequest } from "../../core/ports.ts";
import { withSigned } from "../payloads.ts";
import { thinkingOf } from "./thinking.ts";

/** A request as the Messages API takes it. The same request gives the same bytes, and messages only grow at their end. */
export function bodyOf(request: ModelRequest): MessageCreateParamsStreaming & { temperature?: number } {
  const { model, system, tools, temperature, maxTokens = answerAtMost } = request;
  return {
    model,
    max_tokens: maxTokens,
    stream: true,
    // Marks the last block of each request: the next one finds all before it in the cache.
    cache_control: { type: "ephemeral" },
    ...thinkingOf(request, maxTokens),
    ...(temperature === undefined ? {} : { temperature }),
    ...(system === "" ? {} : { system }),
    ...(tools.length === 0
      ? {}
      : { tools: tools.map(({ name, about, input }) => ({ name, description: about, input_schema: schema(input) })) }),
    messages: messagesOf(request.messages),
  };
}

/** It must be said; all models since Claude 4 give as much. */
const answerAtMost = 32_000;

const schema = (input: object) => ({ ...input, type: "object" as const });

/** What stands on one side in a row is one message: results of parallel calls belong together, before what people said. */
function messagesOf(messages: readonly Message[]): MessageParam[] {
  const turns: { role: "user" | "assistant"; content: ContentBlockParam[] }[] = [];
  for (const message of messages) {
    const role = message.role === "assistant" ? "assistant" : "user";
    const content = message.role === "assistant" ? saidBy(message.blocks) : givenBy(message);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else if (content.length > 0) turns.push({ role, content });
  }
  return turns;
}

function givenBy(message: Exclude<Message, { role: "assistant" }>): ContentBlockParam[] {
  if (message.role === "user") return [...(message.images ?? []).map(imageOf), ...textOf(message.text)];
  const { callId, ok, text } = message;
  return [
    {
      type: "tool_result",
      tool_use_id: plain(callId),
      ...(text === "" ? {} : { content: text }),
      ...(ok ? {} : { is_error: true }),
    },
  ];
}

const saidBy = (blocks: readonly AssistantBlock[]): ContentBlockParam[] =>
  withSigned(blocks).flatMap((block): ContentBlockParam[] => {
    if (block.kind === "text") return textOf(block.text);
    if (block.kind === "call")
      return [{ type: "tool_use", id: plain(block.callId), name: plain(block.tool), input: block.input }];
    const { signature = "", redacted } = JSON.parse(block.payload ?? "{}") as ThinkingPayload;
    return [
      redacted === undefined
        ? { type: "thinking", thinking: block.text, signature }
        : { type: "redacted_thinking", data: redacted },
    ];
  });

export type ThinkingPayload = { signature?: string; redacted?: string };

/** Text that is only space is refused. */
const textOf = (text: string): TextBlockParam[] => (text.trim() === "" ? [] : [{ type: "text", text }]);

/** Ids and names of calls that another vendor's model made may have letters that are refused here. */
const plain = (name: string): string => name.replace(/[^\w-]/g, "_");

const imageTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"] as const;

function imageOf({ type, bytes }: Image): ImageBlockParam | TextBlockParam {
  const known = imageTypes.find((taken) => taken === type);
  if (known === undefined) return { type: "text", text: `[an image of type ${type}, which cannot be shown here]` };
  return {
    type: "image",
    source: { type: "base64", media_type: known, data: Buffer.from(bytes).toString("base64") },
  };
}

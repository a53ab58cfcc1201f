import type { OpenAI } from "openai";
import type { AssistantBlock, Image, Message, ModelRequest } from "../../core/ports.ts";
import { addressOf, noPicture, plainName, shortId } from "../openai-sdk.ts";
import { payloadsIn } from "../payloads.ts";
import type { Quirks } from "./servers.ts";

type Params = OpenAI.Chat.ChatCompletionCreateParamsStreaming;
type Param = OpenAI.Chat.ChatCompletionMessageParam;

/**
 * What is sent for a request. The same conversation always gives the same bytes, and a longer one begins with those of the
 * shorter: servers find what they have cached by it.
 */
export function bodyOf(request: ModelRequest, quirks: Quirks): Params {
  const { model, system, messages, tools, thinking, temperature, maxTokens } = request;
  const { maxTokensField = "max_tokens", thinking: asks = "effort", tools: takesTools = true, tellsCost } = quirks;
  return {
    model,
    messages: [
      ...(system === "" ? [] : [{ role: "system" as const, content: system }]),
      ...messages.flatMap(messageOf),
    ],
    ...(takesTools && tools.length > 0 ? { tools: tools.map(toolOf) } : {}),
    stream: true,
    stream_options: { include_usage: true },
    ...(tellsCost ? { usage: { include: true } } : {}),
    ...(thinking === "off" || asks === "never"
      ? {}
      : asks === "effort"
        ? { reasoning_effort: thinking }
        : { reasoning: { effort: thinking } }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { [maxTokensField]: maxTokens }),
  };
}

const toolOf = ({ name, about, input }: ModelRequest["tools"][number]): OpenAI.Chat.ChatCompletionTool => ({
  type: "function",
  function: { name, description: about, parameters: input as Record<string, unknown> },
});

function messageOf(message: Message): Param[] {
  if (message.role === "tool") return [{ role: "tool", tool_call_id: shortId(message.callId), content: message.text }];
  if (message.role === "assistant") return saidAs(message.blocks);
  const { text, images = [] } = message;
  if (images.length === 0) return [{ role: "user", content: text }];
  return [{ role: "user", content: [{ type: "text", text }, ...images.map(pictureOf)] }];
}

function pictureOf(image: Image): OpenAI.Chat.ChatCompletionContentPart {
  const url = addressOf(image);
  return url === undefined ? { type: "text", text: noPicture(image) } : { type: "image_url", image_url: { url } };
}

/** One message, whatever order its parts came in: this language knows no other. */
function saidAs(blocks: readonly AssistantBlock[]): Param[] {
  const text = wordsOf(blocks, "text");
  const calls = blocks.filter((block) => block.kind === "call");
  // Thinking that led to nothing is no answer.
  if (text === "" && calls.length === 0) return [];
  return [
    {
      role: "assistant",
      content: text === "" ? null : text,
      ...thoughtAs(blocks),
      ...(calls.length === 0
        ? {}
        : {
            tool_calls: calls.map(({ callId, tool, input }) => ({
              id: shortId(callId),
              type: "function" as const,
              function: { name: plainName(tool), arguments: JSON.stringify(input) },
            })),
          }),
    },
  ];
}

/** Pieces of one text are one; those that something stood between are paragraphs. */
function wordsOf(blocks: readonly AssistantBlock[], kind: "text" | "thinking"): string {
  return blocks.reduce((words, block, index) => {
    if (block.kind !== kind || block.text === "") return words;
    return words + (words === "" || blocks[index - 1]?.kind === kind ? "" : "\n\n") + block.text;
  }, "");
}

/** The fields in which servers send thinking, and want it back. */
export const thinkingFields = ["reasoning_content", "reasoning"] as const;
export type ThinkingField = (typeof thinkingFields)[number];

/** Thinking goes back as it came: in the field that its payload names, or as the details that the payload is. */
function thoughtAs(blocks: readonly AssistantBlock[]): Record<string, unknown> {
  const payloads = [...payloadsIn(blocks).values()];
  const details = payloads.filter((payload) => payload.startsWith("[")).flatMap((payload) => JSON.parse(payload));
  if (details.length > 0) return { reasoning_details: details };
  const field = thinkingFields.find((name) => payloads.includes(name));
  return field ? { [field]: wordsOf(blocks, "thinking") } : {};
}

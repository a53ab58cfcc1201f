import type { OpenAI } from "openai";
import type { AssistantBlock, Image, Message, ModelRequest } from "../../core/ports.ts";
import { addressOf, noPicture, plainName, shortId } from "../openai-sdk.ts";
import { payloadsIn } from "../payloads.ts";

type Params = OpenAI.Responses.ResponseCreateParamsStreaming;
type Item = OpenAI.Responses.ResponseInputItem;

/**
 * What is sent for a request. The server keeps nothing (`store: false`), so reasoning comes encrypted and goes back the same.
 * The same conversation always gives the same bytes, and a longer one begins with those of the shorter: the cache lives by that.
 */
export function bodyOf(request: ModelRequest): Params {
  const { model, system, messages, tools, session, thinking, temperature, maxTokens } = request;
  return {
    model,
    instructions: system,
    input: messages.flatMap(itemsOf),
    tools: tools.map(({ name, about, input }) => ({
      type: "function",
      name,
      description: about,
      parameters: input as Record<string, unknown>,
      strict: false,
    })),
    stream: true,
    store: false,
    prompt_cache_key: session,
    ...(thinks(model) ? { include: ["reasoning.encrypted_content"], reasoning: reasoningOf(model, thinking) } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { max_output_tokens: maxTokens }),
  };
}

/** The models of before, which refuse every word about reasoning. All newer ones reason. */
const thinks = (model: string): boolean => !/^(?:ft:)?(?:gpt-3|gpt-4|chatgpt-)|-chat(?:-|$)/.test(model);

/** These always reason: the least they take is little. */
const alwaysThinks = /^(?:o\d|gpt-5(?:$|-))/;

function reasoningOf(model: string, thinking: ModelRequest["thinking"]): OpenAI.Reasoning {
  if (thinking === "off" && !alwaysThinks.test(model)) return { effort: "none" };
  return { effort: thinking === "off" ? "low" : thinking, summary: "auto" };
}

function itemsOf(message: Message): Item[] {
  if (message.role === "tool")
    return [{ type: "function_call_output", call_id: shortId(message.callId), output: message.text }];
  if (message.role === "assistant") return [...saidAs(message.blocks)];
  const { text, images = [] } = message;
  return [{ role: "user", content: [{ type: "input_text", text }, ...images.map(pictureOf)] }];
}

function pictureOf(image: Image): OpenAI.Responses.ResponseInputContent {
  const address = addressOf(image);
  if (address === undefined) return { type: "input_text", text: noPicture(image) };
  return { type: "input_image", detail: "auto", image_url: address };
}

/**
 * What the model said, as it said it. Reasoning that led to nothing is left out: it is refused without what came of it.
 * Calls go without the ids of their items, so that they stand even where their reasoning is another model's and not sent.
 */
function* saidAs(blocks: readonly AssistantBlock[]): Generator<Item> {
  const payloads = payloadsIn(blocks);
  let reasoning: Item[] = [];
  let text = "";
  let phase: Phase | undefined;
  for (const [index, block] of blocks.entries()) {
    if (block.kind === "thinking") {
      const payload = payloads.get(block);
      if (payload?.startsWith(reasoningItem)) reasoning.push(JSON.parse(payload) as Item);
      if (payload?.startsWith(phaseOfMessage)) ({ phase } = JSON.parse(payload) as { phase: Phase });
      continue;
    }
    yield* reasoning;
    reasoning = [];
    if (block.kind === "text") {
      text += block.text;
      // A text longer than a block is one message all the same.
      if (blocks[index + 1]?.kind === "text") continue;
      yield { role: "assistant", content: text, ...(phase ? { phase } : {}) };
      text = "";
      phase = undefined;
    } else {
      // It came to no words.
      phase = undefined;
      yield {
        type: "function_call",
        call_id: shortId(block.callId),
        name: plainName(block.tool),
        arguments: JSON.stringify(block.input),
      };
    }
  }
}

/** How payloads of ours begin. Another adapter may have stood under this provider's name before. */
const reasoningItem = '{"type":"reasoning"';
const phaseOfMessage = '{"type":"phase"';

type Phase = NonNullable<OpenAI.Responses.ResponseOutputMessage["phase"]>;

/** Which part of the work the next message is: newer models answer worse where they do not get it back. */
export const payloadOfPhase = (phase: Phase): string => JSON.stringify({ type: "phase", phase });

/** A reasoning item as it must come back; undefined where the server gave nothing to send back. */
export function payloadOf(item: OpenAI.Responses.ResponseReasoningItem): string | undefined {
  const { id, summary, content, encrypted_content: encrypted } = item;
  if (!encrypted) return undefined;
  return JSON.stringify({
    type: "reasoning",
    id,
    summary,
    ...(content ? { content } : {}),
    encrypted_content: encrypted,
  });
}

import type { Content, GenerateContentConfig, GenerateContentParameters, Part } from "@google/genai";
import type { AssistantBlock, Message, ModelRequest } from "../../core/ports.ts";
import { withSigned } from "../payloads.ts";
import { isMadeUp, type Kept } from "./kept.ts";
import { generationOf, thinkingOf } from "./thinking.ts";

/** A request as the SDK takes it. The same request gives the same bytes, and contents only grow at their end. */
export function parametersOf(request: ModelRequest): GenerateContentParameters & { config: GenerateContentConfig } {
  const { model, system, tools, messages, temperature, maxTokens } = request;
  const thinkingConfig = thinkingOf(request);
  return {
    model,
    contents: contentsOf(messages, generationOf(model) >= 3),
    config: {
      ...(system === "" ? {} : { systemInstruction: system }),
      ...(tools.length === 0
        ? {}
        : {
            tools: [
              {
                functionDeclarations: tools.map(({ name, about, input }) => ({
                  name,
                  description: about,
                  parametersJsonSchema: input,
                })),
              },
            ],
          }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
      ...(thinkingConfig ? { thinkingConfig } : {}),
    },
  };
}

function contentsOf(messages: readonly Message[], signed: boolean): Content[] {
  const contents: { role: "user" | "model"; parts: Part[] }[] = [];
  for (const message of messages) {
    const role = message.role === "assistant" ? "model" : "user";
    const parts = message.role === "assistant" ? saidBy(message.blocks, signed) : givenBy(message);
    const last = contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else if (parts.length > 0) contents.push({ role, parts });
  }
  return contents;
}

function givenBy(message: Exclude<Message, { role: "assistant" }>): Part[] {
  if (message.role === "user")
    return [
      ...(message.images ?? []).map(({ type, bytes }) => ({
        inlineData: { mimeType: type, data: Buffer.from(bytes).toString("base64") },
      })),
      ...textOf(message.text),
    ];
  const { callId, tool, ok, text } = message;
  return [{ functionResponse: { ...idOf(callId), name: tool, response: ok ? { output: text } : { error: text } } }];
}

/** What stands for the signature of a call that another model made: the vendor takes no unsigned one from newer models. */
const unsigned = "skip_thought_signature_validator";

function saidBy(blocks: readonly AssistantBlock[], signed: boolean): Part[] {
  const first = blocks.find(({ kind }) => kind === "call");
  let ahead: string | undefined;
  return withSigned(blocks).flatMap((block): Part[] => {
    if (block.kind === "text") return textOf(block.text);
    if (block.kind === "call") {
      // Of calls made at once only the first has one.
      const thoughtSignature = block.payload ?? ahead ?? (signed && block === first ? unsigned : undefined);
      ahead = undefined;
      return [
        {
          functionCall: { ...idOf(block.callId), name: block.tool, args: block.input as Record<string, unknown> },
          ...(thoughtSignature === undefined ? {} : { thoughtSignature }),
        },
      ];
    }
    const { of, thoughtSignature } = JSON.parse(block.payload ?? "{}") as Kept;
    if (of === "call") {
      ahead = thoughtSignature;
      return [];
    }
    return [of === "thought" ? { text: block.text, thought: true, thoughtSignature } : { text: "", thoughtSignature }];
  });
}

const idOf = (id: string) => (isMadeUp(id) ? {} : { id });
const textOf = (text: string): Part[] => (text === "" ? [] : [{ text }]);

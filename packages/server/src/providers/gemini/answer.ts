import type { GenerateContentResponse, GenerateContentResponseUsageMetadata as Counts, Part } from "@google/genai";
import type { Usage } from "@daimon/protocol";
import type { ModelEvent, StopReason } from "../../core/ports.ts";
import { payloadEvents } from "../payloads.ts";
import { inAll, soFar, usageOf as counted } from "../usage.ts";
import { type Kept, makeUp } from "./kept.ts";

/** What is read of each piece of an answer. */
export type Piece = Pick<GenerateContentResponse, "candidates" | "promptFeedback" | "usageMetadata">;

/** The vendor's pieces of one answer as our events. It is over when the stream is: the last piece says only why. */
export class AnswerReader {
  #calls = 0;
  readonly #counts: Counts = {};
  #stop: string | undefined;

  *read({ candidates, promptFeedback, usageMetadata }: Piece): Generator<ModelEvent, void> {
    Object.assign(this.#counts, usageMetadata);
    yield usageMetadata ? soFar(usageOf(this.#counts)) : { type: "alive" };
    // Nothing comes for a question that was held back.
    if (promptFeedback?.blockReason) this.#stop = "SAFETY";
    const [answer] = candidates ?? [];
    for (const part of answer?.content?.parts ?? []) yield* this.#part(part);
    this.#stop = answer?.finishReason ?? this.#stop;
  }

  *end(): Generator<ModelEvent, void> {
    if (this.#stop === undefined) return;
    if (failures.has(this.#stop)) throw new Error(`it gave up (${this.#stop})`);
    const stop = stops[this.#stop] ?? "end";
    yield { type: "end", stop: stop === "end" && this.#calls > 0 ? "calls" : stop, ...inAll(usageOf(this.#counts)) };
  }

  *#part({ text, thought, thoughtSignature, functionCall }: Part): Generator<ModelEvent, void> {
    if (text) yield { type: thought ? "thinking" : "text", text };
    const besideCall = functionCall && (thoughtSignature?.length ?? 0) <= signatureAtMost;
    if (thoughtSignature !== undefined && !besideCall) {
      const kept: Kept = { thoughtSignature, of: functionCall ? "call" : thought ? "thought" : "words" };
      yield* payloadEvents(JSON.stringify(kept));
    }
    if (!functionCall) return;
    const { id, name = "", args = {} } = functionCall;
    this.#calls++;
    const kept = besideCall && thoughtSignature !== undefined ? { payload: thoughtSignature } : {};
    yield { type: "call", callId: id || makeUp(), tool: name, input: args, ...kept };
  }
}

/** A longer one leaves too little room in a call's event. */
const signatureAtMost = 8 * 1024;

const stops: Record<string, StopReason> = {
  STOP: "end",
  // More would have come: it can be asked to go on.
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  TOO_MANY_TOOL_CALLS: "length",
  SAFETY: "filter",
  RECITATION: "filter",
  LANGUAGE: "filter",
  BLOCKLIST: "filter",
  PROHIBITED_CONTENT: "filter",
  SPII: "filter",
  IMAGE_SAFETY: "filter",
};

/** Accidents of the model's, that another try may not have. */
const failures = new Set(["MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "OTHER"]);

/** The vendor counts thinking beside the answer, and the cache's part within what was sent. */
function usageOf(counts: Counts): Usage | undefined {
  const reasoning = counts.thoughtsTokenCount ?? 0;
  return counted({
    input: (counts.promptTokenCount ?? 0) + (counts.toolUsePromptTokenCount ?? 0),
    output: (counts.candidatesTokenCount ?? 0) + reasoning,
    cacheRead: counts.cachedContentTokenCount,
    reasoning,
  });
}

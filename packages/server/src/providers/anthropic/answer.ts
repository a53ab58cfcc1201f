import type {
  Message as Answer,
  MessageDeltaUsage,
  RawContentBlockDelta,
  RawContentBlockStartEvent,
  RawMessageStreamEvent,
} from "@anthropic-ai/sdk/resources/messages";
import type { Usage } from "@daimon/protocol";
import type { ModelEvent, StopReason } from "../../core/ports.ts";
import { argumentsIn } from "../calls.ts";
import { VendorError } from "../faults.ts";
import { payloadEvents } from "../payloads.ts";
import { inAll, soFar, usageOf as counted } from "../usage.ts";
import type { ThinkingPayload } from "./request.ts";

/** What the stream carries beside the documented answer. */
type Frame = RawMessageStreamEvent | { type: "ping" } | Refusal;
type Refusal = { type: "error"; error?: { type?: string; message?: string; details?: { error_code?: string } } };

type Call = { callId: string; tool: string; json: string };
type Block = { is: "thinking"; signature: string } | ({ is: "call" } & Call) | { is: "other" };
type Counts = Partial<MessageDeltaUsage>;

const alive: ModelEvent = { type: "alive" };

/** The vendor's events of one answer as ours. */
export class AnswerReader {
  readonly #blocks = new Map<number, Block>();
  /** Arrived, but whole only if the model was not cut off in it: what comes next tells. */
  #last: Call | undefined;
  #calls = 0;
  #counts: Counts = {};
  #stop: string | null = null;

  *read(frame: Frame): Generator<ModelEvent, void> {
    switch (frame.type) {
      case "message_start":
        yield this.#count(frame.message.usage);
        break;
      case "content_block_start":
        yield* this.#release();
        yield* this.#open(frame);
        break;
      case "content_block_delta":
        yield this.#grow(this.#blocks.get(frame.index), frame.delta);
        break;
      case "content_block_stop":
        yield* this.#close(frame.index);
        break;
      case "message_delta":
        this.#stop = frame.delta.stop_reason ?? this.#stop;
        yield this.#count(frame.usage);
        break;
      case "message_stop":
        if (this.#blocks.size > 0) throw new Error("it ends within a block");
        yield* this.#release(stops[this.#stop ?? ""] === "length");
        yield { type: "end", stop: this.#reason(), ...inAll(usageOf(this.#counts)) };
        break;
      case "error":
        throw refusalIn(frame);
      default:
        // Pings, and what will be added one day.
        yield alive;
    }
  }

  *#open({ index, content_block: block }: RawContentBlockStartEvent): Generator<ModelEvent, void> {
    yield alive;
    switch (block.type) {
      case "text":
        this.#blocks.set(index, { is: "other" });
        if (block.text) yield { type: "text", text: block.text };
        break;
      case "thinking":
        this.#blocks.set(index, { is: "thinking", signature: block.signature ?? "" });
        if (block.thinking) yield { type: "thinking", text: block.thinking };
        break;
      case "redacted_thinking":
        this.#blocks.set(index, { is: "other" });
        yield* payload({ redacted: block.data });
        break;
      case "tool_use": {
        // Where a whole answer came at once, or a gateway streams no arguments, they are here.
        const json = Object.keys(block.input ?? {}).length > 0 ? JSON.stringify(block.input) : "";
        this.#blocks.set(index, { is: "call", callId: block.id, tool: block.name, json });
        break;
      }
      default:
        this.#blocks.set(index, { is: "other" });
    }
  }

  #grow(block: Block | undefined, delta: RawContentBlockDelta): ModelEvent {
    if (delta.type === "text_delta" && delta.text) return { type: "text", text: delta.text };
    if (delta.type === "thinking_delta" && delta.thinking) return { type: "thinking", text: delta.thinking };
    if (delta.type === "signature_delta" && block?.is === "thinking") block.signature += delta.signature;
    if (delta.type === "input_json_delta" && block?.is === "call") block.json += delta.partial_json;
    return alive;
  }

  *#close(index: number): Generator<ModelEvent, void> {
    const block = this.#blocks.get(index);
    this.#blocks.delete(index);
    if (block?.is === "call") this.#last = block;
    if (block?.is === "thinking" && block.signature !== "") yield* payload({ signature: block.signature });
    else yield alive;
  }

  *#release(cutOff = false): Generator<ModelEvent, void> {
    if (!this.#last) return;
    const { callId, tool, json } = this.#last;
    this.#last = undefined;
    this.#calls++;
    const given = cutOff && json === "" ? { input: {}, malformed: "" } : argumentsIn(json);
    yield { type: "call", callId, tool, ...given };
  }

  /** Counts are of all so far, and a later one may leave out what an earlier one said. */
  #count(counts: Counts | undefined): ModelEvent {
    const said = Object.entries(counts ?? {}).filter(([, count]) => count !== null);
    this.#counts = { ...this.#counts, ...Object.fromEntries(said) };
    return soFar(usageOf(this.#counts));
  }

  #reason(): StopReason {
    return stops[this.#stop ?? ""] ?? (this.#calls > 0 ? "calls" : "end");
  }
}

const stops: Record<string, StopReason> = {
  end_turn: "end",
  stop_sequence: "end",
  tool_use: "calls",
  // More would have come: it can be asked to go on.
  max_tokens: "length",
  pause_turn: "length",
  model_context_window_exceeded: "length",
  refusal: "refusal",
};

const payload = (kept: ThinkingPayload) => payloadEvents(JSON.stringify(kept));

/** The vendor counts what the cache gave and took beside the rest. */
function usageOf(counts: Counts): Usage | undefined {
  const cacheRead = counts.cache_read_input_tokens ?? 0;
  const cacheWrite = counts.cache_creation_input_tokens ?? 0;
  return counted({
    input: (counts.input_tokens ?? 0) + cacheRead + cacheWrite,
    output: counts.output_tokens ?? 0,
    cacheRead,
    cacheWrite,
    reasoning: counts.output_tokens_details?.thinking_tokens,
  });
}

function refusalIn({ error = {} }: Refusal): VendorError {
  return new VendorError({ names: [error.details?.error_code, error.type], said: error.message });
}

/** An answer that came whole, as it would have been streamed. */
export function framesOf(answer: Answer | Refusal): Frame[] {
  if (answer.type !== "message") return [answer];
  const { content, stop_reason, usage } = answer;
  return [
    { type: "message_start", message: answer },
    ...content.flatMap((block, index): Frame[] => [
      { type: "content_block_start", index, content_block: block },
      { type: "content_block_stop", index },
    ]),
    { type: "message_delta", delta: { stop_reason, container: null, stop_details: null, stop_sequence: null }, usage },
    { type: "message_stop" },
  ];
}

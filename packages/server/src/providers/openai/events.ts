import type { Usage } from "@daimon/protocol";
import type { OpenAI } from "openai";
import type { ModelEvent, StopReason } from "../../core/ports.ts";
import { argumentsIn } from "../calls.ts";
import { VendorError } from "../faults.ts";
import { troubleIn } from "../openai-sdk.ts";
import { payloadEvents } from "../payloads.ts";
import { inAll, soFar, usageOf } from "../usage.ts";
import { payloadOf, payloadOfPhase } from "./request.ts";

type StreamEvent = OpenAI.Responses.ResponseStreamEvent;

/** One answer of the Responses API as our events. */
export class Answer {
  #called = false;
  #refused = false;
  #last: "text" | "thinking" | undefined;

  *hear(event: StreamEvent): Generator<ModelEvent> {
    switch (event.type) {
      case "response.output_text.delta":
        yield* this.#say("text", event.delta);
        break;
      case "response.refusal.delta":
        this.#refused = true;
        yield* this.#say("text", event.delta);
        break;
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        yield* this.#say("thinking", event.delta);
        break;
      case "response.reasoning_summary_part.added":
        // Parts are paragraphs of their own.
        yield* this.#paragraph("thinking");
        break;
      case "response.output_item.added":
        if (event.item.type === "message") yield* this.#message(event.item);
        else yield { type: "alive" };
        break;
      case "response.output_item.done":
        yield* this.#whole(event.item);
        break;
      case "response.completed":
        yield {
          type: "end",
          stop: this.#called ? "calls" : this.#refused ? "refusal" : "end",
          ...inAll(usedIn(event.response)),
        };
        break;
      case "response.incomplete": {
        const reason = event.response.incomplete_details?.reason;
        const stop: StopReason = reason === "content_filter" ? "filter" : "length";
        yield { type: "end", stop, ...inAll(usedIn(event.response)) };
        break;
      }
      case "response.failed":
        yield soFar(usedIn(event.response));
        throw new VendorError(troubleIn(event.response.error));
      default:
        yield { type: "alive" };
    }
  }

  *#say(kind: "text" | "thinking", text: string): Generator<ModelEvent> {
    if (text === "") return;
    this.#last = kind;
    yield { type: kind, text };
  }

  /** Its phase goes back with it, and so it stands by itself; another is a paragraph. */
  *#message({ phase }: OpenAI.Responses.ResponseOutputMessage): Generator<ModelEvent> {
    if (!phase) {
      yield* this.#paragraph("text");
      return;
    }
    this.#last = undefined;
    yield* payloadEvents(payloadOfPhase(phase));
  }

  *#paragraph(kind: "text" | "thinking"): Generator<ModelEvent> {
    if (this.#last === kind) yield { type: kind, text: "\n\n" };
    else yield { type: "alive" };
  }

  /** What is only good whole: calls, and the reasoning to send back. */
  *#whole(item: OpenAI.Responses.ResponseOutputItem): Generator<ModelEvent> {
    if (item.type === "function_call" && item.status !== "incomplete") {
      this.#called = true;
      this.#last = undefined;
      yield { type: "call", callId: item.call_id, tool: item.name, ...argumentsIn(item.arguments) };
      return;
    }
    const payload = item.type === "reasoning" ? payloadOf(item) : undefined;
    if (payload === undefined) yield { type: "alive" };
    else {
      this.#last = undefined;
      yield* payloadEvents(payload);
    }
  }
}

const usedIn = ({ usage }: OpenAI.Responses.Response): Usage | undefined =>
  usageOf({
    input: usage?.input_tokens,
    output: usage?.output_tokens,
    cacheRead: usage?.input_tokens_details?.cached_tokens,
    cacheWrite: usage?.input_tokens_details?.cache_write_tokens,
    reasoning: usage?.output_tokens_details?.reasoning_tokens,
  });

/** A whole answer, of a server that does not stream, as the events that it would have been. */
export function* eventsOf(response: Partial<OpenAI.Responses.Response>): Generator<StreamEvent> {
  const at = { output_index: 0, content_index: 0, summary_index: 0, sequence_number: 0, item_id: "", logprobs: [] };
  const { output = [], status } = response;
  for (const item of output) {
    yield { type: "response.output_item.added", item, ...at };
    if (item.type === "message")
      for (const part of item.content)
        yield part.type === "refusal"
          ? { type: "response.refusal.delta", delta: part.refusal, ...at }
          : { type: "response.output_text.delta", delta: part.text, ...at };
    if (item.type === "reasoning")
      for (const part of item.summary) {
        yield { type: "response.reasoning_summary_part.added", part, ...at };
        yield { type: "response.reasoning_summary_text.delta", delta: part.text, ...at };
      }
    yield { type: "response.output_item.done", item, ...at };
  }
  if (status === "completed" || status === "incomplete" || status === "failed")
    yield { type: `response.${status}`, response: response as OpenAI.Responses.Response, sequence_number: 0 };
}

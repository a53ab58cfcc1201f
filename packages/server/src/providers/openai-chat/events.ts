import { randomUUID } from "node:crypto";
import type { Usage } from "@daimon/protocol";
import type { OpenAI } from "openai";
import type { ModelEvent, StopReason } from "../../core/ports.ts";
import { argumentsIn } from "../calls.ts";
import { VendorError } from "../faults.ts";
import { troubleIn } from "../openai-sdk.ts";
import { payloadEvents } from "../payloads.ts";
import { inAll, isCount, soFar, usageOf } from "../usage.ts";
import { type ThinkingField, thinkingFields } from "./request.ts";

/** A piece of an answer as servers send it: OpenAI's, and what others have added. */
export type Chunk = Pick<OpenAI.Chat.ChatCompletionChunk, "choices"> & { usage?: Counted | null };
type Delta = OpenAI.Chat.ChatCompletionChunk.Choice.Delta & { [F in ThinkingField]?: unknown } & {
  reasoning_details?: unknown;
};
type Counted = OpenAI.CompletionUsage & { cost?: unknown; prompt_tokens_details?: { cache_write_tokens?: unknown } };
type Detail = Record<string, unknown>;

const stops: Record<string, StopReason> = { length: "length", content_filter: "filter" };
/** Ends that are none: the server gave up. */
const broken = new Set(["error", "abort"]);

/** One answer of the Chat Completions API as our events. Calls and the end come with `close`: before it nothing is whole. */
export class Answer {
  readonly #calls: { id: string; name: string; json: string }[] = [];
  readonly #at = new Map<number, number>();
  #thought: ThinkingField | undefined;
  #details: Detail[] = [];
  #refused = false;
  #finished: string | undefined;
  #usage: Counted | undefined;

  *hear({ choices, usage }: Chunk): Generator<ModelEvent> {
    if (usage) this.#usage = usage;
    const choice = choices?.[0];
    let said = false;
    for (const event of choice ? this.#read(choice.delta ?? {}) : []) {
      said = true;
      yield event;
    }
    if (choice?.finish_reason) this.#finished = choice.finish_reason;
    if (!said) yield soFar(usage ? usedIn(usage) : undefined);
  }

  /** The server has said all it will. Nothing comes of it where it did not say why it stopped. */
  *close(): Generator<ModelEvent> {
    const finished = this.#finished;
    if (finished === undefined) return;
    if (broken.has(finished)) throw new Error(`it ended with "${finished}"`);
    yield* this.#payload();
    const held = stops[finished];
    // What was held back in the middle of a call is none.
    const calls = this.#calls.filter(({ json }) => held === undefined || isWhole(json));
    for (const { id, name, json } of calls) yield { type: "call", callId: id, tool: name, ...argumentsIn(json) };
    const stop = held ?? (calls.length > 0 ? "calls" : this.#refused ? "refusal" : "end");
    yield { type: "end", stop, ...inAll(usedIn(this.#usage)), ...costIn(this.#usage) };
  }

  *#read(delta: Delta): Generator<ModelEvent> {
    // Some send the same thinking under both names.
    const field = thinkingFields.find((name) => isWords(delta[name]));
    if (field) {
      this.#thought = field;
      yield { type: "thinking", text: delta[field] as string };
    }
    if (Array.isArray(delta.reasoning_details)) addDetails(this.#details, delta.reasoning_details as Detail[]);
    if (isWords(delta.refusal)) this.#refused = true;
    for (const words of [delta.content, delta.refusal]) {
      if (!isWords(words)) continue;
      yield* this.#payload();
      yield { type: "text", text: words };
    }
    for (const call of delta.tool_calls ?? []) this.#grow(call);
  }

  #grow({ index, id, function: part }: OpenAI.Chat.ChatCompletionChunk.Choice.Delta.ToolCall): void {
    let at = this.#at.get(index);
    let call = at === undefined ? undefined : this.#calls[at];
    // Some number all calls of an answer 0: then the id tells them apart.
    if (!call || (id && part?.name && id !== call.id)) {
      call = { id: id || `made-up-${randomUUID()}`, name: "", json: "" };
      at = this.#calls.push(call) - 1;
      this.#at.set(index, at);
    }
    if (part?.name) call.name = part.name;
    call.json += part?.arguments ?? "";
  }

  /** What the thinking so far must come back with. */
  *#payload(): Generator<ModelEvent> {
    const payload = this.#details.length > 0 ? JSON.stringify(this.#details) : this.#thought;
    this.#details = [];
    this.#thought = undefined;
    if (payload !== undefined) yield* payloadEvents(payload);
  }
}

const isWords = (value: unknown): value is string => typeof value === "string" && value !== "";
const isWhole = (json: string): boolean => json !== "" && argumentsIn(json).malformed === undefined;

/** Details come in pieces as words do: those of one kind and place that follow each other are one. Encrypted ones come whole. */
function addDetails(details: Detail[], pieces: readonly Detail[]): void {
  for (const piece of pieces) {
    const last = details.at(-1);
    const same = last && last["type"] === piece["type"] && last["index"] === piece["index"];
    if (!same || piece["type"] === "reasoning.encrypted") details.push({ ...piece });
    else
      for (const [name, value] of Object.entries(piece)) {
        if (value === null) continue;
        const grows = name === "text" || name === "summary";
        last[name] = grows ? `${(last[name] ?? "") as string}${value as string}` : value;
      }
  }
}

function usedIn(usage: Counted | undefined): Usage | undefined {
  const { prompt_tokens: input, completion_tokens: completion, total_tokens: total } = usage ?? {};
  // Some count thinking beside the completion, all count it in the total.
  const beside = isCount(total) && isCount(input) ? total - input : 0;
  return usageOf({
    input,
    output: isCount(completion) ? Math.max(completion, beside) : undefined,
    cacheRead: usage?.prompt_tokens_details?.cached_tokens,
    cacheWrite: usage?.prompt_tokens_details?.cache_write_tokens,
    reasoning: usage?.completion_tokens_details?.reasoning_tokens,
  });
}

const costIn = (usage: Counted | undefined): { cost?: number } =>
  typeof usage?.cost === "number" && usage.cost >= 0 ? { cost: usage.cost } : {};

/** A whole answer, of a server that does not stream, as the one piece that it is. */
export function wholeAnswer(answer: unknown): Chunk {
  const { choices = [], usage, error } = (answer ?? {}) as Partial<OpenAI.Chat.ChatCompletion> & { error?: unknown };
  if (error) throw new VendorError(troubleIn(error));
  return {
    choices: choices.slice(0, 1).map(({ message, finish_reason, index }) => {
      const calls = message.tool_calls?.map((call, at) => ({ ...call, index: at }));
      return { index, finish_reason, delta: { ...message, tool_calls: calls } as Delta };
    }),
    usage: usage ?? null,
  };
}

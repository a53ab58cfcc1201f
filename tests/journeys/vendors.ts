import type { ProviderSettings } from "../../packages/server/src/providers/index.ts";
import * as anthropic from "../providers/anthropic-wire.ts";
import { callPiece, chat, words } from "../providers/chat.ts";
import * as gemini from "../providers/gemini-wire.ts";
import { responses } from "../providers/responses.ts";
import { sse } from "../providers/server.ts";

/** One answer of a model. Text comes in the pieces given; usage is what the vendor counts for it. */
export type Said = { text?: string[]; calls?: Call[]; usage?: Counts };
export type Call = { id: string; tool: string; input: object };
/** `input` is all that was sent, of which `cached` came from the cache. */
export type Counts = { input: number; cached: number; output: number };

/** A vendor as the daemon meets it: how it is named in settings, and how it says things. */
export type Speaker = {
  speaks: ProviderSettings["speaks"];
  model: string;
  /** What a million tokens cost, new, cached and given; undefined where nothing is charged. */
  price?: { input: number; cached: number; output: number };
  says(said: Said): string[];
};

const some: Counts = { input: 100, cached: 0, output: 10 };

export const speakers: readonly Speaker[] = [
  {
    speaks: "anthropic",
    model: "claude-opus-4-5",
    price: { input: 5, cached: 0.5, output: 25 },
    says({ text, calls = [], usage: { input, cached, output } = some }) {
      const first = text ? 1 : 0;
      return sse(
        anthropic.began({ input_tokens: input - cached, cache_read_input_tokens: cached, output_tokens: 1 }),
        ...(text ? anthropic.text(0, ...text) : []),
        ...calls.flatMap(({ id, tool, input: given }, n) => {
          const json = JSON.stringify(given);
          return anthropic.call(first + n, id, tool, json.slice(0, 5), json.slice(5));
        }),
        ...anthropic.ended(calls.length > 0 ? "tool_use" : "end_turn", { output_tokens: output }),
      );
    },
  },
  {
    speaks: "openai",
    model: "gpt-5-mini",
    price: { input: 0.25, cached: 0.025, output: 2 },
    says: ({ text, calls = [], usage = some }) =>
      responses(
        [
          ...(text ? [{ text }] : []),
          ...calls.map(({ id, tool, input }) => ({ call: id, name: tool, args: [JSON.stringify(input)] })),
        ],
        { usage },
      ),
  },
  {
    speaks: "openai-chat",
    model: "q",
    says: ({ text = [], calls = [], usage: { input, cached, output } = some }) =>
      chat(
        [
          ...words(...text),
          ...calls.map(({ id, tool, input: given }, index) =>
            callPiece({ index, id, name: tool, args: JSON.stringify(given) }),
          ),
        ],
        {
          finish: calls.length > 0 ? "tool_calls" : "stop",
          usage: {
            prompt_tokens: input,
            completion_tokens: output,
            total_tokens: input + output,
            prompt_tokens_details: { cached_tokens: cached },
          },
        },
      ),
  },
  {
    speaks: "gemini",
    model: "gemini-2.5-flash",
    price: { input: 0.3, cached: 0.03, output: 2.5 },
    says({ text = [], calls = [], usage: { input, cached, output } = some }) {
      const counts = { promptTokenCount: input, cachedContentTokenCount: cached, candidatesTokenCount: output };
      return sse(
        ...text.map((part) => gemini.piece([{ text: part }], undefined, counts)),
        ...calls.map(({ id, tool, input: given }) =>
          gemini.piece([gemini.call(tool, given, { id })], undefined, counts),
        ),
        gemini.piece([], "STOP", counts),
      );
    },
  },
];

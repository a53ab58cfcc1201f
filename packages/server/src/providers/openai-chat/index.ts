import type { OpenAI } from "openai";
import type { ModelEvent, Provider } from "../../core/ports.ts";
import { type Endpoint, secretsOf } from "../endpoint.ts";
import { faultsOf } from "../faults.ts";
import { clientOf, explain, isJson } from "../openai-sdk.ts";
import { asked, streamed } from "../stream.ts";
import { Answer, type Chunk, wholeAnswer } from "./events.ts";
import { modelsOf } from "./models.ts";
import { bodyOf } from "./request.ts";
import type { Quirks } from "./servers.ts";

export { servers } from "./servers.ts";

type Server = Endpoint & { baseURL: string } & Quirks;

/** Any server that speaks the Chat Completions API. */
export function openaiChatProvider(server: Server): Provider {
  const { name, baseURL } = server;
  const faults = faultsOf(name, secretsOf(server));
  const client = clientOf(server);
  // Who runs a model on this machine pays for it already.
  const free = isLoopback(baseURL);
  return {
    name,
    models: (signal) => asked({ signal, faults, explain }, async () => modelsOf(await client(), server, signal)),
    stream: (request, signal) =>
      streamed({
        model: request.model,
        signal,
        faults,
        explain,
        open: async function* (listening): AsyncGenerator<ModelEvent> {
          const answer = new Answer();
          for await (const chunk of chunksOf(await client(), bodyOf(request, server), listening))
            yield* answer.hear(chunk);
          for (const event of answer.close()) yield event.type === "end" && free ? { cost: 0, ...event } : event;
        },
      }),
  };
}

/** The pieces of an answer; one, where the server does not stream though it was asked to. */
async function* chunksOf(
  client: OpenAI,
  body: OpenAI.Chat.ChatCompletionCreateParamsStreaming,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const { data, response } = await client.chat.completions.create(body, { signal }).withResponse();
  if (isJson(response)) yield wholeAnswer(await response.json());
  else yield* data;
}

function isLoopback(baseURL: string): boolean {
  const { hostname } = new URL(baseURL);
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

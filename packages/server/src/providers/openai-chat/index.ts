import type { OpenAI } from "openai";
import type { ModelEvent, Provider } from "../../core/ports.ts";
import type { Endpoint } from "../endpoint.ts";
import { faultsOf } from "../faults.ts";
import { hearingFetch } from "../fetch.ts";
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
  const { name, keyAt, free } = server;
  const faults = faultsOf(server);
  const client = clientOf(server);
  return {
    name,
    ...(free ? { free: true as const } : {}),
    models: (signal) =>
      asked({ signal, faults, explain }, async () => {
        const models = await modelsOf(await client(), server, signal);
        return free ? models.map((model) => ({ ...model, price: { input: 0, output: 0 } })) : models;
      }),
    ...(keyAt
      ? { verify: (signal) => asked({ signal, faults, explain }, async () => (await client()).get(keyAt, { signal })) }
      : {}),
    stream: (request, signal, lives) =>
      streamed({
        model: request.model,
        signal,
        faults,
        explain,
        open: (listening) => answerTo(client(), bodyOf(request, server), listening, lives),
      }),
  };
}

async function* answerTo(
  client: Promise<OpenAI>,
  body: OpenAI.Chat.ChatCompletionCreateParamsStreaming,
  signal: AbortSignal,
  lives: (() => void) | undefined,
): AsyncGenerator<ModelEvent> {
  const { chat } = (await client).withOptions({ fetch: hearingFetch(lives) });
  const { data, response } = await chat.completions.create(body, { signal }).withResponse();
  // Some servers do not stream though they are asked to.
  const chunks: AsyncIterable<Chunk> | Chunk[] = isJson(response) ? [wholeAnswer(await response.json())] : data;
  const answer = new Answer();
  // Not `yield*`: from here it would make a promise of each event more, and there are as many as tokens.
  for await (const chunk of chunks) for (const heard of answer.hear(chunk)) yield heard;
  for (const event of answer.close()) yield event;
}

import type { OpenAI } from "openai";
import type { ModelEvent, ModelRequest, Provider } from "../../core/ports.ts";
import { type Endpoint, secretsOf } from "../endpoint.ts";
import { faultsOf } from "../faults.ts";
import { clientOf, explain, isJson } from "../openai-sdk.ts";
import { asked, streamed } from "../stream.ts";
import { Answer, eventsOf } from "./events.ts";
import { bodyOf } from "./request.ts";

/** OpenAI's Responses API, and whoever speaks it. */
export function openaiProvider({ baseURL = "https://api.openai.com/v1", ...endpoint }: Endpoint): Provider {
  const faults = faultsOf(endpoint.name, secretsOf(endpoint));
  const client = clientOf({ ...endpoint, baseURL });
  return {
    name: endpoint.name,
    models: (signal) =>
      asked({ signal, faults, explain }, async () => {
        const { data } = await (await client()).models.list({ signal });
        return data.filter(({ id }) => writes(id)).map(({ id }) => ({ id, name: id }));
      }),
    stream: (request, signal) =>
      streamed({
        model: request.model,
        signal,
        faults,
        explain,
        open: (listening) => answerTo(client(), request, listening),
      }),
  };
}

async function* answerTo(
  client: Promise<OpenAI>,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  const asking = (await client).responses.create(bodyOf(request), { signal });
  const { data, response } = await asking.withResponse();
  const events = isJson(response) ? eventsOf((await response.json()) as Partial<OpenAI.Responses.Response>) : data;
  const answer = new Answer();
  // Not `yield*`: from here it would make a promise of each event more, and there are as many as tokens.
  for await (const event of events) for (const heard of answer.hear(event)) yield heard;
}

/** OpenAI lists everything it sells at one address: what draws, speaks, listens or only compares is left out. */
const others =
  /audio|dall-e|embedding|image|instruct|live|moderation|realtime|search|sora|transcribe|tts|whisper|^babbage|^davinci/;
const writes = (id: string): boolean => !others.test(id);

import type { OpenAI } from "openai";
import type { Access, ModelEvent, ModelInfo, ModelRequest, Provider } from "../../core/ports.ts";
import type { Endpoint } from "../endpoint.ts";
import { type Faults, faultsOf } from "../faults.ts";
import { hearingFetch } from "../fetch.ts";
import { clientOf, explain, isJson } from "../openai-sdk.ts";
import { lettingIn } from "../signed.ts";
import { asked, streamed } from "../stream.ts";
import { Answer, eventsOf } from "./events.ts";
import { modelsOfPlan, refusedByPlan, toPlan } from "./plan.ts";
import { bodyOf } from "./request.ts";

/** OpenAI's Responses API, and whoever speaks it. */
export function openaiProvider({ baseURL = "https://api.openai.com/v1", ...endpoint }: Endpoint): Provider {
  const { access } = endpoint;
  const faults = faultsOf(endpoint);
  const client = clientOf({ ...endpoint, baseURL });
  return {
    name: endpoint.name,
    models: (signal) =>
      asked({ signal, faults, explain }, async () =>
        access ? modelsOfPlan(await client(), access, signal) : modelsOf(await client(), signal),
      ),
    stream: (request, signal, lives) =>
      streamed({
        model: request.model,
        signal,
        faults,
        explain,
        open: (listening) => answerTo(client(), request, { access, faults, lives }, listening),
      }),
  };
}

async function modelsOf(client: OpenAI, signal: AbortSignal | undefined): Promise<ModelInfo[]> {
  const { data } = await client.models.list({ signal });
  return data.filter(({ id }) => writes(id)).map(({ id }) => ({ id, name: id }));
}

async function* answerTo(
  client: Promise<OpenAI>,
  request: ModelRequest,
  { access, faults, lives }: { access: Access | undefined; faults: Faults; lives: (() => void) | undefined },
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  const { responses } = (await client).withOptions({ fetch: hearingFetch(lives) });
  const said = access && refusedByPlan(request);
  if (said) throw faults(request.model, { said }, "invalid");
  const body = access ? toPlan(bodyOf(request)) : bodyOf(request);
  const { data, response } = await lettingIn(access, (options) =>
    responses.create(body, { ...options, signal }).withResponse(),
  );
  const events = isJson(response) ? eventsOf((await response.json()) as Partial<OpenAI.Responses.Response>) : data;
  const answer = new Answer();
  // Not `yield*`: from here it would make a promise of each event more, and there are as many as tokens.
  for await (const event of events) for (const heard of answer.hear(event)) yield heard;
}

/** OpenAI lists everything it sells at one address: what draws, speaks, listens or only compares is left out. */
const others =
  /audio|dall-e|embedding|image|instruct|live|moderation|realtime|search|sora|transcribe|tts|whisper|^babbage|^davinci/;
const writes = (id: string): boolean => !others.test(id);

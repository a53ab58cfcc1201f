import type { Anthropic, APIError } from "@anthropic-ai/sdk";
import type { ModelInfo as Listed } from "@anthropic-ai/sdk/resources";
import type { ModelEvent, ModelInfo, ModelRequest, Provider } from "../../core/ports.ts";
import { type Endpoint, strayHeaders } from "../endpoint.ts";
import { faultsOf, retryAfterIn, type Trouble } from "../faults.ts";
import { heardBy, openFetch } from "../fetch.ts";
import { asked, streamed } from "../stream.ts";
import { AnswerReader, framesOf } from "./answer.ts";
import { bodyOf } from "./request.ts";

/** Anthropic's Messages API, and whoever speaks it. */
export function anthropicProvider(endpoint: Endpoint): Provider {
  const faults = faultsOf(endpoint);
  let connecting: Promise<Anthropic> | undefined;
  const client = () => (connecting ??= connect(endpoint));
  return {
    name: endpoint.name,
    models: (signal) =>
      asked({ signal, faults, explain }, async () => {
        const listed: ModelInfo[] = [];
        for await (const model of (await client()).models.list({ limit: 1000 }, { signal })) listed.push(infoOf(model));
        return listed;
      }),
    stream: (request, signal, lives) =>
      streamed({
        model: request.model,
        signal,
        faults,
        explain,
        open: (listening) => answerTo(client, request, listening, lives),
      }),
  };
}

async function connect({ key, baseURL, headers = {} }: Endpoint): Promise<Anthropic> {
  const { Anthropic: Client } = await import("@anthropic-ai/sdk");
  return new Client({
    // Given always: without one the SDK looks for keys of its own in the environment and in files.
    apiKey: key ?? "none",
    baseURL: baseURL ?? null,
    defaultHeaders: {
      ...strayHeaders("ANTHROPIC_CUSTOM_HEADERS"),
      ...(key === undefined ? { authorization: null } : {}),
      ...headers,
    },
    fetch: openFetch,
    logLevel: "off",
    openTelemetry: false,
  });
}

/** The last version of the API that knows a temperature. */
const sampling = { "anthropic-version": "2023-06-01" };

async function* answerTo(
  client: () => Promise<Anthropic>,
  request: ModelRequest,
  signal: AbortSignal,
  lives: (() => void) | undefined,
): AsyncGenerator<ModelEvent, void> {
  const { Stream } = await import("@anthropic-ai/sdk/streaming");
  // Not `messages.create`: it writes to the console about old models, and its stream hides the pings.
  const response = await (
    await client()
  )
    .post("/v1/messages", {
      body: bodyOf(request),
      stream: true,
      signal,
      headers: request.temperature === undefined ? {} : sampling,
    })
    .asResponse();
  const reader = new AnswerReader();
  if (response.headers.get("content-type")?.includes("application/json")) {
    const answer = (await response.json()) as Parameters<typeof framesOf>[0];
    for (const frame of framesOf(answer)) yield* reader.read(frame);
    return;
  }
  for await (const { data } of Stream.rawEvents(heardBy(lives, response))) {
    if (data === "") continue;
    // Not `yield*`, which costs several promises for each event.
    for (const event of reader.read(JSON.parse(data))) yield event;
  }
}

/** Every answer that the SDK takes for a refusal has a status; without one it never came. */
function explain(error: unknown): Trouble | undefined {
  if (!(error instanceof Error) || !("status" in error) || error.status === undefined) return undefined;
  const { status, errorCode, type, apiMessage, message, headers } = error as APIError<number, Headers>;
  return { status, names: [errorCode, type], said: apiMessage ?? message, retryAfter: retryAfterIn(headers) };
}

const infoOf = ({ id, display_name, max_input_tokens, max_tokens, capabilities }: Listed): ModelInfo => ({
  id,
  name: display_name,
  ...(max_input_tokens ? { context: max_input_tokens } : {}),
  ...(max_tokens ? { output: max_tokens } : {}),
  ...(capabilities ? { images: capabilities.image_input.supported, thinking: capabilities.thinking.supported } : {}),
});

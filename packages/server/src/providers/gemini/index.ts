import type { ApiError, GoogleGenAI, Model } from "@google/genai";
import type { ModelEvent, ModelInfo, ModelRequest, Provider } from "../../core/ports.ts";
import type { Endpoint } from "../endpoint.ts";
import { faultsOf, retryAfterIn, type Trouble } from "../faults.ts";
import { hearingFetch } from "../fetch.ts";
import { asked, streamed } from "../stream.ts";
import { AnswerReader, type Piece } from "./answer.ts";
import { parametersOf } from "./request.ts";

/** Google's Gemini API. */
export function geminiProvider(endpoint: Endpoint): Provider {
  const faults = faultsOf(endpoint);
  let connecting: Promise<GoogleGenAI> | undefined;
  const client = () => (connecting ??= connect(endpoint));
  return {
    name: endpoint.name,
    models: (signal) =>
      asked({ signal, faults, explain }, async () => {
        const listed: ModelInfo[] = [];
        const { models } = await client();
        const config = { pageSize: 1000, ...(signal ? { abortSignal: signal } : {}) };
        for await (const model of await models.list({ config })) if (answers(model)) listed.push(infoOf(model));
        return listed;
      }),
    stream: (request, signal, lives) => {
      let headers: Headers | undefined;
      const open = (listening: AbortSignal) => answerTo(client, request, listening, (came) => (headers = came), lives);
      return streamed({ model: request.model, signal, faults, explain: (error) => explain(error, headers), open });
    },
  };
}

async function connect({ key, baseURL, headers = {} }: Endpoint): Promise<GoogleGenAI> {
  const { GoogleGenAI: Client } = await import("@google/genai");
  return new Client({
    // Given always: without one the SDK looks for keys of its own in the environment and in files.
    apiKey: key ?? "none",
    vertexai: false,
    // The SDK tries nothing again of itself: its way of doing so hears neither the server's wish to wait nor an interrupt.
    httpOptions: { baseUrl: baseURL ?? "https://generativelanguage.googleapis.com/", headers },
  });
}

async function* answerTo(
  client: () => Promise<GoogleGenAI>,
  request: ModelRequest,
  signal: AbortSignal,
  came: (headers: Headers) => void,
  lives: (() => void) | undefined,
): AsyncGenerator<ModelEvent, void> {
  const { config, ...rest } = parametersOf(request);
  const reader = new AnswerReader();
  const { models } = await client();
  const pieces = await models.generateContentStream({
    ...rest,
    config: { ...config, abortSignal: signal, httpOptions: { fetch: streamingFetch(came, lives) } },
  });
  // Not `yield*`, which costs several promises for each event.
  for await (const piece of pieces) for (const event of reader.read(piece)) yield event;
  yield* reader.end();
}

/** Errors of the SDK's have no headers, and it takes nothing but streams: an answer that came whole is made one of. */
const streamingFetch =
  (came: (headers: Headers) => void, lives: (() => void) | undefined): typeof fetch =>
  async (input, init) => {
    const response = await hearingFetch(lives)(input, init);
    came(response.headers);
    if (!response.ok || !response.headers.get("content-type")?.includes("application/json")) return response;
    const whole = (await response.json()) as Piece | Piece[];
    const frames = [whole].flat().map((piece) => `data: ${JSON.stringify(piece)}\n\n`);
    return new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
  };

type Refusal = { error?: { message?: string; status?: string; details?: { reason?: string; retryDelay?: string }[] } };

function explain(error: unknown, headers?: Headers): Trouble | undefined {
  if (!(error instanceof Error) || error.name !== "ApiError") return undefined;
  const { status, message } = error as ApiError;
  const refusal = refusalIn(message);
  const details = refusal?.error?.details ?? [];
  const delay = details.map(({ retryDelay }) => Number.parseFloat(retryDelay ?? "")).find((seconds) => seconds >= 0);
  return {
    status,
    names: [...details.map(({ reason }) => reason), refusal?.error?.status],
    said: refusal?.error?.message ?? message,
    retryAfter: delay === undefined ? retryAfterIn(headers) : delay * 1000,
  };
}

/** The SDK makes the whole answer the error's message, with a word before it where it came within a stream. */
function refusalIn(message: string): Refusal | undefined {
  try {
    const said = JSON.parse(message.replace(/^got status: \w*\. /, "")) as Refusal | Refusal[];
    return [said].flat()[0];
  } catch {
    return undefined;
  }
}

const answers = ({ supportedActions }: Model): boolean => supportedActions?.includes("generateContent") ?? true;

function infoOf({ name = "", displayName, inputTokenLimit, outputTokenLimit, thinking }: Model): ModelInfo {
  const id = name.replace(/^models\//, "");
  return {
    id,
    name: displayName ?? id,
    ...(inputTokenLimit ? { context: inputTokenLimit } : {}),
    ...(outputTokenLimit ? { output: outputTokenLimit } : {}),
    ...(thinking === undefined ? {} : { thinking }),
  };
}

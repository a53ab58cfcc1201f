import type { OpenAI } from "openai";
import type { ModelInfo } from "../../core/ports.ts";
import type { Quirks } from "./servers.ts";

/** What a server's list says of a model, in the words of those that say more than its name. */
type Listed = {
  id: string;
  name?: string;
  // OpenRouter
  context_length?: number;
  top_provider?: { max_completion_tokens?: number | null };
  architecture?: { input_modalities?: string[]; output_modalities?: string[] };
  supported_parameters?: string[];
  // vLLM
  max_model_len?: number;
};

/** What a server tells of one model beside its list; `talks` is false for what only compares or draws. */
type Details = Omit<ModelInfo, "id" | "name"> & { talks: boolean };

export async function modelsOf(
  client: OpenAI,
  { details }: Quirks,
  signal: AbortSignal | undefined,
): Promise<ModelInfo[]> {
  const { data } = await client.models.list({ signal });
  const listed = (data as unknown as Listed[]).filter(writes);
  if (!details) return listed.map(infoOf);
  const known = await detailsFrom[details](client, listed, signal);
  return listed.flatMap((model) => {
    const { talks = true, ...more } = known.get(model.id) ?? {};
    return talks ? [{ ...infoOf(model), ...more }] : [];
  });
}

const writes = ({ architecture }: Listed): boolean => architecture?.output_modalities?.includes("text") ?? true;

function infoOf(listed: Listed): ModelInfo {
  const { id, name = id, context_length, max_model_len, top_provider, architecture, supported_parameters } = listed;
  return stripped({
    id,
    name,
    context: context_length ?? max_model_len,
    output: top_provider?.max_completion_tokens ?? undefined,
    images: architecture?.input_modalities?.includes("image"),
    thinking: supported_parameters?.includes("reasoning"),
  });
}

type Unstripped<T> = { [K in keyof T]: T[K] | undefined };
const stripped = <T extends object>(info: Unstripped<T>): T =>
  Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined && value !== 0)) as T;

type Ask = (
  client: OpenAI,
  listed: readonly Listed[],
  signal: AbortSignal | undefined,
) => Promise<Map<string, Details>>;

/**
 * The window that counts is the one the server runs a model with, mostly far smaller than what the model was made for, and
 * known once it is loaded. What goes beyond it the server drops without a word: so no window rather than one too large.
 */
const detailsFrom: Record<NonNullable<Quirks["details"]>, Ask> = {
  async ollama(client, listed, signal) {
    type Loaded = { models?: { name: string; context_length?: number }[] };
    type Shown = { capabilities?: string[]; parameters?: string };
    const { models = [] } = await client.get<Loaded>(beside(client, "/api/ps"), { signal });
    const loaded = new Map(models.map(({ name, context_length }) => [name, context_length]));
    const shown = listed.map(async ({ id }): Promise<[string, Details]> => {
      const { capabilities, parameters = "" } = await client.post<Shown>(beside(client, "/api/show"), {
        body: { model: id },
        signal,
      });
      const fixed = /^num_ctx\s+(\d+)/m.exec(parameters)?.[1];
      return [
        id,
        stripped<Details>({
          talks: capabilities?.includes("completion") ?? true,
          context: loaded.get(id) ?? (fixed === undefined ? undefined : Number(fixed)),
          images: capabilities?.includes("vision"),
          thinking: capabilities?.includes("thinking"),
        }),
      ];
    });
    return new Map(await Promise.all(shown));
  },

  async lmstudio(client, _listed, signal) {
    type Known = { data: { id: string; type?: string; loaded_context_length?: number }[] };
    const { data } = await client.get<Known>(beside(client, "/api/v0/models"), { signal });
    return new Map(
      data.map(({ id, type, loaded_context_length: context }) => [
        id,
        stripped<Details>({
          talks: type !== "embeddings",
          context,
          images: type === undefined ? type : type === "vlm",
        }),
      ]),
    );
  },

  async llamacpp(client, listed, signal) {
    type Props = { default_generation_settings?: { n_ctx?: number }; modalities?: { vision?: boolean } };
    const props = await client.get<Props>(beside(client, "/props"), { signal });
    const { default_generation_settings: settings, modalities } = props;
    const details = stripped<Details>({ talks: true, context: settings?.n_ctx, images: modalities?.vision });
    return new Map(listed.map(({ id }) => [id, details]));
  },
};

/** The server's own language stands beside the one it shares with others. */
const beside = ({ baseURL }: OpenAI, path: string): string => new URL(path, baseURL).href;

import { expect, test } from "vitest";
import { openaiChatProvider, servers } from "../../packages/server/src/providers/openai-chat/index.ts";
import { vendorOf } from "./asking.ts";
import { type Answer, failing, json } from "./server.ts";

/** A server that lists models, and tells more of them at addresses of its own. */
async function models(kind: keyof typeof servers, answers: Record<string, (body: { model: string }) => Answer>) {
  const vendor = await vendorOf(
    ({ path, body }) => answers[path]?.(body as never) ?? failing(404, { error: { message: "not found" } }),
  );
  const { pathname } = new URL(servers[kind].baseURL);
  const listed = await openaiChatProvider({ ...servers[kind], name: kind, baseURL: vendor.url + pathname }).models();
  return listed.map(({ price, ...model }) => {
    expect(price).toEqual(kind === "openrouter" ? undefined : { input: 0, output: 0 });
    return model;
  });
}
const list =
  (...data: object[]) =>
  () =>
    json({ object: "list", data: data.map((model) => ({ object: "model", ...model })) });

test("OpenRouter tells names, windows and abilities; what does not write is left out", async () => {
  const writer = {
    id: "a/b",
    name: "A: B",
    context_length: 200_000,
    top_provider: { max_completion_tokens: 64_000 },
    architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
    supported_parameters: ["tools", "reasoning"],
  };
  const painter = { id: "p/q", name: "P", architecture: { input_modalities: ["text"], output_modalities: ["image"] } };
  expect(await models("openrouter", { "/api/v1/models": list(writer, painter) })).toEqual([
    { id: "a/b", name: "A: B", context: 200_000, output: 64_000, images: true, thinking: true },
  ]);
});

test("vLLM tells windows", async () => {
  expect(await models("vllm", { "/v1/models": list({ id: "q", max_model_len: 32_768 }) })).toEqual([
    { id: "q", name: "q", context: 32_768 },
  ]);
});

test("Ollama: the window is the one a model runs with, and unknown until that is known", async () => {
  const shown: Record<string, object> = {
    loaded: { capabilities: ["completion", "vision", "thinking"], model_info: { "llama.context_length": 131_072 } },
    fixed: { capabilities: ["completion"], parameters: "temperature 0.7\nnum_ctx                        16384" },
    idle: { capabilities: ["completion"], model_info: { "llama.context_length": 131_072 } },
    embedder: { capabilities: ["embedding"] },
  };
  const found = await models("ollama", {
    "/v1/models": list(...Object.keys(shown).map((id) => ({ id }))),
    "/api/ps": () => json({ models: [{ name: "loaded", context_length: 8_192 }] }),
    "/api/show": ({ model }) => json(shown[model]),
  });
  expect(found).toEqual([
    { id: "loaded", name: "loaded", context: 8_192, images: true, thinking: true },
    { id: "fixed", name: "fixed", context: 16_384, images: false, thinking: false },
    { id: "idle", name: "idle", images: false, thinking: false },
  ]);
});

test("LM Studio: likewise, and what only embeds is left out", async () => {
  const found = await models("lmstudio", {
    "/v1/models": list({ id: "a" }, { id: "b" }, { id: "e" }),
    "/api/v0/models": list(
      { id: "a", type: "vlm", max_context_length: 131_072, loaded_context_length: 4_096 },
      { id: "b", type: "llm", max_context_length: 131_072 },
      { id: "e", type: "embeddings" },
    ),
  });
  expect(found).toEqual([
    { id: "a", name: "a", context: 4_096, images: true },
    { id: "b", name: "b", images: false },
  ]);
});

test("llama.cpp: the window is the one it was started with", async () => {
  const found = await models("llamacpp", {
    "/v1/models": list({ id: "g", meta: { n_ctx_train: 131_072 } }),
    "/props": () => json({ default_generation_settings: { n_ctx: 8_192 }, modalities: { vision: false } }),
  });
  expect(found).toEqual([{ id: "g", name: "g", context: 8_192, images: false }]);
});

test("a server without a list says so", async () => {
  await expect(models("vllm", {})).rejects.toMatchObject({
    name: "ProviderFault",
    message: expect.stringContaining("vllm"),
  });
});

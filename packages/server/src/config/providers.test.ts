import { expect, test } from "vitest";
import { providersOf } from "./providers.ts";

const servers = {
  openrouter: { baseURL: "https://openrouter.example/v1", thinking: "nested" as const },
  ollama: { baseURL: "http://127.0.0.1:11434/v1", details: "ollama" as const },
  lmstudio: { baseURL: "http://127.0.0.1:1234/v1" },
  llamacpp: { baseURL: "http://127.0.0.1:8080/v1" },
  vllm: { baseURL: "http://127.0.0.1:8000/v1" },
};
type Tables = Parameters<typeof providersOf>[0];
const named = (name: string, env: Record<string, string> = {}, tables: Tables = {}) =>
  providersOf(tables, env, servers).find((provider) => provider.name === name);

test("each vendor has its key and its address from the environment", () => {
  const env = {
    ANTHROPIC_API_KEY: "a",
    ANTHROPIC_BASE_URL: "http://a.example",
    OPENAI_API_KEY: "o",
    OPENAI_BASE_URL: "http://o.example/v1",
    OPENROUTER_API_KEY: "r",
    GEMINI_API_KEY: "g",
  };
  expect(providersOf({}, env, servers).slice(0, 4)).toEqual([
    { name: "anthropic", variable: "ANTHROPIC_API_KEY", speaks: "anthropic", key: "a", baseURL: "http://a.example" },
    { name: "openai", variable: "OPENAI_API_KEY", speaks: "openai", key: "o", baseURL: "http://o.example/v1" },
    { name: "openrouter", variable: "OPENROUTER_API_KEY", speaks: "openai-chat", key: "r", ...servers.openrouter },
    { name: "gemini", variable: "GEMINI_API_KEY", speaks: "gemini", key: "g" },
  ]);
});

test("a vendor without a key says which variable it misses; at an address of one's own it may need none", () => {
  expect(named("anthropic")).toEqual({
    name: "anthropic",
    speaks: "anthropic",
    variable: "ANTHROPIC_API_KEY",
    locked: true,
  });
  expect(named("anthropic", { ANTHROPIC_API_KEY: "" })).toMatchObject({ variable: "ANTHROPIC_API_KEY", locked: true });
  expect(named("anthropic", { ANTHROPIC_BASE_URL: "http://proxy" })).not.toHaveProperty("locked");
});

test("a server that nobody spoke of is only assumed", () => {
  expect(named("ollama")).toEqual({ name: "ollama", speaks: "openai-chat", assumed: true, ...servers.ollama });
  expect(named("ollama", { OLLAMA_HOST: "box" })).not.toHaveProperty("assumed");
  expect(named("lmstudio", {}, { lmstudio: {} })).toEqual({
    name: "lmstudio",
    speaks: "openai-chat",
    ...servers.lmstudio,
  });
});

test.each([
  ["box", "http://box:11434/v1"],
  ["box:8000", "http://box:8000/v1"],
  [":8000", "http://127.0.0.1:8000/v1"],
  ["0.0.0.0", "http://127.0.0.1:11434/v1"],
  ["http://box:8000/", "http://box:8000/v1"],
  ["https://box/ollama", "https://box/ollama/v1"],
  ["box/ollama", "http://box:11434/ollama/v1"],
  ["[::1]", "http://[::1]:11434/v1"],
  ["[::]:99", "http://[::1]:99/v1"],
])("OLLAMA_HOST %s is called at %s", (OLLAMA_HOST, baseURL) => {
  expect(named("ollama", { OLLAMA_HOST })).toMatchObject({ baseURL, details: "ollama" });
});

test("a provider of the file has its key and its headers from the variables that it names", () => {
  const work = {
    speaks: "anthropic",
    url: "http://work",
    key: "$WORK_KEY",
    headers: { "x-team": "a", authorization: "Bearer $TOKEN" },
  } as const;
  expect(named("work", { WORK_KEY: "w", TOKEN: "t" }, { work })).toEqual({
    name: "work",
    variable: "WORK_KEY",
    speaks: "anthropic",
    key: "w",
    baseURL: "http://work",
    headers: { "x-team": "a", authorization: "Bearer t" },
  });
  expect(named("work", {}, { work })).toMatchObject({ variable: "WORK_KEY", locked: true });
});

test("a provider of the file speaks the language of most servers, without a key, where it says no other", () => {
  expect(named("box", { OPENAI_API_KEY: "o" }, { box: { url: "http://box/v1", tools: false } })).toEqual({
    name: "box",
    speaks: "openai-chat",
    baseURL: "http://box/v1",
    tools: false,
  });
});

test("what the file says of a well-known provider goes before what is known, and the environment before the file", () => {
  const tables: Tables = { openai: { url: "http://file" }, openrouter: { thinking: "effort" } };
  expect(named("openai", { OPENAI_API_KEY: "o" }, tables)).toMatchObject({ key: "o", baseURL: "http://file" });
  expect(named("openai", { OPENAI_BASE_URL: "http://env" }, tables)).toMatchObject({ baseURL: "http://env" });
  expect(named("openrouter", {}, tables)).toMatchObject({
    thinking: "effort",
    variable: "OPENROUTER_API_KEY",
    locked: true,
  });
});

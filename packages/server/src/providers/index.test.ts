import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { providers, servers } from "./index.ts";

test("a provider is what the settings call it, beside the guide, which is always there", () => {
  const named = providers([
    { name: "work", speaks: "anthropic", key: "k" },
    { name: "gemini", speaks: "gemini", key: "k" },
    { name: "openai", speaks: "openai", key: "k" },
    { name: "ollama", speaks: "openai-chat", ...servers.ollama },
  ]).map(({ name }) => name);
  expect(named).toEqual(["offline", "work", "gemini", "openai", "ollama"]);
});

test("no SDK is loaded for providers that nobody asks", () => {
  const script = `
    const { registerHooks } = await import("node:module");
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { providers } = await import(${JSON.stringify(join(import.meta.dirname, "index.ts"))});
    const baseURL = "http://127.0.0.1:1/v1";
    const speaks = ["anthropic", "gemini", "openai", "openai-chat"];
    providers(speaks.map((language) => ({ name: language, speaks: language, key: "k", baseURL })));
    console.log(JSON.stringify(loaded));`;
  const loaded = JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }),
  ) as string[];
  expect(loaded.filter((url) => /providers\/[a-z-]+\/index\.ts$/.test(url))).toHaveLength(5);
  expect(loaded.filter((url) => /node_modules\/(?:@anthropic-ai|@google|openai)\//.test(url))).toEqual([]);
});

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { providers } from "./index.ts";

test("a provider is what the settings call it, beside the guide, which is always there", () => {
  const named = providers([
    { name: "work", speaks: "anthropic", key: "k" },
    { name: "gemini", speaks: "gemini", key: "k" },
  ]).map(({ name }) => name);
  expect(named).toEqual(["offline", "work", "gemini"]);
});

test("no SDK is loaded for providers that nobody asks", () => {
  const script = `
    const { registerHooks } = await import("node:module");
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { providers } = await import(${JSON.stringify(join(import.meta.dirname, "index.ts"))});
    providers([{ name: "a", speaks: "anthropic", key: "k" }, { name: "g", speaks: "gemini", key: "k" }]);
    console.log(JSON.stringify(loaded));`;
  const loaded = JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }),
  ) as string[];
  expect(loaded.some((url) => url.endsWith("providers/anthropic/index.ts"))).toBe(true);
  expect(loaded.filter((url) => /node_modules\/(?:@anthropic-ai|@google|openai)\//.test(url))).toEqual([]);
});

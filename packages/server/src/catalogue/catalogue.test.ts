import { expect, test } from "vitest";
import { openCatalogue } from "./index.ts";

const { info, price } = openCatalogue(() => Date.UTC(2026, 9, 1));

test("a price counts what was read from the cache, written to it and new at their own rates", async () => {
  // 5 dollars a million new, 0.5 read, 6.25 written, 25 given.
  const usage = { input: 1000, cacheRead: 400, cacheWrite: 100, output: 200 };
  const cost = (500 * 5 + 400 * 0.5 + 100 * 6.25 + 200 * 25) / 1e6;
  expect(await price("anthropic/claude-opus-4-5", usage)).toBeCloseTo(cost, 9);
});

test("a price that nobody knows is unknown, and not nothing", async () => {
  const usage = { input: 1, output: 1 };
  expect(await price("anthropic/no-such-model", usage)).toBeUndefined();
  expect(await price("my-own-server/llama", usage)).toBeUndefined();
});

test("a model's prices are those of today's first tokens", async () => {
  expect((await info("openai/gpt-6-astra"))?.price).toEqual({ input: 10, output: 50 });
  // An introductory price holds until the end of the year.
  expect((await info("gemini/gemini-3.8-flash"))?.price).toEqual({ input: 0.75, output: 3.75 });
  const later = openCatalogue(() => Date.UTC(2027, 0, 2));
  expect((await later.info("gemini/gemini-3.8-flash"))?.price).toEqual({ input: 1.5, output: 7.5 });
});

test("the window of a known model is known, of another it is not", async () => {
  expect(await info("anthropic/claude-opus-4-5")).toMatchObject({ name: "Claude Opus 4.5", context: 200_000 });
  expect(await info("gemini/no-such-model")).toBeUndefined();
});

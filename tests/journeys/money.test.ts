import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ask } from "../daemon-process/ask.ts";
import { startDaemon, withFolder } from "../daemon-process/start.ts";
import * as anthropic from "../providers/anthropic-wire.ts";
import { sse, startVendor, streaming } from "../providers/server.ts";
import { speakers } from "./vendors.ts";

/** What vendors count, through their own SDKs and the real prices, against sums made by hand. */

const says = (name: string, usage: { input: number; cached: number; output: number }) =>
  streaming(speakers.find(({ speaks }) => speaks === name)!.says({ text: ["done"], usage }));

/** Anthropic counts what is new, written to the cache and read from it each by itself. */
const claude = (usage: object, output_tokens: number, call: boolean) =>
  streaming(
    sse(
      anthropic.began({ ...usage, output_tokens: 1 }),
      ...(call ? anthropic.call(0, "c", "get_type", '{"expression":', '"1"}') : anthropic.text(0, "done")),
      ...anthropic.ended(call ? "tool_use" : "end_turn", { output_tokens }),
    ),
  );

const answers = {
  // Below 200,000 tokens: 3 dollars a million new, 3.75 written, 0.3 read, 15 given.
  first: claude({ input_tokens: 1000, cache_creation_input_tokens: 150_000, cache_read_input_tokens: 0 }, 400, true),
  // Above, all of it: 6 new, 7.5 written, 0.6 read, 22.5 given.
  second: claude(
    { input_tokens: 60_000, cache_creation_input_tokens: 2000, cache_read_input_tokens: 150_000 },
    1000,
    false,
  ),
  // Above 200,000: 2.5 new, 0.25 read, 15 given.
  gemini: says("gemini", { input: 250_000, cached: 200_000, output: 1000 }),
  // 0.25 new, 0.025 read, 2 given.
  openai: says("openai", { input: 10_000, cached: 8000, output: 2000 }),
  local: says("openai-chat", { input: 700, cached: 0, output: 30 }),
};

const byHand = {
  "anthropic/claude-sonnet-4-5": 0.003 + 0.5625 + 0.006 + (0.36 + 0.015 + 0.09 + 0.0225),
  "gemini/gemini-2.5-pro": 0.125 + 0.05 + 0.015,
  "openai/gpt-5-mini": 0.0005 + 0.0002 + 0.004,
};

const keys = { ANTHROPIC_API_KEY: "k", OPENAI_API_KEY: "k", GEMINI_API_KEY: "k" };

test("steps, turns, sessions, models and the day cost to the cent what the vendors' prices say, caches and tiers counted", async () => {
  let steps = 0;
  const vendor = await startVendor(({ path }) => {
    if (path.includes("/messages")) return steps++ === 0 ? answers.first : answers.second;
    if (path.includes("GenerateContent")) return answers.gemini;
    return path.includes("/responses") ? answers.openai : answers.local;
  });
  try {
    await withFolder(async (folder) => {
      const home = join(folder, "h");
      await mkdir(join(home, "config"), { recursive: true, mode: 0o700 });
      const tables = ["anthropic", "gemini", "openai", "local"].map(
        (name) => `[providers.${name}]\nurl = "${vendor.url}"\n${name === "local" ? "free = true\n" : ""}`,
      );
      await writeFile(join(home, "config", "config.toml"), tables.join(""), { mode: 0o600 });
      await using daemon = await startDaemon({ home, env: keys });
      const say = async (model: string) => {
        const { body } = await ask(daemon, "POST", "/api/v1/sessions", { cwd: folder, model });
        const at = `/api/v1/sessions/${body.id}`;
        const { turn } = (await ask(daemon, "POST", `${at}/inputs?wait=true`, { text: "hello" })).body;
        const { events } = (await ask(daemon, "GET", `${at}/events?after=0`)).body;
        const costs = (events as { event: { type: string; cost?: number } }[])
          .filter(({ event }) => event.type === "step.ended")
          .map(({ event }) => event.cost);
        return { turn: turn.usage, session: (await ask(daemon, "GET", at)).body.usage, costs };
      };

      const sonnet = await say("anthropic/claude-sonnet-4-5");
      expect(sonnet.costs).toEqual([expect.closeTo(0.5715, 9), expect.closeTo(0.4875, 9)]);
      const counted = { input: 363_000, cacheRead: 150_000, cacheWrite: 152_000, output: 1400 };
      expect(sonnet.turn).toMatchObject({ ...counted, cost: expect.closeTo(1.059, 9) });
      expect(sonnet.session).toEqual(sonnet.turn);
      expect((await say("gemini/gemini-2.5-pro")).costs).toEqual([expect.closeTo(0.19, 9)]);
      expect((await say("openai/gpt-5-mini")).costs).toEqual([expect.closeTo(0.0047, 9)]);
      const unheard = await say("openai/unheard-of");
      expect(unheard.costs).toEqual([undefined]);
      expect(unheard.session).toMatchObject({ input: 10_000, output: 2000, cost: 0, unpriced: true });
      const own = await say("local/q");
      expect(own.costs).toEqual([0]);
      expect(own.session).not.toHaveProperty("unpriced");

      const { total, today } = (await ask(daemon, "GET", "/api/v1/usage")).body;
      expect(total).toMatchObject({ cost: expect.closeTo(1.2537, 9), unpricedTokens: 12_000, input: 633_700 });
      expect(total.models.map(({ model, cost }: { model: string; cost: number }) => [model, cost])).toEqual([
        ...Object.entries(byHand).map(([model, cost]) => [model, expect.closeTo(cost, 9)]),
        ["openai/unheard-of", 0],
        ["local/q", 0],
      ]);
      expect(total.models[0]).toMatchObject({ ...counted, unpricedTokens: 0 });
      expect({ since: today.since, ...total }).toEqual(today);
    });
  } finally {
    await vendor.close();
  }
});

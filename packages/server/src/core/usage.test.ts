import type { Recorded, SessionEvent } from "@daimon/protocol";
import { expect, test } from "vitest";
import type { DayUsage, Store } from "./ports.ts";
import { overview, spentBy } from "./usage.ts";

const beforeMidnight = Date.UTC(2026, 9, 1, 23, 59, 59, 999);
const recorded = (event: SessionEvent, at = beforeMidnight): Recorded => ({
  seq: 1,
  at,
  v: 1,
  by: { principal: "daemon", client: "daemon" },
  event,
});
const usage = { input: 100, output: 10 };

test("a step and a summary are paid by the model that made them, on the day in UTC on which they ended", () => {
  const step = { type: "step.ended", step: 1, stop: "end", model: "a/one", usage, cost: 0.5 } as const;
  const summary = { type: "context.compacted", text: "", upTo: 1, from: 1, model: "b/two", usage } as const;
  expect(spentBy(recorded(step))).toEqual([{ day: "2026-10-01", model: "a/one", usage, cost: 0.5 }]);
  expect(spentBy(recorded(step, beforeMidnight + 1))).toMatchObject([{ day: "2026-10-02" }]);
  expect(spentBy(recorded(summary))).toEqual([{ day: "2026-10-01", model: "b/two", usage }]);
});

test("a step that broke off before anything was counted costs nothing", () => {
  const nothing = { input: 0, output: 0 };
  expect(spentBy(recorded({ type: "step.ended", step: 1, stop: "cut", usage: nothing }))).toEqual([]);
});

test("today, seven days and all time are told apart, each with its models, the dearest first", async () => {
  const counts = { input: 10, output: 1, cacheRead: 0, cacheWrite: 0, reasoning: 0, unpricedTokens: 0, uncounted: 0 };
  const days: DayUsage[] = [
    { day: "2026-09-24", model: "a/one", ...counts, cost: 4 },
    { day: "2026-09-25", model: "a/one", ...counts, cost: 2 },
    { day: "2026-10-01", model: "a/one", ...counts, cost: 0, unpricedTokens: 11 },
    { day: "2026-10-01", model: "b/two", ...counts, cost: 1 },
  ];
  const store = { usage: async () => days } as Pick<Store, "usage"> as Store;
  const told = await overview(store, beforeMidnight);
  expect(told).toMatchObject({
    today: { since: "2026-10-01", cost: 1, input: 20, output: 2, unpricedTokens: 11 },
    week: { since: "2026-09-25", cost: 3, input: 30, unpricedTokens: 11 },
    total: { cost: 7, input: 40 },
  });
  expect(told.today.models.map(({ model, cost }) => [model, cost])).toEqual([
    ["b/two", 1],
    ["a/one", 0],
  ]);
  expect(told.week.models.map(({ model, cost }) => [model, cost])).toEqual([
    ["a/one", 2],
    ["b/two", 1],
  ]);
});

import { expect, test } from "vitest";
import { Budget, type BudgetLimits } from "./budget.ts";
import type { DayUsage } from "./ports.ts";

const noon = Date.UTC(2026, 9, 1, 12);
const dayMs = 24 * 60 * 60_000;
const counts = { input: 10, output: 1, cacheRead: 0, cacheWrite: 0, reasoning: 0 };

/** A budget, what was spent so far, and what people heard of it. */
function budget(first: BudgetLimits) {
  const state = { limits: first, now: noon, here: true, rows: [] as DayUsage[], heard: [] as string[] };
  const told = new Set<string>();
  const store = {
    usage: async ({ since }: { since: string }) => state.rows.filter(({ day }) => day >= since),
    told: async (day: string) => [...told].flatMap((one) => (one.startsWith(day) ? [one.slice(day.length)] : [])),
    tell: async (day: string, what: string) => void told.add(day + what),
  };
  const restarted = () => new Budget(store, { now: () => state.now }, () => state.limits);
  let made = restarted();
  const spend = (cost: number | undefined, day = "2026-10-01", model = "a/one") =>
    void state.rows.push({
      day,
      model,
      ...counts,
      cost: cost ?? 0,
      unpricedTokens: cost === undefined ? 11 : 0,
      uncounted: 0,
    });
  const tell = async (ceiling?: number) => {
    state.heard = [];
    await made.tell((message) => (state.here && state.heard.push(message), state.here), ceiling);
    return state.heard;
  };
  return {
    state,
    spend,
    tell,
    restart: () => void (made = restarted()),
    reached: (ceiling?: number) => made.reached(ceiling),
  };
}

test("a day may cost what its budget says, of all models together; the next day begins anew", async () => {
  const { state, spend, reached } = budget({ day: 5, warn: 0.8 });
  spend(9, "2026-09-30");
  spend(3);
  spend(1.99, "2026-10-01", "b/two");
  expect(await reached()).toBeUndefined();
  spend(0.01);
  expect(await reached()).toMatch(/cost \$5\.00 today and the budget is \$5\.00 a day; raise .* or go on tomorrow/);
  state.limits = { day: 6, warn: 0.8 };
  expect(await reached()).toBeUndefined();
  state.limits = { day: 5, warn: 0.8 };
  state.now += dayMs;
  expect(await reached()).toBeUndefined();
});

test("people are told once a day that it runs out, restarts or not, and not before there is somebody to hear it", async () => {
  const { state, spend, tell, restart } = budget({ day: 5, warn: 0.8 });
  spend(3.99);
  expect(await tell()).toEqual([]);
  spend(0.01);
  state.here = false;
  await tell();
  state.here = true;
  expect(await tell()).toEqual(["models cost $4.00 today, and the budget is $5.00 a day"]);
  spend(0.5);
  restart();
  expect(await tell()).toEqual([]);
  state.now += dayMs;
  expect(await tell()).toEqual([]);
  spend(4.5, "2026-10-02");
  expect(await tell()).toEqual(["models cost $4.50 today, and the budget is $5.00 a day"]);
});

test("a model whose price nobody knows is named once: the budget cannot count it", async () => {
  const { spend, tell, reached } = budget({ day: 1, warn: 0.8 });
  spend(undefined);
  spend(undefined);
  expect(await tell()).toEqual(["nobody knows the price of a/one: the budget of a day cannot count what it costs"]);
  expect(await tell()).toEqual([]);
  spend(undefined, "2026-10-01", "b/two");
  expect(await tell()).toEqual([expect.stringContaining("b/two")]);
  expect(await reached()).toBeUndefined();
});

test("an answer whose tokens nobody told is said too, and two sessions do not say one thing twice", async () => {
  const { state, tell } = budget({ day: 1, warn: 0.8 });
  state.rows.push({ day: "2026-10-01", model: "a/one", ...counts, cost: 0, unpricedTokens: 0, uncounted: 1 });
  await Promise.all([tell(), tell()]);
  expect(state.heard).toEqual([expect.stringContaining("a/one did not say what some of its answers used")]);
});

test("without a budget nothing is said and nothing is stopped", async () => {
  const { spend, tell, reached } = budget({ warn: 0.8 });
  spend(1000);
  spend(undefined);
  expect([await tell(), await reached()]).toEqual([[], undefined]);
});

test("a project may stop earlier than the person's own budget, and never later; what is told names whose it is", async () => {
  const { state, spend, tell, reached } = budget({ warn: 0.8 });
  spend(2);
  expect(await reached(3)).toBeUndefined();
  expect(await reached(2)).toMatch(/budget is \$2\.00 a day; raise "day" of \[budget\] in this project's \.daimon/);
  expect(await tell(2.5)).toEqual(["models cost $2.00 today, and the budget is $2.50 a day"]);
  state.limits = { day: 1, warn: 0.8 };
  expect(await reached(3)).toMatch(/budget is \$1\.00 a day; raise "day" of \[budget\] in config\.toml/);
  // Another budget is another thing to hear of.
  expect(await tell()).toEqual(["models cost $2.00 today, and the budget is $1.00 a day"]);
});

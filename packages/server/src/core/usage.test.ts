import type { Recorded, SessionEvent } from "@daimon/protocol";
import { expect, test } from "vitest";
import { spentBy } from "./usage.ts";

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

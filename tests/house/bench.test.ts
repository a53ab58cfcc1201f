import { expect, test } from "vitest";
import { type Budget, holds, interleaved, median } from "../../bench/harness.ts";

test.each<[Budget, number, number | undefined, boolean]>([
  [{ is: "ratio", most: 2 }, 20, 10, true],
  [{ is: "ratio", most: 2 }, 20.1, 10, false],
  [{ is: "ratio", least: 0.85 }, 8.5, 10, true],
  [{ is: "ratio", least: 0.85 }, 8.4, 10, false],
  [{ is: "added", most: 5 }, 15, 10, true],
  [{ is: "added", most: 5 }, 15.1, 10, false],
  [{ is: "value", most: 90 }, 90, undefined, true],
  [{ is: "value", most: 90 }, 91, 66, false],
  [{ is: "value", least: 100 }, 100, undefined, true],
  [{ is: "value", least: 100 }, 99, undefined, false],
  [{ is: "ratio", most: 2 }, 20, undefined, false],
  [{ is: "none" }, 1e9, undefined, true],
])("a budget of %j, measured %d against a floor of %s: %s", (budget, measured, floor, verdict) => {
  expect(holds(budget, measured, floor)).toBe(verdict);
});

test("things are measured in turns, and what warms up does not count", async () => {
  const order: string[] = [];
  let round = 0;
  const values = await interleaved(3, {
    floor: async () => order.push("floor"),
    measured: async () => {
      order.push("measured");
      return ++round;
    },
  });
  expect(order).toEqual(Array.from({ length: 4 }, () => ["floor", "measured"]).flat());
  expect(values.measured).toEqual([2, 3, 4]);
  expect(median(values.measured)).toBe(3);
});

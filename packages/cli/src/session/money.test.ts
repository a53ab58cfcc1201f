import { expect, test } from "vitest";
import { moneyWords } from "./money.ts";

test.each([
  [0, false, "$0.00"],
  [0.004, false, "<$0.01"],
  [0.005, false, "$0.01"],
  [12.345, false, "$12.35"],
  [0, true, "unknown"],
  [1.5, true, "$1.50 + unknown"],
])("%f dollars (some of it unknown: %s) are read as %s", (cost, unpriced, words) => {
  expect(moneyWords({ cost, unpriced })).toBe(words);
});

import { expect, test } from "vitest";
import { nearest, nearestFew } from "./nearest.ts";

test.each([
  ["cod", ["code", "path"], "code"],
  ["CODE", ["code"], "code"],
  ["ocde", ["code"], "code"],
  ["expresion", ["expression", "express"], "expression"],
  ["totl", ["total", "titles"], "total"],
  ["x", ["y", "z"], undefined],
  ["whatever", ["code", "path"], undefined],
  ["", ["a"], undefined],
  ["toString", [], undefined],
  ["n".repeat(100_000), ["n".repeat(99_999)], undefined],
])("somebody who wrote %j meant the nearest name, or none when all are far", (name, candidates, meant) => {
  expect(nearest(name.slice(0, 100_000), candidates)).toBe(meant);
});

test("of several names that resemble it, the closest three come first", () => {
  expect(nearestFew("value", ["values", "valve", "vale", "val", "other", "value_1"])).toEqual([
    "values",
    "valve",
    "vale",
  ]);
});

import { expect, test } from "vitest";
import { tools } from "../../packages/server/src/tools/index.ts";
import { toolSuite } from "./tool.ts";

const inputs: Record<string, readonly [unknown, ...unknown[]]> = {
  python: [{ code: "x = 6 * 7\nx" }, { code: "print('größe 😀')" }],
  list_globals: [{}],
  get_type: [{ expression: "x" }],
  get_repr: [{ expression: "x" }, { expression: "config['größe']" }],
  get_dir: [{ expression: "x" }],
  get_doc: [{ expression: "len" }],
  eval_expr: [{ expression: "6 * 7" }],
  get_last_exception: [{}],
};

test("every tool has its place in this suite, under a name of its own", () => {
  expect(tools.map(({ name }) => name).toSorted()).toEqual(Object.keys(inputs).toSorted());
});

for (const tool of tools) toolSuite(tool, inputs[tool.name] ?? [{}]);

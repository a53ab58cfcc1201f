import { expect, test } from "vitest";
import { completeness } from "./completeness.ts";

const whole = [
  "x = 1",
  "print('(')",
  'x = "a # b"',
  "x # (",
  "f(1)[2]",
  "'''a'''",
  "x = 'it\\'s'",
  "'unclosed",
  "import os; os.name",
  "!ls | (",
  "%cd it's here",
  "x = !echo '",
  "%%time\nx = [\n",
  "%%bash\nif true; then\n",
];
for (const code of whole)
  test(`${JSON.stringify(code)} runs at once, whatever Python is doing`, () =>
    expect(completeness(code)).toEqual({ sure: "complete" }));

const part = [
  "f(",
  "x = [1,",
  "'''a",
  '"""',
  "if x:",
  "def f():",
  "@cache",
  "x = 1 + \\",
  "if x:\n    f(",
  "for i in x: # all",
  "!echo one \\",
  "%%time",
  "%%bash\necho 1",
];
for (const code of part)
  test(`${JSON.stringify(code)} goes on, whatever Python is doing`, () =>
    expect(completeness(code)).toEqual({ sure: "incomplete" }));

test("of a block only Python knows whether it is whole; while it is busy, an empty line ends it", () => {
  expect(completeness("if x:\n    y")).toEqual({ likely: "incomplete" });
  expect(completeness("if x:\n    y\n")).toEqual({ likely: "complete" });
  expect(completeness("for i in x: print(i)")).toEqual({ likely: "complete" });
  expect(completeness("if x:\n    !echo (")).toEqual({ likely: "incomplete" });
  expect(completeness("!echo (\nx\n")).toEqual({ likely: "complete" });
});

import fc from "fast-check";
import { applyPatch } from "diff";
import { expect, test } from "vitest";
import { patchBetween } from "./patch.ts";

const lines = (count: number, text: (index: number) => string = (index) => `line ${index}`) =>
  Array.from({ length: count }, (_, index) => `${text(index)}\n`).join("");

test("a patch makes of the old text the new one, whatever they are", async () => {
  const text = fc
    .array(fc.tuple(fc.constantFrom("a", "b", "c", "", "\t", "größe"), fc.constantFrom("\n", "\r\n")), {
      maxLength: 30,
    })
    .map((rows) => rows.map(([row, end]) => row + end).join(""));
  const ending = fc.constantFrom("", "x");
  await fc.assert(
    fc.asyncProperty(text, text, ending, ending, async (before, after, one, other) => {
      const patch = await patchBetween("a", before + one, after + other);
      expect(applyPatch(before + one, patch.text, { autoConvertLineEndings: false })).toBe(after + other);
    }),
    { numRuns: 300 },
  );
});

test("of a long text only what is around the change is compared, and lines keep their numbers", async () => {
  const before = lines(100_000);
  const after = before.replace("line 77777\n", "line seven\n");
  const patch = await patchBetween("a", before, after);
  expect(patch.rows).toEqual([
    ...[" 77775\tline 77774", " 77776\tline 77775", " 77777\tline 77776"],
    ...["-77778\tline 77777", "+77778\tline seven"],
    ...[" 77779\tline 77778", " 77780\tline 77779", " 77781\tline 77780"],
  ]);
  expect(patch.first).toBe(77_778);
  expect(applyPatch(before, patch.text)).toBe(after);
});

test("where everything is different it is said to be put in whole, and is still a patch", async () => {
  const before = `same\n${lines(5000)}same\n`;
  const after = `same\n${lines(6000, (index) => `other ${index}`)}same\n`;
  const patch = await patchBetween("a", before, after);
  expect(patch.coarse).toBe(true);
  expect(applyPatch(before, patch.text)).toBe(after);
});

test("where too much would be compared nothing is, and it is still a patch", async () => {
  const before = `begin\n${lines(200_000)}end`;
  const after = `${lines(200_000)}more\n`;
  const patch = await patchBetween("a", before, after);
  expect(patch.coarse).toBe(true);
  expect(applyPatch(before, patch.text)).toBe(after);
  // Half of it would be.
  expect((await patchBetween("a", `begin\n${lines(100_000)}end`, `${lines(100_000)}more\n`)).rows).toHaveLength(10);
});

test("what comes and what goes is told by its names, which may be strange", async () => {
  expect((await patchBetween("b c", undefined, "x")).text).toBe(
    "--- /dev/null\n+++ b/b c\n@@ -0,0 +1,1 @@\n+x\n\\ No newline at end of file\n",
  );
  expect((await patchBetween("a", "x\n", undefined)).text).toBe("--- a/a\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n");
  expect((await patchBetween('ü"\n+++ b/evil', "", "x\n")).text).not.toContain("\n+++ b/evil");
});

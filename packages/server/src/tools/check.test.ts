import { Type } from "typebox";
import { expect, test } from "vitest";
import { checkInput, mended } from "./check.ts";

const closed = { additionalProperties: false };
const tool = {
  name: "write",
  input: Type.Object(
    {
      path: Type.String({ minLength: 1, maxLength: 5 }),
      mode: Type.Optional(Type.Enum(["create", "append"])),
      at: Type.Optional(Type.Object({ line: Type.Integer(), "a/b": Type.Optional(Type.Boolean()) }, closed)),
      tags: Type.Optional(Type.Array(Type.String())),
    },
    closed,
  ),
};

test("an input that fits is not complained about", () => {
  expect(checkInput(tool, { path: "a", mode: "append", at: { line: 3 }, tags: ["x"] })).toBeUndefined();
});

test.each([
  [{ pth: "a" }, 'The property "pth" of write is not known; did you mean "path"?'],
  [{ Path: "a" }, 'The property "Path" of write is not known; did you mean "path"?'],
  [{ path: "a", whatever: 1 }, 'The property "whatever" of write is not known; known: path, mode, at, tags.'],
  [{ path: "a", at: { lin: 3 } }, 'The property "at.lin" of write is not known; did you mean "line"?'],
  [{}, 'The input of write needs "path".'],
  [{ path: "a", at: {} }, 'The property "at" of write needs "line".'],
  [{ path: 7 }, 'The property "path" of write must be a string.'],
  [{ path: "a", at: { line: 1, "a/b": 3 } }, 'The property "at.a/b" of write must be a boolean.'],
  [{ path: "a", tags: ["x", {}] }, 'The property "tags.1" of write must be a string.'],
  [{ path: "a", mode: "move" }, 'The property "mode" of write must be one of "create", "append".'],
  [{ path: "abcdef" }, 'The property "path" of write must have at most 5 characters.'],
  [null, "The input of write must be an object."],
  [["a"], "The input of write must be an object."],
  ["a", "The input of write must be an object."],
  [undefined, "The input of write must be an object."],
])("a model that sends %j reads how to mend it", (input, sentence) => {
  expect(checkInput(tool, input)).toBe(sentence);
});

test("a misspelt name is found among many unknown ones, and a name of any length is cut short", () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`unknown${index}`, 1]));
  expect(checkInput(tool, { ...many })).toContain('The property "unknown0" of write is not known');
  expect(checkInput(tool, { path: "a", ["n".repeat(10_000)]: 1 })?.length).toBeLessThan(200);
});

test("a name from an object's prototype is as unknown as any other", () => {
  const input: unknown = JSON.parse('{ "path": "a", "__proto__": 1, "constructor": 2 }');
  expect(checkInput(tool, input)).toContain("is not known");
});

test("what plainly means something that fits is taken as that; what fits is left alone", () => {
  const lenient = { ...tool, mend: (input: unknown) => ({ path: String(input) }) };
  expect(checkInput(lenient, "a")).toBeUndefined();
  expect(checkInput(lenient, "too long")).toBe('The property "path" of write must have at most 5 characters.');
  expect(mended(lenient, { path: "b" })).toEqual({ path: "b" });
});

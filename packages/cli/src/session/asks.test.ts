import type { Ask } from "@daimon/protocol";
import { expect, test } from "vitest";
import { choiceOf, pickAsk } from "./asks.ts";

const approval: Ask = { id: 4, kind: "approval", digest: "a", show: { text: "x" }, role: "approve" };
const line: Ask = { id: 7, kind: "stdin", digest: "b", show: { text: "name? " }, role: "operate" };
const choice: Ask = {
  id: 9,
  kind: "choice",
  digest: "c",
  show: { text: "which?" },
  role: "operate",
  choices: ["red", "2", "blue"],
};

test("the only open question of its kind need not be named", () => {
  expect(pickAsk([approval, line], ["approval"], undefined)).toBe(approval);
  expect(pickAsk([approval, line], ["stdin", "choice"], "7")).toBe(line);
});

test("none, several, an unknown one and one of another kind are told apart, with what is open", () => {
  expect(() => pickAsk([], ["approval"], undefined)).toThrow("nothing is asked right now");
  expect(() => pickAsk([approval, { ...approval, id: 5 }], ["approval"], undefined)).toThrow("name one: open: 4, 5");
  expect(() => pickAsk([approval], ["approval"], "6")).toThrow("question 6 is not open; open: 4");
  expect(() => pickAsk([approval, line], ["approval"], "7")).toThrow("answer it with text");
  expect(() => pickAsk([approval], ["approval"], "x")).toThrow('not "x"');
});

test("a choice is made by its words or its number, the words first", () => {
  expect(choiceOf(choice, "blue")).toBe("blue");
  expect(choiceOf(choice, "1")).toBe("red");
  expect(choiceOf(choice, "2")).toBe("2");
  expect(choiceOf(choice, "9")).toBe("9");
  expect(choiceOf(line, "1")).toBe("1");
});

import { emptyView, type SessionView } from "@daimon/protocol";
import { expect, test } from "vitest";
import { titleOf } from "./title.ts";

const by = { principal: "owner", client: "cli" as const };
const asked = (...texts: string[]): SessionView => ({
  ...emptyView,
  untitled: true,
  items: texts.map((text, index) => ({ kind: "input", id: index + 1, at: 0, by, entries: [], text })),
});

test.each([
  ["what is x?", "what is x?"],
  ["  fix\n\tthe   tests  ", "fix the tests"],
  ["\u001b[31mred\u001b[0m \u202eevil\u0007", "red evil"],
  [`${"word ".repeat(30)}end`, "word ".repeat(12).trim()],
  ["x".repeat(100), "x".repeat(60)],
  [`${"x".repeat(59)}\u{1f600}`, "x".repeat(59)],
])("%j is called %j", (text, title) => {
  expect(titleOf(asked(text))).toBe(title);
});

test("of several inputs the first that says something is what a session is called after", () => {
  expect(titleOf(asked("\u200b\n", "second", "third"))).toBe("second");
  expect(titleOf(asked())).toBeUndefined();
});

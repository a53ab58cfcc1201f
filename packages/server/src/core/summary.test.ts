import { expect, test } from "vitest";
import { Story } from "../../../../tests/core/story.ts";
import { summaryOf } from "./summary.ts";

const previewOf = (said: string): string => {
  const story = new Story().created();
  story.start(story.input(said));
  return summaryOf(story.view, 0).preview;
};

test("a preview is the beginning of what was last said, on one line and without half a character", () => {
  expect(previewOf("  what \n\t is  x? ")).toBe("what is x?");
  expect(previewOf(`${" ".repeat(5000)}late`)).toBe("late");
  expect(previewOf("word ".repeat(1000))).toBe("word ".repeat(24));
  expect(previewOf("🐍".repeat(1000))).toBe("🐍".repeat(60));
  expect(previewOf(`x${"🐍".repeat(1000)}`)).toBe(`x${"🐍".repeat(59)}`);
  // Cut between the halves, before it was looked at closer.
  expect(previewOf(`x${"🐍\n\n\n\n\n\n\n".repeat(500)}`).isWellFormed()).toBe(true);
});

test("what is under way goes before what is idle, and everything that waits is counted", () => {
  const story = new Story().created();
  expect(summaryOf(story.view, 7)).toMatchObject({
    id: "s",
    created: 7,
    doing: "idle",
    asks: 0,
    queued: 0,
    preview: "",
  });
  const cell = story.cell("1 + 1");
  expect(summaryOf(story.view, 7)).toMatchObject({ doing: "running", preview: "1 + 1" });
  story.queueCell("2");
  story.input("waits");
  story.stdin(cell);
  expect(summaryOf(story.view, 7)).toMatchObject({ doing: "running", asks: 1, queued: 2 });
  story.turn("go");
  expect(summaryOf(story.view, 7)).toMatchObject({ doing: "thinking", preview: "go" });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { Story } from "../../../../tests/core/story.ts";
import { planOf } from "./compaction.ts";
import { Context, contextOf } from "./context.ts";

/** A cell of about so many bytes: a line of code, and output for the rest. */
function ran(story: Story, code: string, bytes = 0): number {
  const cell = story.cell(code);
  if (bytes > 0) story.print(cell, "o".repeat(bytes));
  story.endCell(cell);
  return cell;
}
function answered(story: Story): void {
  story.turn();
  story.text("well");
  story.endStep();
  story.tell({ type: "turn.ended", outcome: "done" });
}
const texts = (story: Story): string[] =>
  contextOf(story.events, story.view.head).messages.map((message) =>
    message.role === "user" ? message.text : message.role,
  );
const bytes = (all: readonly string[]) => all.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

test("however large a cell is, the model reads of its code, output, result and error, and all of it is bounded", () => {
  const story = new Story().created();
  const cell = story.cell(`begin ${"c\n".repeat(50_000)}`);
  story.print(cell, `first ${"\u{1f600}".repeat(10_000)}`);
  const error = { name: "E", message: "m", traceback: `${"t\n".repeat(50_000)}the end` };
  story.tell({ type: "cell.finished", cell, ok: false, result: { text: `result ${"r".repeat(50_000)}` }, error });
  const [told = ""] = texts(story);
  for (const part of ["begin", "first", "result", "the end"]) expect(told).toContain(part);
  expect(bytes([told])).toBeLessThan(20 * 1024);
});

test("of many cells since the model was last asked the newest are told whole, older ones by name and error, the oldest not", () => {
  const story = new Story().created();
  for (let n = 0; n < 400; n++) ran(story, `step_${n}()\nmore`, 1000);
  const failed = story.cell(`broken()\n${"#".repeat(3000)}`);
  const error = { name: "ZeroDivisionError", message: "division by zero", traceback: "Traceback ..." };
  story.tell({ type: "cell.finished", cell: failed, ok: false, error });
  for (let n = 400; n < 420; n++) ran(story, `step_${n}()`, 1000);
  const told = texts(story);
  expect(bytes(told)).toBeLessThanOrEqual(24 * 1024);
  expect(told[0]).toBe("[daimon] The cells that people ran before these are not listed.");
  expect(told.at(-1)).toContain(`step_419()\n[output]\n${"o".repeat(1000)}`);
  expect(told).toContain(`[py] ann ran cell ${failed}:\nbroken() ...\n[error]\nZeroDivisionError: division by zero`);
  expect(told.filter((text) => text.endsWith("() ...")).length).toBeGreaterThan(20);
  expect(told.join()).not.toContain("step_0()");
});

test("the newest cell is told whole, whatever came before it and however large it is", () => {
  const story = new Story().created();
  ran(story, "small");
  const large = story.cell(`large\n${"#".repeat(9000)}`);
  story.print(large, "o".repeat(9000));
  story.tell({
    type: "cell.finished",
    cell: large,
    ok: false,
    error: { name: "E", message: "", traceback: "t".repeat(9000) },
  });
  expect(texts(story).at(-1)).toContain("tttt");
  answered(story);
  ran(story, "after");
  expect(texts(story).at(-1)).toMatch(/ran cell \d+:\nafter$/);
});

test("what the model was told stays as it was told: each time it is asked there is room anew", () => {
  const story = new Story().created();
  ran(story, "before", 4000);
  answered(story);
  const told = texts(story);
  for (let n = 0; n < 200; n++) ran(story, `step_${n}()`, 4000);
  expect(texts(story).slice(0, told.length)).toEqual(told);
  expect(bytes(texts(story).slice(told.length))).toBeLessThanOrEqual(24 * 1024);
});

test("after a summary there is as much room for cells as before it", () => {
  const story = new Story().created();
  for (let n = 0; n < 200; n++) ran(story, `early_${n}()`, 2000);
  answered(story);
  const plan = planOf(contextOf(story.events, story.view.head), 0);
  if (!plan) throw new Error("there is nothing to summarise");
  story.tell({ type: "context.compacted", text: "summary", upTo: plan.upTo, from: plan.from });
  const before = bytes(texts(story));
  for (let n = 0; n < 200; n++) ran(story, `late_${n}()`, 2000);
  expect(bytes(texts(story)) - before).toBeLessThanOrEqual(24 * 1024);
});

test("read anew from the log, or from a summary on, what is told of cells is the same", () => {
  const action = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ cells: fc.integer({ min: 1, max: 60 }), bytes: fc.integer({ min: 0, max: 5000 }) }),
    },
    { weight: 2, arbitrary: fc.constant("ask" as const) },
    { weight: 3, arbitrary: fc.record({ keep: fc.integer({ min: 0, max: 6000 }) }) },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
      const story = new Story().created();
      const grown = new Context();
      let seen = 0;
      let from = 0;
      for (const act of actions) {
        if (act === "ask") answered(story);
        else if ("cells" in act) for (let n = 0; n < act.cells; n++) ran(story, `cell_${n}()\nmore`, act.bytes);
        else {
          const plan = planOf(contextOf(story.events, story.view.head), act.keep);
          if (plan) {
            from = plan.from;
            story.tell({ type: "context.compacted", text: "summary", upTo: plan.upTo, from });
          }
        }
        for (const recorded of story.events.slice(seen)) grown.add(recorded);
        seen = story.events.length;
        const read = (after: number) =>
          contextOf(
            story.events.filter(({ seq }) => seq >= after),
            story.view.head,
          ).messages;
        expect(read(0)).toEqual(grown.messages);
        expect(read(from)).toEqual(grown.messages);
      }
    }),
    { numRuns: 60 },
  );
});

import headless from "@xterm/headless";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Prompt, Screen } from "./screen.ts";

/** A screen on a real terminal's state machine: what counts is the picture, not the bytes. */
function sit(columns = 20, rows = 6) {
  const terminal = new headless.Terminal({
    cols: columns,
    rows,
    scrollback: 2_000,
    convertEol: true,
    allowProposedApi: true,
  });
  let bytes = "";
  const screen = new Screen({ write: (more) => (bytes += more), columns: () => columns, soon: () => {} });
  return {
    screen,
    bytes: () => bytes,
    async picture() {
      await new Promise<void>((resolve) => terminal.write(bytes, resolve));
      bytes = "";
      const buffer = terminal.buffer.active;
      const lines = Array.from(
        { length: buffer.baseY + rows },
        (_, i) => buffer.getLine(i)?.translateToString(true) ?? "",
      );
      return { text: lines.join("\n").trimEnd(), cursor: [buffer.baseY + buffer.cursorY, buffer.cursorX] };
    },
  };
}

/** What a terminal shows of plain text: the measure for everything above the prompt. */
async function plainly(text: string, columns: number, rows: number) {
  const terminal = new headless.Terminal({
    cols: columns,
    rows,
    scrollback: 2_000,
    convertEol: true,
    allowProposedApi: true,
  });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  const buffer = terminal.buffer.active;
  const lines = Array.from({ length: buffer.baseY + rows }, (_, i) => buffer.getLine(i)?.translateToString(true) ?? "");
  return { text: lines.join("\n").trimEnd(), cursor: [buffer.baseY + buffer.cursorY, buffer.cursorX] };
}

const prompt = (line: string, cursor = line.length): Prompt => ({ label: "py> ", line, cursor });

const words = fc.string({ unit: fc.constantFrom("a", "b", "c", " ", ".", "\n", "漢", "é"), maxLength: 30 });
const lines = fc.string({ unit: fc.constantFrom("x", "y", "z", " ", "漢"), maxLength: 45 });
const step = fc.oneof(
  fc.record({ print: words }),
  fc.record({ line: lines, cursor: fc.nat(45) }),
  fc.record({ hide: fc.constant(true) }),
);

test("whatever is printed and typed in whatever order, the terminal shows the output as it is and the prompt below it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 14 }),
      lines,
      fc.integer({ min: 9, max: 30 }),
      async (steps, last, columns) => {
        const { screen, picture } = sit(columns);
        let output = "";
        for (const one of steps) {
          if ("print" in one) {
            output += one.print;
            screen.print(one.print);
          } else if ("line" in one) screen.prompt(prompt(one.line, Math.min(one.cursor, one.line.length)));
          else screen.prompt(undefined);
          screen.flush();
        }
        screen.prompt(prompt(last));
        screen.flush();
        const full = `py> ${last}`;
        const ends = output === "" || output.endsWith("\n") ? "" : "\n";
        const expected = await plainly(output + ends + full, columns, 6);
        const shown = await picture();
        expect(shown.text).toBe(expected.text);
      },
    ),
    { numRuns: 150 },
  );
});

test("a streamed line goes on where it was left, however often the prompt had to be painted under it", async () => {
  const { screen, picture } = sit();
  screen.prompt(prompt("draft", 2));
  for (const part of ["The ans", "wer is ", "forty-two, as ", "always.\nNext"]) {
    screen.print(part);
    screen.flush();
  }
  expect(await picture()).toEqual({ text: "The answer is forty-\ntwo, as always.\nNext\npy> draft", cursor: [3, 6] });
});

test("a progress bar that draws over itself stays one line", async () => {
  const { screen, picture } = sit();
  screen.prompt(prompt("x"));
  const steps = Array.from({ length: 12 }, (_, i) => `\r ${i}0%`);
  for (const part of [...steps, "\r100%", "\ndone\n"]) {
    screen.print(part);
    screen.flush();
  }
  expect((await picture()).text).toBe("100%\ndone\npy> x");
});

test("typing at the end of a line costs the terminal that one character", () => {
  const { screen, bytes } = sit();
  screen.prompt(prompt("ab"));
  screen.flush();
  const before = bytes().length;
  screen.prompt(prompt("abc"));
  screen.flush();
  expect(bytes().slice(before)).toBe("c");
});

test("streaming under a prompt stays within six bytes a byte", () => {
  const { screen, bytes } = sit(80);
  screen.prompt(prompt("a draft"));
  screen.flush();
  const text = "twelve bytes".repeat(400).replace(/(.{70})/g, "$1\n");
  for (let i = 0; i < text.length; i += 12) {
    screen.print(text.slice(i, i + 12));
    screen.flush();
  }
  expect(bytes().length / text.length).toBeLessThan(6);
});

test("a prompt that somebody painted before is taken over, not painted twice", async () => {
  const { screen, bytes, picture } = sit();
  screen.adopt(prompt(""));
  screen.prompt(prompt(""));
  screen.flush();
  expect(bytes()).toBe("");
  screen.print("hello\n");
  screen.flush();
  expect((await picture()).text).toBe("hello\npy>");
});

test("without a prompt streamed text costs what it is", () => {
  const { screen, bytes } = sit();
  for (const part of ["one ", "two ", "three"]) {
    screen.print(part);
    screen.flush();
  }
  expect(bytes()).toBe("one two three");
});

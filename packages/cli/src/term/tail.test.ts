import headless from "@xterm/headless";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Live, Tail } from "./tail.ts";
import { wrap } from "./wrap.ts";

/** A real terminal's state machine, and a clock that stands still until it is told. */
function sit({ columns = 20, rows = 6, wraps = true } = {}) {
  const terminal = new headless.Terminal({
    cols: columns,
    rows,
    scrollback: 5_000,
    allowProposedApi: true,
    // Some releases of Windows wrap nothing anew: it is how to have a terminal that does not.
    ...(wraps ? {} : { windowsPty: { backend: "conpty" as const, buildNumber: 19_000 } }),
  });
  let bytes = "";
  let all = "";
  let now = 0;
  let due: (() => void) | undefined;
  let dueAt = 0;
  const tail = new Tail({
    write: (more) => (bytes += more),
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
    reflow: wraps ? "shifts" : "cuts",
    now: () => now,
    later: (delay, paint) => ([dueAt, due] = [now + delay, paint]),
  });
  const settle = async () => {
    await new Promise<void>((resolve) => terminal.write(bytes, resolve));
    all += bytes;
    bytes = "";
  };
  return {
    tail,
    settle,
    bytes: () => all + bytes,
    pass(ms: number) {
      now += ms;
      if (!due || dueAt > now) return;
      const paint = due;
      due = undefined;
      paint();
    },
    async resize(width: number, height: number) {
      await settle();
      terminal.resize(width, height);
    },
    /** Lines as they were written, however the terminal wrapped them, and where the cursor is. */
    async picture() {
      await settle();
      const buffer = terminal.buffer.active;
      const lines: string[] = [];
      for (let at = 0; at < buffer.length; at++) {
        const line = buffer.getLine(at)!;
        const text = line.translateToString(true);
        if (line.isWrapped && lines.length > 0) lines[lines.length - 1] += text;
        else lines.push(text);
      }
      while (lines.at(-1) === "") lines.pop();
      return { lines, cursor: [buffer.baseY + buffer.cursorY, buffer.cursorX] };
    },
  };
}

const shownAs = (lines: readonly string[]) => {
  const shown = lines.map((line) => line.trimEnd());
  while (shown.at(-1) === "") shown.pop();
  return shown;
};

test("finished lines stand above, what is live below, and the cursor where it is wanted", async () => {
  const { tail, picture } = sit();
  tail.show({ lines: ["ai> hello", "status"], cursor: { row: 0, before: "ai> he" } });
  tail.flush();
  expect(await picture()).toEqual({ lines: ["ai> hello", "status"], cursor: [0, 6] });
  tail.print(["one", "two"]);
  tail.flush();
  expect(await picture()).toEqual({ lines: ["one", "two", "ai> hello", "status"], cursor: [2, 6] });
});

test("a block that is finished as it was shown costs nothing to finish", async () => {
  const { tail, bytes, picture } = sit();
  tail.show({ lines: ["open block", "ai>"], cursor: { row: 1, before: "ai>" } });
  tail.flush();
  const before = bytes().length;
  tail.print(["open block"]);
  tail.show({ lines: ["ai>"], cursor: { row: 0, before: "ai>" } });
  tail.flush();
  expect(bytes().length).toBe(before);
  tail.print(["more"]);
  tail.flush();
  expect((await picture()).lines).toEqual(["open block", "more", "ai>"]);
});

test("more finished lines than the screen has rows all go into its history", async () => {
  const { tail, picture } = sit({ rows: 4 });
  const lines = Array.from({ length: 300 }, (_, i) => `line ${i}`);
  tail.show({ lines: ["ai>", "status"] });
  tail.flush();
  tail.print(lines);
  tail.flush();
  expect((await picture()).lines).toEqual([...lines, "ai>", "status"]);
});

test("of what is live and higher than the screen, the lower end is shown, or where the cursor is; and none of it is left behind", async () => {
  const { tail, picture } = sit({ rows: 5 });
  const lines = Array.from({ length: 30 }, (_, i) => `live ${i}`);
  tail.show({ lines });
  tail.flush();
  expect((await picture()).lines).toEqual(lines.slice(-4));
  tail.show({ lines, cursor: { row: 3, before: "liv" } });
  tail.flush();
  expect(await picture()).toEqual({ lines: ["live 3", "live 4", "live 5", "live 6"], cursor: [0, 3] });
  tail.show({ lines: ["done"] });
  tail.flush();
  expect((await picture()).lines).toEqual(["done"]);
});

test("a finished line that is too wide goes on below; a live one is cut", async () => {
  const { tail, picture } = sit({ columns: 10 });
  tail.print(["0123456789abc"]);
  tail.show({ lines: ["live line that is long"] });
  tail.flush();
  expect((await picture()).lines).toEqual(["0123456789", "abc", "live line…"]);
});

test("nothing ever clears the screen or its history, leaves the screen, or asks for the mouse", async () => {
  const { tail, bytes, resize } = sit();
  for (let i = 0; i < 30; i++) {
    tail.print([`line ${i}`]);
    tail.show({ lines: Array.from({ length: i % 9 }, (_, k) => `live ${i} ${k}`) });
    tail.flush();
    if (i % 7 === 0) await resize(10 + i, 4 + (i % 5));
  }
  tail.close();
  // oxlint-disable-next-line no-control-regex -- what must not be there
  expect(bytes()).not.toMatch(/\x1b\[[23]J|\x1b\[\?(?:10|47)|\x1bc|\x1b\[\d*;?\d*H/);
});

test("a line that the terminal thinks is wider than we do does not push the others away", async () => {
  const { tail, picture } = sit();
  // Two columns each to us, eight to this terminal.
  tail.show({ lines: ["👨‍👩‍👧‍👦".repeat(8), "ai>"], cursor: { row: 1, before: "ai>" } });
  tail.flush();
  tail.print(["finished"]);
  tail.show({ lines: ["ai>"], cursor: { row: 0, before: "ai>" } });
  tail.flush();
  expect(await picture()).toEqual({ lines: ["finished", "ai>"], cursor: [1, 3] });
});

test("what is painted is painted at once: no terminal shows half of it", async () => {
  const { tail, bytes } = sit();
  tail.print(["a"]);
  tail.show({ lines: ["b"] });
  tail.flush();
  tail.show({ lines: ["c"] });
  tail.flush();
  // oxlint-disable-next-line no-control-regex -- the marks of a paint
  expect(bytes()).toMatch(/^(?:\x1b\[\?2026h(?:(?!\x1b\[\?2026).)+\x1b\[\?2026l){2}$/s);
});

test("the first change is painted at once, and the next ones at most sixty times a second", () => {
  const { tail, pass, bytes } = sit();
  const paints = () => bytes().split("\x1b[?2026h").length - 1;
  tail.show({ lines: ["0"] });
  pass(0);
  expect(paints()).toBe(1);
  for (let ms = 1; ms <= 1000; ms++) {
    tail.show({ lines: [String(ms)] });
    pass(1);
  }
  expect(paints()).toBeGreaterThan(50);
  expect(paints()).toBeLessThanOrEqual(61);
});

test("what did not change is not written", () => {
  const { tail, bytes } = sit();
  const live: Live = { lines: ["one", "two"], cursor: { row: 1, before: "t" } };
  tail.show(live);
  tail.flush();
  const before = bytes().length;
  tail.show({ ...live, lines: [...live.lines] });
  tail.flush();
  expect(bytes().length).toBe(before);
});

test("when it closes, what is live is gone and the next program writes where it began", async () => {
  const { tail, picture } = sit();
  tail.print(["kept"]);
  tail.show({ lines: ["ai> draft", "status"], cursor: { row: 0, before: "ai> dr" } });
  tail.flush();
  tail.close();
  expect(await picture()).toEqual({ lines: ["kept"], cursor: [1, 0] });
});

const word = fc.constantFrom(
  "a",
  "bc",
  "word",
  " ",
  "漢字",
  "é",
  "👍",
  "\x1b[1mbold\x1b[0m",
  "\x1b[38;5;75mx",
  "\x1b[0m",
  "─",
);
const line = fc.array(word, { maxLength: 12 }).map((all) => `${all.join("")}\x1b[0m`);
const step = fc.record({
  print: fc.array(line, { maxLength: 9 }),
  live: fc.array(line, { maxLength: 9 }),
  cursor: fc.nat(8),
});

test("whatever is printed and shown in whatever order, each finished line stands there once, and below it what is live", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.integer({ min: 4, max: 40 }),
      fc.integer({ min: 3, max: 9 }),
      async (steps, columns, rows) => {
        const { tail, picture } = sit({ columns, rows });
        const printed: string[] = [];
        let live: string[] = [];
        for (const one of steps) {
          const fits = (lines: string[]) => lines.flatMap((text) => wrap(text, columns, { anywhere: true }));
          printed.push(...fits(one.print));
          live = fits(one.live).slice(0, rows - 1);
          tail.print(one.print);
          tail.show({
            lines: live,
            ...(live.length > 0 ? { cursor: { row: one.cursor % live.length, before: "" } } : {}),
          });
          tail.flush();
        }
        const plain = sit({ columns, rows: 60 });
        plain.tail.print([...printed, ...live]);
        plain.tail.flush();
        expect(shownAs((await picture()).lines)).toEqual(shownAs((await plain.picture()).lines));
      },
    ),
    { numRuns: 300 },
  );
});

const sizes = fc.record({ columns: fc.integer({ min: 24, max: 60 }), rows: fc.integer({ min: 12, max: 20 }) });
test("however the terminal is resized while text streams, nothing is lost or doubled", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ size: fc.option(sizes), text: fc.integer({ min: 1, max: 70 }), ends: fc.boolean() }), {
        minLength: 1,
        maxLength: 14,
      }),
      async (steps) => {
        let width = 50;
        const { tail, picture, resize } = sit({ columns: width, rows: 16 });
        const finished = Array.from({ length: 30 }, (_, i) => `line ${i}`);
        tail.print(finished);
        let open = "";
        const draw = () => {
          const status = `${"-".repeat(width - 9)} s status`;
          const lines = [...wrap(open, width), "ai> draft", status];
          tail.show({ lines, cursor: { row: lines.length - 2, before: "ai> dr" } });
          tail.flush();
        };
        for (const { size, text, ends } of steps) {
          open += Array.from({ length: text }, (_, i) => (i % 6 === 5 ? " " : "abcde"[i % 5])).join("");
          if (ends || open.length > 100) {
            finished.push(...wrap(open, width));
            tail.print(wrap(open, width));
            open = "";
          }
          draw();
          if (!size) continue;
          await resize(size.columns, size.rows);
          width = size.columns;
          draw();
        }
        const expected = [...finished, ...wrap(open, width), "ai> draft", `${"-".repeat(width - 9)} s status`];
        expect(shownAs((await picture()).lines)).toEqual(shownAs(expected));
      },
    ),
    { numRuns: 200 },
  );
});

test("a terminal that cuts its lines when it becomes narrower has each of them once", async () => {
  const { tail, picture, resize } = sit({ columns: 40, wraps: false });
  tail.print(["finished"]);
  tail.show({ lines: ["open", "ai> draft", "status"], cursor: { row: 1, before: "ai>" } });
  tail.flush();
  await resize(20, 6);
  tail.flush();
  expect(await picture()).toEqual({ lines: ["finished", "open", "ai> draft", "status"], cursor: [2, 3] });
});

test("streamed text costs the terminal little more than itself, with a composer and a status below it", async () => {
  const text = "The quick brown fox jumps over the lazy dog, and then some more of it. ".repeat(60);
  const { tail, bytes, picture } = sit({ columns: 80, rows: 24 });
  let printed = 0;
  for (let end = 12; end <= text.length; end += 12) {
    const lines = wrap(text.slice(0, end), 80);
    tail.print(lines.slice(printed, -1));
    printed = lines.length - 1;
    const rest = [lines.at(-1)!, "-".repeat(80), "ai> a draft", "waiting · model · 12k 6% · $0.02"];
    tail.show({ lines: rest, cursor: { row: 2, before: "ai> a dr" } });
    tail.flush();
  }
  await picture();
  expect(bytes().length / text.length).toBeLessThan(6);
});

test("that it redraws costs the same after ten thousand lines as after a hundred", () => {
  const { tail, bytes } = sit({ columns: 80, rows: 24 });
  const costOf = (lines: number) => {
    tail.print(Array.from({ length: lines }, (_, i) => `line ${i}`));
    tail.flush();
    const before = bytes().length;
    for (let i = 0; i < 100; i++) {
      tail.show({ lines: [`streaming ${"x".repeat(i % 60)}`, "ai>"] });
      tail.flush();
    }
    return bytes().length - before;
  };
  costOf(10);
  expect(costOf(10_000)).toBe(costOf(100));
});

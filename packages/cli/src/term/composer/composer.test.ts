import fc from "fast-check";
import { expect, test } from "vitest";
import { Decoder } from "../keys/decoder.ts";
import { type Composer, draftIn, emptyComposer, type Intent, type Surroundings, withText } from "./composer.ts";
import { mentionAt, mentions } from "./mentions.ts";
import { unfolded } from "./pastes.ts";
import { decided, press } from "./press.ts";
import { isFound } from "./recall.ts";

const nowhere: Surroundings = { columns: 40, history: { py: [], ai: [] } };

/** Somebody at the keys: what they type is bytes, what comes of it is a text with a cursor in it. */
function sit(around: Partial<Surroundings> = {}, mode: "py" | "ai" = "ai") {
  let composer: Composer = emptyComposer(mode);
  const intents: Intent[] = [];
  const surroundings = { ...nowhere, ...around };
  const take = (pressed: ReturnType<typeof press>) => {
    if (!pressed) return;
    composer = pressed.composer;
    intents.push(...pressed.intents);
  };
  return {
    intents,
    type(bytes: string) {
      const decoder = new Decoder();
      for (const heard of [...decoder.push(Buffer.from(bytes)), ...decoder.idle()])
        take(press(composer, heard, surroundings));
      return this;
    },
    answer(isWhole: boolean | undefined) {
      take(decided(composer, isWhole));
      return this;
    },
    set: (text: string) => (composer = withText(composer, text)),
    composer: () => composer,
    /** The text, a bar where the cursor is. */
    get text() {
      const { text, cursor } = draftIn(composer);
      return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
    },
  };
}
const keys = {
  left: "\x1b[D",
  right: "\x1b[C",
  up: "\x1b[A",
  down: "\x1b[B",
  home: "\x1b[H",
  altB: "\x1bb",
  altF: "\x1bf",
  altD: "\x1bd",
  altY: "\x1by",
  altEnter: "\x1b\r",
  undo: "\x1f",
  redo: "\x1b_",
  del: "\x1b[3~",
};
const typed = (bytes: string, mode?: "py" | "ai") => sit({}, mode).type(bytes).text;

test.each<[string, string, string]>([
  ["letters go where the cursor is", `ac${keys.left}b`, "ab|c"],
  ["a character of several parts is one to the cursor", `x👩‍💻e\u0301${keys.left}${keys.left}y`, "xy|👩‍💻e\u0301"],
  ["and to Backspace", "x👩‍💻\x7f", "x|"],
  ["words are passed", `one two_2, three${keys.altB}${keys.altB}X`, "one X|two_2, three"],
  ["forward, too", `one two${keys.home}${keys.altF}X`, "oneX| two"],
  ["Ctrl-A and Ctrl-E go to the ends of the line", `a\x0abc\x01X\x05Y`, "a\nXbcY|"],
  ["Alt-Enter is a new line", `a${keys.altEnter}b`, "a\nb|"],
  ["Shift-Enter, where the terminal tells it", "a\x1b[13;2ub", "a\nb|"],
  ["Delete takes what is behind", `ab${keys.home}${keys.del}`, "|b"],
  [
    "up and down keep the column over a shorter line",
    `long line\nx\nlonger line${keys.up}${keys.up}`.replaceAll("\n", "\x0a"),
    "long line|\nx\nlonger line",
  ],
])("%s", (_what, bytes, text) => {
  expect(typed(bytes)).toBe(text);
});

test("up and down go by rows as they are seen, in a line that is wrapped, too", () => {
  const room = { columns: 10 };
  expect(sit(room).type(`0123456789abcdefghijKLM${keys.up}`).text).toBe("0123456789abc|defghijKLM");
  expect(sit(room).type(`0123456789abcdefghijKLM${keys.up}${keys.up}${keys.down}`).text).toBe(
    "0123456789abc|defghijKLM",
  );
  expect(sit(room).type(`漢字漢字漢字x${keys.up}`).text).toBe("漢|字漢字漢字x");
});

test("what is cut can be put back: cuts in a row are one, and Alt-Y brings the ones before", () => {
  expect(typed("one two three\x17\x17\x01\x19")).toBe("two three|one ");
  expect(typed(`a bc\x17x\x17\x19${keys.altY}`)).toBe("a bc|");
  expect(typed(`one two${keys.home}${keys.altD}${keys.altD}\x19`)).toBe("one two|");
  expect(typed("first\nsecond\x15\x15\x19".replace("\n", "\x0a"))).toBe("first\nsecond|");
  expect(typed("one two\x01\x0b\x19\x19")).toBe("one twoone two|");
});

test("undo takes back a word at a time, and redo brings it again", () => {
  expect(typed(`one two${keys.undo}`)).toBe("one |");
  expect(typed(`one two${keys.undo}${keys.undo}`)).toBe("|");
  expect(typed(`one two${keys.undo}${keys.undo}${keys.redo}${keys.redo}`)).toBe("one two|");
  expect(typed(`one two\x17${keys.undo}`)).toBe("one two|");
  expect(typed(`abc${keys.undo}${keys.undo}${keys.undo}x`)).toBe("x|");
});

test("the way back through a long text does not fill the memory", () => {
  const mia = sit();
  mia.set("x".repeat(1_000_000));
  mia.type("a ".repeat(100));
  expect(draftIn(mia.composer()).before.length).toBeLessThanOrEqual(20);
  expect(draftIn(sit().type("a ".repeat(100)).composer()).before).toHaveLength(100);
});

test("a long paste is one mark, which is one character to the keys, and is whole when it is sent", () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i}`);
  const mia = sit();
  mia.type("look: ").type(`\x1b[200~${lines.join("\r")}\x1b[201~`);
  expect(mia.text).toBe("look: [paste 1: 10,000 lines]|");
  mia.type(`${keys.left}x`);
  expect(mia.text).toBe("look: x|[paste 1: 10,000 lines]");
  mia.type("\x05!\r");
  expect(mia.intents).toEqual([
    { is: "submit", mode: "ai", text: `look: x${lines.join("\n")}!`, shown: "look: x[paste 1: 10,000 lines]!" },
  ]);
  expect(sit().type(`\x1b[200~${lines.join("\r")}\x1b[201~\x7f`).text).toBe("|");
  expect(sit().type("\x1b[200~two\rlines\x1b[201~").text).toBe("two\nlines|");
});

test("a mark that somebody typed is no paste of theirs, and pasted marks are not unfolded again", () => {
  expect(unfolded("[paste 1: 10 lines] [paste 9: 1 lines]", ["[paste 1: 10 lines]$&"])).toBe(
    "[paste 1: 10 lines]$& [paste 9: 1 lines]",
  );
});

test("nothing runs of a paste before Enter", () => {
  const mia = sit({}, "py").type("\x1b[200~import os\ros.remove('x')\r\x1b[201~");
  expect(mia.intents).toEqual([]);
});

test("Tab changes the mode and each keeps its draft, its undo and its place in the history", () => {
  const mia = sit({ history: { py: ["1 + 1"], ai: ["hello"] } }, "py");
  mia.type(`draft${keys.up}\tquestion`);
  expect(mia.text).toBe("question|");
  mia.type("\t");
  expect(mia.text).toBe("1 + 1|");
  mia.type(keys.down);
  expect(mia.text).toBe("draft|");
  expect(mia.intents).toEqual([
    { is: "toggle", mode: "ai" },
    { is: "toggle", mode: "py" },
  ]);
});

test("up in the first row goes back in the mode's history, and down comes back to the draft", () => {
  const mia = sit({ history: { py: [], ai: ["first", "second\nentry"] } }).type("draft");
  expect(mia.type(keys.up).text).toBe("second\nentry|");
  expect(mia.type(keys.up).text).toBe("secon|d\nentry");
  expect(mia.type(keys.up).text).toBe("first|");
  expect(mia.type(keys.up).text).toBe("first|");
  expect(mia.type(`${keys.down}${keys.down}`).text).toBe("draft|");
  expect(mia.type("\x1b[1;5A").text).toBe("second\nentry|");
});

test("Ctrl-R finds by what is typed, older with Ctrl-R, takes it with Enter and leaves with Escape", () => {
  const history = { py: ["import numpy", "x = 1", "import Pandas", "x = 1"], ai: [] };
  const mia = sit({ history }, "py").type("draft\x12imp");
  expect(mia.text).toBe("|import Pandas");
  expect(mia.type("\x12").text).toBe("|import numpy");
  expect(mia.type("\x13").text).toBe("|import Pandas");
  expect(mia.type("\r").text).toBe("import Pandas|");
  expect(mia.intents).toEqual([]);
  expect(sit({ history }, "py").type("draft\x12num\x1b").text).toBe("draft|");
  const lost = sit({ history }, "py").type("draft\x12nowhere");
  expect(isFound(lost.composer().search!, draftIn(lost.composer()).text)).toBe(false);
  expect(lost.type("\x1b").text).toBe("draft|");
  expect(sit({ history }, "py").type("\x12P").text).toBe("import |Pandas");
  expect(sit({ history }, "py").type(`\x12num${keys.home}y`).text).toBe("y|import numpy");
});

test("Enter sends a question; in Python it sends what is surely whole and goes on in what is surely not", () => {
  expect(sit().type("hello\r").intents).toMatchObject([{ is: "submit", mode: "ai", text: "hello" }]);
  expect(sit().type("  \r").intents).toEqual([]);
  const mia = sit({}, "py").type("f(1,\r");
  expect(mia.text).toBe("f(1,\n|");
  expect(sit({}, "py").type("x = 1\r").intents).toMatchObject([{ is: "submit", mode: "py", text: "x = 1" }]);
  expect(sit({}, "py").type("def f():\r").text).toBe("def f():\n    |");
  expect(sit({}, "py").type("/help def\r").intents).toMatchObject([{ is: "submit", text: "/help def" }]);
});

test("what only Python knows is asked, and who does not wait for the answer gets what is likely", () => {
  const code = "def f():\r    return 1\r";
  const asked = [{ is: "check", code: "def f():\n        return 1" }];
  const mia = sit({}, "py").type(code);
  expect(mia.intents).toEqual(asked);
  expect(sit({}, "py").type(code).answer(true).intents.at(-1)).toMatchObject({ is: "submit" });
  expect(sit({}, "py").type(code).answer(false).text).toBe("def f():\n        return 1\n        |");
  expect(sit({}, "py").type(code).answer(undefined).text).toBe("def f():\n        return 1\n        |");
  expect(sit({}, "py").type(`${code}x`).text).toBe("def f():\n        return 1\n        x|");
  expect(sit({}, "py").type(`${code}\r`).answer(undefined).intents.at(-1)).toMatchObject({ is: "submit" });
  expect(
    mia
      .answer(true)
      .answer(true)
      .intents.filter(({ is }) => is === "submit"),
  ).toHaveLength(1);
});

test("the arrow at the end takes what the draft is thought to go on with", () => {
  expect(sit({ ghost: ".head()" }).type(`df${keys.right}`).text).toBe("df.head()|");
  expect(sit({ ghost: ".head()" }).type(`df${keys.left}${keys.right}`).text).toBe("df|");
});

test("completion, the editor and leaving are asked of others", () => {
  expect(sit().type("ab\x1b[D\x00").intents).toEqual([{ is: "complete", text: "ab", cursor: 1 }]);
  expect(sit().type("ab\x07").intents).toEqual([{ is: "editor", text: "ab" }]);
  expect(sit().type("\x04").intents).toEqual([{ is: "leave" }]);
  expect(sit().type("a\x04").intents).toEqual([]);
});

test("keys that are none of the composer's are left to others", () => {
  expect(press(emptyComposer(), { is: "key", chord: "ctrl+c", act: "press" }, nowhere)).toBeUndefined();
  expect(press(emptyComposer(), { is: "key", chord: "a", act: "release" }, nowhere)).toBeUndefined();
  expect(press(emptyComposer(), { is: "focus", has: true }, nowhere)).toBeUndefined();
});

test("mentions are names behind an @ that begins a word", () => {
  const names = (text: string) => mentions(text).map(({ name }) => name);
  expect(names('see @src/main.ts, @df and @"my file.csv".')).toEqual(["src/main.ts", "df", "my file.csv"]);
  expect(names("mia@example.org, @, @@x and f(@df)")).toEqual(["", "", "df"]);
  expect(names("@load.py.")).toEqual(["load.py"]);
  expect(mentionAt("see @src/ma and", 11)).toEqual({ from: 4, to: 11, name: "src/ma" });
  expect(mentionAt("see @src/ma and", 13)).toBeUndefined();
  expect(mentionAt("see @", 5)).toEqual({ from: 4, to: 5, name: "" });
  expect(mentionAt('@"my fi', 7)).toEqual({ from: 0, to: 7, name: "my fi" });
});

const anyKey = fc.constantFrom(
  ...Object.values(keys),
  "a",
  " ",
  "漢",
  "👩‍💻",
  "e\u0301",
  "(",
  '"',
  "\r",
  "\t",
  "\x7f",
  "\x17",
  "\x15",
  "\x0b",
  "\x19",
  "\x12",
  "\x13",
  "\x1b[27u",
  "\x0a",
  "\x04",
  "\x1b[1;5A",
  "\x1b[1;5B",
  `\x1b[200~${"l\r".repeat(30)}\x1b[201~`,
);

test("whatever is pressed, the cursor is in the text, no character is torn, and what was typed can be brought back", () => {
  const around = { columns: 7, history: { py: ["def f():\n    return 1", "x"], ai: ["漢字 question", "two\nlines"] } };
  const marks = new Intl.Segmenter("en", { granularity: "grapheme" });
  fc.assert(
    fc.property(fc.array(anyKey, { maxLength: 60 }), (pressed) => {
      const mia = sit(around, "py");
      for (const bytes of pressed) {
        mia.type(bytes);
        const { text, cursor } = draftIn(mia.composer());
        expect(cursor).toBeGreaterThanOrEqual(0);
        expect(cursor).toBeLessThanOrEqual(text.length);
        const edges = new Set(Array.from(marks.segment(text), ({ index }) => index).concat(text.length));
        expect([text, cursor, edges.has(cursor)]).toEqual([text, cursor, true]);
      }
      const { text } = draftIn(mia.composer());
      if (mia.composer().search || mia.composer().checking) return;
      const steps = draftIn(mia.composer()).before.length;
      mia.type(keys.undo.repeat(steps)).type(keys.redo.repeat(steps));
      expect(draftIn(mia.composer()).text).toBe(text);
    }),
    { numRuns: 500 },
  );
});

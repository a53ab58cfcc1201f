import fc from "fast-check";
import { expect, test } from "vitest";
import { hide, reveal, sanitise, Sanitiser } from "./sanitise.ts";

const attacks = {
  "moves the cursor": "\x1b[2J\x1b[H",
  paints: "\x1b[31;1m",
  "sets the title": "\x1b]0;title\x07",
  "sets the title, ended by ST": "\x1b]2;title\x1b\\",
  "writes the clipboard": "\x1b]52;c;aGk=\x07",
  links: "\x1b]8;;http://example.com\x1b\\",
  "asks the terminal": "\x1bP$qm\x1b\\",
  "hides in an application command": "\x1b_Gi=1\x1b\\",
  resets: "\x1bc",
  "selects a character set": "\x1b(0",
  "uses the 8-bit forms": "\x9b31m\x9d0;title\x9c",
  rings: "\x07",
  "steps back": "\b\b",
};

for (const [what, bytes] of Object.entries(attacks))
  test(`text that ${what} reaches the terminal without it`, () => {
    expect(sanitise(`a${bytes}b`)).toBe("ab");
    expect(new Sanitiser().push(`a${bytes}b`)).toBe("ab");
  });

// oxlint-disable-next-line no-control-regex -- nothing of this may be left
const dangerous = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
const hostile = fc.string({
  unit: fc.constantFrom(
    ..."ab7;?[]()\\_PX^mHJ\n\r\t".split(""),
    "\x1b",
    "\x07",
    "\x9b",
    "\x9c",
    "\x9d",
    "\x00",
    "\x7f",
    "\u202e",
    "\u2069",
    "é",
    "😀",
  ),
  maxLength: 40,
});

test("no control character and no bidi override gets through, whatever the text and however it is cut", () => {
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 8 }), (pieces) => {
      const sanitiser = new Sanitiser();
      const streamed = pieces.map((piece) => sanitiser.push(piece)).join("");
      for (const shown of [
        streamed,
        sanitise(pieces.join("")),
        reveal(pieces.join("")),
        hide(pieces.join("").replaceAll("\n", "")),
      ])
        expect(shown.replaceAll("\r", "")).not.toMatch(dangerous);
    }),
  );
});

test("text in pieces shows the same as the whole, but for a sequence that never ends", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("x", "\n", "é", "\u202e", ...Object.values(attacks)), maxLength: 12 }),
      fc.array(fc.nat(60)),
      (text, cuts) => {
        const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((a, b) => a - b), text.length];
        const sanitiser = new Sanitiser();
        const pieces = places.slice(1).map((to, i) => sanitiser.push(text.slice(places[i], to)));
        expect(pieces.join("")).toBe(sanitise(text));
      },
    ),
  );
});

test("a sequence that never ends does not swallow what follows for ever", () => {
  const sanitiser = new Sanitiser();
  expect(sanitiser.push("\x1b]0;")).toBe("");
  expect(sanitiser.push("x".repeat(5_000))).toContain("x".repeat(4_000));
  expect(sanitiser.push("after")).toBe("after");
});

test("what somebody is asked to allow shows everything that would hide in it", () => {
  expect(reveal("rm -rf / \x1b[2K\rls\u202e")).toBe("rm -rf / <U+001B>[2K<U+000D>ls<U+202E>");
  expect(reveal("a\r\n\tb")).toBe("a\n\tb");
});

test("a line that is being edited keeps its length, so that the cursor stands where it is", () => {
  const line = "a\x1b\u202e\tb";
  expect(hide(line)).toHaveLength(line.length);
});

test("harmless text passes as it is, tabs and emoji included", () => {
  const text = "x\tß 漢字 👩‍💻\n";
  expect([sanitise(text), reveal(text), new Sanitiser().push(text)]).toEqual([text, text, text]);
});

/** Whoever looked again at all that follows each of these would be at it for hours. */
test.each(["\x90", "\x1b]", "\x9b0", "\x1b[0"])("two million of %j are gone through once", (opener) => {
  const text = opener.repeat(2_000_000) + "\x1bx";
  expect(sanitise(text).replaceAll("0", "")).toBe("");
  expect(new Sanitiser().push(text).replaceAll("0", "")).toBe("");
});

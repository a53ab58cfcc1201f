import fc from "fast-check";
import { expect, test } from "vitest";
import { Decoder } from "./decoder.ts";
import type { Heard } from "./heard.ts";
import { longestPaste } from "./pasting.ts";

const bytesOf = (text: string | Uint8Array) => (typeof text === "string" ? Buffer.from(text) : text);
const heard = (...pieces: (string | Uint8Array)[]): Heard[] => {
  const decoder = new Decoder();
  return [...pieces.flatMap((piece) => decoder.push(bytesOf(piece))), ...decoder.idle(), ...decoder.idle()];
};
/** In few words: a key by its chord, and what it types behind an equals sign. */
const brief = (one: Heard): string => {
  if (one.is === "paste") return `paste(${one.text})`;
  if (one.is !== "key") return one.is === "reply" ? `reply(${one.to})` : one.is;
  return `${one.chord}${one.act === "press" ? "" : `:${one.act}`}${one.text === undefined ? "" : `=${one.text}`}`;
};
const briefly = (...pieces: (string | Uint8Array)[]) => heard(...pieces).map(brief);

test.each<[string, string[]]>([
  ["aZ é漢👍", ["a=a", "Z=Z", "space= ", "é=é", "漢=漢", "👍=👍"]],
  ["\r\n\t\x7f\b", ["enter", "ctrl+j", "tab", "backspace", "ctrl+h"]],
  ["\x00\x01\x1a\x1c\x1f", ["ctrl+space", "ctrl+a", "ctrl+z", "ctrl+\\", "ctrl+_"]],
  ["\x1b", ["escape"]],
  ["\x1b\x1b", ["escape", "escape"]],
  ["\x1b\x1b\x1b", ["escape", "escape", "escape"]],
  [
    "\x1bb\x1bF\x1b.\x1b\r\x1b\x7f\x1b é",
    ["alt+b", "alt+shift+f", "alt+.", "alt+enter", "alt+backspace", "alt+space", "é=é"],
  ],
  ["\x1bé\x1b\x01", ["alt+é", "ctrl+alt+a"]],
  ["\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", ["up", "down", "right", "left", "home", "end"]],
  ["\x1bOA\x1bOH\x1bOP\x1bOS\x1bOM\x1bOk", ["up", "home", "f1", "f4", "enter", "+=+"]],
  [
    "\x1b[1;5D\x1b[1;3C\x1b[1;2A\x1b[1;6H\x1b[3;5~",
    ["ctrl+left", "alt+right", "shift+up", "ctrl+shift+home", "ctrl+delete"],
  ],
  [
    "\x1b[Z\x1b[2~\x1b[5~\x1b[6~\x1b[15~\x1b[24~\x1b[[A\x1b[[E",
    ["shift+tab", "insert", "pageup", "pagedown", "f5", "f12", "f1", "f5"],
  ],
  ["\x1b[a\x1bOd\x1b[7$\x1b[8^\x1b[3@", ["shift+up", "ctrl+left", "shift+home", "ctrl+end", "ctrl+shift+delete"]],
  ["\x1b\x1b[A\x1b\x1bOD\x1b[R\x1b[1;2R", ["alt+up", "alt+left", "f3", "shift+f3"]],
  ["\x1b[27;2;13~\x1b[27;5;105~\x1b[27;6;97~", ["shift+enter", "ctrl+i", "ctrl+shift+a"]],
])("a terminal without any protocol: %j is %j", (bytes, keys) => {
  expect(briefly(bytes)).toEqual(keys);
});

test.each<[string, string[]]>([
  [
    "\x1b[13;2u\x1b[13;3u\x1b[9;5u\x1b[105;5u\x1b[27u\x1b[127;3u",
    ["shift+enter", "alt+enter", "ctrl+tab", "ctrl+i", "escape", "alt+backspace"],
  ],
  [
    "\x1b[97u\x1b[97;2u\x1b[97:65;2u\x1b[97;6u\x1b[32;5u\x1b[32u",
    ["a=a", "A=A", "A=A", "ctrl+shift+a", "ctrl+space", "space= "],
  ],
  ["\x1b[97;1:1u\x1b[97;1:2u\x1b[97;1:3u\x1b[1;1:3A", ["a=a", "a:repeat=a", "a:release", "up:release"]],
  ["\x1b[1089::99;5u", ["ctrl+c"]],
  ["\x1b[45:95;6u", ["ctrl+_"]],
  ["\x1b[97;65u\x1b[97;129u", ["a=a", "a=a"]],
  ["\x1b[101;;233u", ["é=é"]],
  ["\x1b[57399u\x1b[57414u\x1b[57417u\x1b[57376u", ["0=0", "enter", "left", "f13"]],
  ["\x1b[57441;2u\x1b[57358u", []],
  ["\x1b[99;9u\x1b[118;33u", ["super+c", "alt+v"]],
  ["\x1b[57344;5u\x1b[1114112u\x1b[55296u\x1b[1;1;7u\x1b[999999999999999999999u", []],
])("kitty's protocol: %j is %j", (bytes, keys) => {
  expect(briefly(bytes)).toEqual(keys);
});

test("a lone ESC is Escape when nothing follows, and the start of a key when something does", () => {
  const decoder = new Decoder();
  expect(decoder.push(bytesOf("\x1b"))).toEqual([]);
  expect(decoder.waits).toBe(true);
  expect(
    decoder
      .push(bytesOf("["))
      .concat(decoder.push(bytesOf("A")))
      .map(brief),
  ).toEqual(["up"]);
  expect(decoder.waits).toBe(false);
  decoder.push(bytesOf("\x1b"));
  expect(decoder.idle().map(brief)).toEqual(["escape"]);
  expect(decoder.push(bytesOf("[A")).map(brief)).toEqual(["[=[", "A=A"]);
});

test("Alt with a character that sequences begin with is that key", () => {
  expect(["[", "O", "]", "P", "_", "^", "X"].flatMap((char) => briefly(`\x1b${char}`))).toEqual([
    "alt+[",
    "alt+shift+o",
    "alt+]",
    "alt+shift+p",
    "alt+_",
    "alt+^",
    "alt+shift+x",
  ]);
});

test("a reply that is held up on its way is still no typing, and one that never ends does not take the keyboard away", () => {
  const decoder = new Decoder();
  decoder.push(bytesOf("\x1b]11;rgb:12"));
  expect(decoder.idle()).toEqual([]);
  expect(decoder.push(bytesOf("12/3434/5656\x1b\\")).map(brief)).toEqual(["reply(colour)"]);
  decoder.push(bytesOf("\x1b]11;rgb:12"));
  decoder.idle();
  decoder.idle();
  expect(decoder.waits).toBe(false);
  expect(decoder.push(bytesOf("ab")).map(brief)).toEqual(["a=a", "b=b"]);
});

test.each<[string, Heard]>([
  ["\x1b[?62;4;22c", { is: "reply", to: "attributes", values: [62, 4, 22] }],
  ["\x1b[?5u", { is: "reply", to: "kitty keys", flags: 5 }],
  ["\x1b[12;40R", { is: "reply", to: "cursor", row: 11, column: 39 }],
  ["\x1b[?1;2R", { is: "reply", to: "cursor", row: 0, column: 1 }],
  ["\x1b[?2026;2$y", { is: "reply", to: "mode", mode: 2026, value: 2 }],
  ["\x1b[6;18;9t", { is: "reply", to: "size", of: "cell", height: 18, width: 9 }],
  ["\x1b]11;rgb:1e1e/1e1e/2e2e\x07", { is: "reply", to: "colour", which: 11, value: "rgb:1e1e/1e1e/2e2e" }],
  ["\x1b_Gi=31;OK\x1b\\", { is: "reply", to: "graphics", text: "i=31;OK" }],
  ["\x1bP>|kitty(0.40)\x1b\\", { is: "reply", to: "version", text: "kitty(0.40)" }],
  ["\x1b[>1;10;0c", { is: "reply", to: "other", text: "[>1;10;0c" }],
  ["\x1b]52;c;cm0gLXJm\x07", { is: "reply", to: "other", text: "]52;c;cm0gLXJm" }],
  ["\x1b[I", { is: "focus", has: true }],
  ["\x1b[O", { is: "focus", has: false }],
])("what the terminal answers is told apart from typing: %j", (bytes, expected) => {
  expect(heard(`a${bytes}b`)).toEqual([...heard("a"), expected, ...heard("b")]);
});

test.each<[string, string]>([
  ["\x1b[<0;10;5M", "press left 4 9"],
  ["\x1b[<0;10;5m", "release left 4 9"],
  ["\x1b[<32;1;1M", "drag left 0 0"],
  ["\x1b[<35;2;1M", "move none 0 1"],
  ["\x1b[<64;1;1M", "wheel up 0 0"],
  ["\x1b[<65;1;1M", "wheel down 0 0"],
  ["\x1b[<18;300;400M", "press right 399 299 ctrl"],
  ["\x1b[M !!", "press left 0 0"],
])("the mouse: %j is %s", (bytes, expected) => {
  const words = heard(bytes).map((one) => {
    if (one.is !== "mouse") return one.is;
    return `${one.does} ${one.button} ${one.row} ${one.column}${one.ctrl ? " ctrl" : ""}`;
  });
  expect(words).toEqual([expected]);
});

test("nothing that is no place on a screen is a click", () => {
  expect(heard("\x1b[<0;0;5M\x1b[<;;M\x1b[<0;1M\x1b[<-1;1;1M\x1b[<x;1;1M").filter((one) => one.is === "mouse")).toEqual(
    [],
  );
});

test("a paste is one thing, with our line ends, and keys in it are its text", () => {
  expect(briefly("a\x1b[200~x\r\ny\rz\n\t\x1b[A\x03\x1b[201~b")).toEqual([
    "a=a",
    "paste(x\ny\nz\n\t\x1b[A\x03)",
    "b=b",
  ]);
  expect(briefly("\x1b[200~\x1b[20\x1b[201\x1b[201~")).toEqual(["paste(\x1b[20\x1b[201)"]);
  expect(briefly("\x1b[201~a")).toEqual(["a=a"]);
});

test("a paste is as long as it is, up to what anybody can want", () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i} of what was pasted: 漢字 👍`).join("\r");
  const [paste, ...more] = heard(`\x1b[200~${lines}\x1b[201~`);
  expect(paste).toEqual({ is: "paste", text: lines.replaceAll("\r", "\n") });
  expect(more).toEqual([]);
  const flood = Buffer.alloc(longestPaste + 10, "x");
  const [cut, key] = heard("\x1b[200~", flood, "\x1b[201~", "y");
  expect(cut).toMatchObject({ is: "paste", cut: true });
  expect(cut?.is === "paste" && cut.text.length).toBe(longestPaste);
  expect(key && brief(key)).toBe("y=y");
});

test("bytes that are no UTF-8 are seen as such, and take nothing with them", () => {
  const cases = [
    [0x80],
    [0xff, 0x61],
    [0xc0, 0xaf],
    [0xe0, 0x80, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xe6, 0xbc, 0x61],
    [0xf0, 0x9f, 0x91],
  ];
  for (const bytes of cases) {
    const text = heard(Uint8Array.from(bytes))
      .map((one) => (one.is === "key" ? one.text : ""))
      .join("");
    expect(text).toBe(Buffer.from(bytes).toString());
  }
});

const fragments = fc.constantFrom(
  "\x1b",
  "\x1b[",
  "\x1bO",
  "\x1b]",
  "\x1bP",
  "\x1b_",
  "\x1b\\",
  "\x07",
  "[",
  "O",
  "1",
  ";",
  ":",
  "5",
  "u",
  "~",
  "A",
  "M",
  "m",
  "<",
  "?",
  "$",
  "c",
  "R",
  "\x1b[200~",
  "\x1b[201~",
  "\x1b[2",
  "00~",
  "01~",
  "a",
  "漢",
  "👩‍💻",
  "é",
  "\r",
  "\n",
  "\t",
  "\x7f",
  "\x00",
  "\x1b[1;5A",
  "\x1b[97;2u",
  "\x1b[<0;1;2M",
  "\x1b[?62;4c",
  "\x1b]11;rgb:0/0/0\x1b\\",
  "\x18",
);
const bytes = fc
  .array(
    fc.oneof(
      fragments.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 4 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.concat(parts));

test("however the bytes are cut, they mean the same", () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(200), { maxLength: 12 }), (all, cuts) => {
      const places = [0, ...cuts.map((cut) => cut % (all.length + 1)), all.length].toSorted((a, b) => a - b);
      const pieces = places.slice(1).map((to, i) => all.subarray(places[i], to));
      expect(heard(...pieces)).toEqual(heard(all));
      expect(heard(...Array.from(all, (byte) => Uint8Array.of(byte)))).toEqual(heard(all));
    }),
    { numRuns: 1_000 },
  );
});

test("what is heard besides pastes holds no control character, whatever was sent", () => {
  // oxlint-disable-next-line no-control-regex -- it is what must not be there
  const controls = /[\x00-\x1f\x7f-\x9f]/;
  fc.assert(
    fc.property(bytes, (all) => {
      const texts = heard(all)
        .filter((one) => one.is !== "paste")
        .map((one) => JSON.stringify(one));
      expect(texts.filter((text) => controls.test(text) || text.includes("\\u00"))).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test("what never ends is not kept, and what comes after it is heard", () => {
  const decoder = new Decoder();
  decoder.push(bytesOf("\x1b]" + "x".repeat(1_000_000)));
  expect(decoder.push(bytesOf("\x07a")).map(brief)).toEqual(["a=a"]);
  decoder.push(bytesOf("\x1b[" + "1;".repeat(500_000)));
  expect(decoder.push(bytesOf("Aa")).map(brief)).toEqual(["a=a"]);
});

import { type Held, type Heard, type KeyHeard, type MouseHeard, named } from "./heard.ts";
import { csiReply } from "./replies.ts";

/** What control sequences of keyboards mean: those of xterm and its kin, of rxvt, of the Linux console, and kitty's. */

const byLetter: Record<string, string> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  E: "begin",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
};
const byNumber: Record<number, string> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  ...Object.fromEntries(
    [11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34].map((code, at) => [
      code,
      `f${at + 1}`,
    ]),
  ),
};
/** Of kitty's own, those that do something; a lone modifier or a key for music is no key to us. */
const byKittyCode: Record<number, string> = {
  9: "tab",
  13: "enter",
  27: "escape",
  32: "space",
  127: "backspace",
  57361: "printscreen",
  57362: "pause",
  57363: "menu",
  ...Object.fromEntries(Array.from({ length: 23 }, (_, at) => [57376 + at, `f${at + 13}`])),
  57414: "enter",
  57417: "left",
  57418: "right",
  57419: "up",
  57420: "down",
  57421: "pageup",
  57422: "pagedown",
  57423: "home",
  57424: "end",
  57425: "insert",
  57426: "delete",
  57427: "begin",
};
/** The keypad's, from 57399 on; Enter among them is a key with a name. */
const keypad = "0123456789./*-+\0=,";
const privateUse = (code: number) => code >= 0xe000 && code <= 0xf8ff;

/** `ESC [ body final`. Undefined: nothing that anybody here has a use for. */
export function csi(body: string, final: string, alt: boolean): Heard | undefined {
  if (/^[?>=]|[ -/]$/.test(body)) return csiReply(body, final);
  if (body.startsWith("<")) return final === "M" || final === "m" ? mouse(numbersOf(body.slice(1)), final) : undefined;
  const [first = [], second = [], third = []] = body.split(";").map((one) => one.split(":").map(Number));
  if (final === "u") return kitty(first, second, third);
  if (final === "I" || final === "O") return body === "" ? { is: "focus", has: final === "I" } : undefined;
  if (final === "Z") return named("tab", { alt, shift: true });
  const how = heldOf(second[0] || 1);
  const held = alt ? { ...how, alt } : how;
  if (final === "~" && first[0] === 27) return kitty(third, second, []);
  if (final === "~") return key(byNumber[first[0] ?? 0], held, actOf(second[1]));
  // rxvt says with the last character what is held down.
  if ("^@$".includes(final)) return key(byNumber[first[0] ?? 0], { alt, ctrl: final !== "$", shift: final !== "^" });
  if (/^[abcd]$/.test(final) && body === "") return key(byLetter[final.toUpperCase()], { alt, shift: true });
  if (final === "R" && !isModifiedF3(body)) return csiReply(body, final);
  return byLetter[final] === undefined ? csiReply(body, final) : key(byLetter[final], held, actOf(second[1]));
}

/** `CSI 1;2R` is Shift-F3, and could be a cursor in the first row: we ask for that one so that its answer has a `?`. */
const isModifiedF3 = (body: string): boolean => /^(?:1(?:;(?:[2-9]|1[0-6])(?::\d)?)?)?$/.test(body);

/** `ESC O final`: what the keypad and the function keys send. */
export function ss3(final: string, alt: boolean): KeyHeard | undefined {
  if (final === "M") return named("enter", { alt });
  const digit = "jklmnopqrstuvwxyX".indexOf(final);
  if (digit >= 0) {
    const char = "*+,-./0123456789="[digit]!;
    return { is: "key", chord: char, act: "press", text: char };
  }
  return /^[abcd]$/.test(final)
    ? named(byLetter[final.toUpperCase()]!, { alt, ctrl: true })
    : key(byLetter[final], { alt });
}

/** `ESC [ [ final` of the Linux console. */
export const linux = (final: string): KeyHeard | undefined =>
  final >= "A" && final <= "E" ? named(`f${final.charCodeAt(0) - 0x40}`) : undefined;

const key = (name: string | undefined, held: Held, act: KeyHeard["act"] = "press"): KeyHeard | undefined =>
  name === undefined ? undefined : named(name, held, act);

const actOf = (code = 1): KeyHeard["act"] => (code === 3 ? "release" : code === 2 ? "repeat" : "press");

/** Caps lock and num lock are among the bits, and hold nothing down. */
const heldOf = (modifiers: number): Held => {
  const bits = modifiers - 1;
  return {
    shift: (bits & 1) !== 0,
    alt: (bits & 2) !== 0 || (bits & 32) !== 0,
    ctrl: (bits & 4) !== 0,
    super: (bits & 24) !== 0,
  };
};

/** `CSI code:shifted:base ; modifiers:act ; text u`. */
function kitty(codes: number[], modifiers: number[], texts: number[]): KeyHeard | undefined {
  const [code = 0, shifted, base] = codes;
  const held = heldOf(modifiers[0] || 1);
  const act = actOf(modifiers[1]);
  const name = byKittyCode[code];
  const said = textOf(texts);
  if (name !== undefined && name !== "space") return named(name, held, act);

  const plain = name === "space" ? " " : (keypad[code - 57399] ?? (privateUse(code) ? "" : textOf([code])));
  if (plain === "") return undefined;
  const types = !held.ctrl && !held.alt && !held.super;
  if (types) {
    const upper = shifted ? textOf([shifted]) : plain.toUpperCase();
    const text = said || (held.shift ? upper : plain);
    return { is: "key", chord: text === " " ? "space" : text, act, ...(act === "release" ? {} : { text }) };
  }
  // On another script's layout the shortcuts are where they are on a Latin one.
  const latin = base !== undefined && code > 0x7f ? textOf([base]) : plain;
  const isLetter = latin.toLowerCase() !== latin.toUpperCase();
  if (held.shift && shifted && !isLetter) return named(textOf([shifted]) || latin, { ...held, shift: false }, act);
  return named(latin === " " ? "space" : latin.toLowerCase(), held, act);
}

/** Nothing where one of them is no character that can be typed. */
function textOf(codes: number[]): string {
  const valid = (code: number) =>
    code >= 0x20 && code <= 0x10ffff && !(code >= 0x7f && code < 0xa0) && !(code >= 0xd800 && code <= 0xdfff);
  return codes.every(valid) ? String.fromCodePoint(...codes) : "";
}

function mouse([code = NaN, x = NaN, y = NaN]: number[], final: string): MouseHeard | undefined {
  if (!(code >= 0 && x >= 1 && y >= 1)) return undefined;
  const wheel = (code & 64) !== 0;
  const moves = (code & 32) !== 0;
  const button = code >= 128 ? "other" : wheel ? wheels[code & 3]! : buttons[code & 3]!;
  const does = wheel ? "wheel" : moves ? (button === "none" ? "move" : "drag") : final === "m" ? "release" : "press";
  const held = { shift: (code & 4) !== 0, alt: (code & 8) !== 0, ctrl: (code & 16) !== 0 };
  return { is: "mouse", does, button, row: y - 1, column: x - 1, ...held };
}
const buttons = ["left", "middle", "right", "none"] as const;
const wheels = ["up", "down", "other", "other"] as const;

/** Three bytes of the oldest mouse protocol, which a terminal speaks that does not know the newer one. */
export const oldMouse = ([code = 0, x = 0, y = 0]: number[]): MouseHeard | undefined =>
  (code & 3) === 3 && (code & 0x60) === 0x20
    ? mouse([code - 35, x - 32, y - 32], "m")
    : mouse([code - 32, x - 32, y - 32], "M");

const numbersOf = (list: string): number[] => list.split(";").map((one) => (/^\d+$/.test(one) ? Number(one) : NaN));

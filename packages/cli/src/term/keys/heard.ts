/** What a terminal tells us, one thing at a time. Names of keys are what people write in their config: `ctrl+alt+shift+x`. */

export type Heard = KeyHeard | PasteHeard | MouseHeard | FocusHeard | Reply;

export type KeyHeard = {
  is: "key";
  /** Its name with all that is held down: `a`, `A`, `enter`, `ctrl+left`, `alt+shift+f`. */
  chord: string;
  act: "press" | "repeat" | "release";
  /** What it types, where it types something. */
  text?: string;
};

/** Text that came in one piece from outside, its line ends as ours. `cut`: there was more than anybody can want. */
export type PasteHeard = { is: "paste"; text: string; cut?: true };

export type MouseHeard = {
  is: "mouse";
  does: "press" | "release" | "drag" | "move" | "wheel";
  /** A wheel's is where it turns to. */
  button: "left" | "middle" | "right" | "none" | "up" | "down" | "other";
  /** From 0, at the top left. */
  row: number;
  column: number;
  ctrl: boolean;
  alt: boolean;
  shift: boolean;
};

export type FocusHeard = { is: "focus"; has: boolean };

/** An answer of the terminal to what we asked it. Its texts are somebody else's, without control characters. */
export type Reply = { is: "reply" } & (
  | { to: "attributes"; values: number[] }
  | { to: "kitty keys"; flags: number }
  | { to: "cursor"; row: number; column: number }
  | { to: "mode"; mode: number; value: number }
  | { to: "size"; of: "window" | "cell" | "screen"; height: number; width: number }
  | { to: "colour"; which: number; value: string }
  | { to: "graphics"; text: string }
  | { to: "version"; text: string }
  | { to: "other"; text: string }
);

export type Held = { ctrl?: boolean; alt?: boolean; shift?: boolean; super?: boolean };

export const chordOf = (name: string, { ctrl, alt, shift, super: superKey }: Held = {}): string =>
  `${ctrl ? "ctrl+" : ""}${alt ? "alt+" : ""}${shift ? "shift+" : ""}${superKey ? "super+" : ""}${name}`;

/** A key by its name, which types nothing. */
export const named = (name: string, held: Held = {}, act: KeyHeard["act"] = "press"): KeyHeard => ({
  is: "key",
  chord: chordOf(name, held),
  act,
});

/** A character as it comes without any protocol: what is held down shows in it, but for Alt. */
export function typed(char: string, alt = false): KeyHeard {
  const code = char.codePointAt(0)!;
  if (code < 0x20 || code === 0x7f) return control(code, alt);
  const name = char === " " ? "space" : char;
  if (!alt) return { is: "key", chord: name, act: "press", text: char };
  return char >= "A" && char <= "Z" ? named(char.toLowerCase(), { alt, shift: true }) : named(name, { alt });
}

const controls: Record<number, string> = { 0x09: "tab", 0x0d: "enter", 0x1b: "escape", 0x7f: "backspace" };

function control(code: number, alt: boolean): KeyHeard {
  const name = controls[code];
  if (name !== undefined) return named(name, { alt });
  return named(code === 0 ? "space" : String.fromCharCode(code + 0x40).toLowerCase(), { ctrl: true, alt });
}

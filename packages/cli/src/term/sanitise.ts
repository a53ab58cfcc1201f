/**
 * The one gate for text from outside on its way to a terminal. A sequence that could move the cursor, set the
 * clipboard or the title, or turn the reading order around never gets through; only our own colours are added after.
 */

const bel = "\\x07";
const end = `(?:${bel}|\\x1b\\\\|\\x9c)`;
/** ECMA-48: control sequences, strings up to their terminator, and two-character escapes. */
const sequences = new RegExp(
  [
    "(?:\\x1b\\[|\\x9b)[\\x30-\\x3f]*[\\x20-\\x2f]*[\\x40-\\x7e]",
    `(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d\\x9e\\x9f])[^\\x07\\x1b\\x9c]*${end}`,
    "\\x1b[\\x20-\\x2f]*[\\x30-\\x7e]",
  ].join("|"),
  "g",
);
/** The beginning of a sequence at the end of a piece: the next piece may bring the rest. */
const begun = new RegExp(
  `(?:\\x1b(?:\\[[\\x30-\\x3f]*[\\x20-\\x2f]*|[\\]PX^_][^\\x07\\x1b\\x9c]*\\x1b?|[\\x20-\\x2f]*)` +
    `|\\x9b[\\x30-\\x3f]*[\\x20-\\x2f]*|[\\x90\\x98\\x9d\\x9e\\x9f][^\\x07\\x1b\\x9c]*\\x1b?)$`,
);
// oxlint-disable-next-line no-control-regex -- control characters are what this file is about
const controls = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;
const bidi = /[\u202a-\u202e\u2066-\u2069]/g;
// oxlint-disable-next-line no-control-regex -- as above
const suspicious = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

const code = (char: string) => char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
const named = (char: string) => `<U+${code(char)}>`;

/** A string that never ends would swallow all that follows it: past this it is text like any other. */
const longestBegun = 4096;

/** What a person may safely see of a whole text. Colours and other sequences vanish, bidi overrides are named. */
export const sanitise = (text: string): string =>
  suspicious.test(text)
    ? clean(text)
        .replace(/\r(?!\n)/g, "\n")
        .replace(/\r/g, "")
    : text;

/** For what somebody is asked to allow: nothing in it may hide, so every control character is named. */
export const reveal = (text: string): string =>
  suspicious.test(text)
    ? text.replace(/\r\n/g, "\n").replace(/\r/g, named("\r")).replace(controls, named).replace(bidi, named)
    : text;

/** For a line that is being edited: as many characters as before, none of which the terminal obeys. */
export const hide = (line: string): string =>
  line.replace(/\r/g, " ").replace(controls, "\ufffd").replace(bidi, "\ufffd");

const clean = (text: string): string => text.replace(sequences, "").replace(controls, "").replace(bidi, named);

/**
 * Text that comes in pieces: a sequence cut in two is still one sequence. Carriage returns stay, so that a
 * progress bar can be drawn over itself.
 */
export class Sanitiser {
  #begun = "";

  push(piece: string): string {
    const text = this.#begun + piece;
    if (!suspicious.test(text)) return text;
    const rest = begun.exec(text);
    this.#begun = rest && rest[0].length <= longestBegun ? rest[0] : "";
    return clean(this.#begun === "" ? text : text.slice(0, -this.#begun.length));
  }
}

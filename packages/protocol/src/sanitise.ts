/**
 * The one gate for text from outside on its way to a terminal, to the log and to a model. A sequence that could move the cursor, set
 * the clipboard or the title, or turn the reading order around never gets through; only our own colours are added after.
 */

/** What a sequence of ECMA-48 begins with. */
// oxlint-disable-next-line no-control-regex -- control characters are what this file is about
const openers = /[\x1b\x90\x98\x9b\x9d\x9e\x9f]/g;
/** What can end a string of it. */
// oxlint-disable-next-line no-control-regex -- as above
const stops = /[\x07\x1b\x9c]/g;
const parameters = /[\x30-\x3f]*[\x20-\x2f]*/y;
const intermediates = /[\x20-\x2f]*/y;
const strings = "]PX^_";

// oxlint-disable-next-line no-control-regex -- as above
const controls = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;
// oxlint-disable-next-line no-control-regex -- as above
const runsOfControls = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+/g;
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

const clean = (text: string): string => inert(withoutSequences(text).text);
const inert = (text: string): string => text.replace(runsOfControls, "").replace(bidi, named);

/**
 * Without its sequences, in one way through: what somebody made to be read again and again from each of its characters costs no more
 * than other text. `begun`: the last one has no end yet, where somebody holds on to it until the next piece comes.
 */
function withoutSequences(text: string, holds = false): { text: string; begun: string } {
  const sequence = reader(text);
  let kept = "";
  let from = 0;
  openers.lastIndex = 0;
  for (let found = openers.exec(text); found; found = openers.exec(text)) {
    const { index } = found;
    const { end, open } = sequence(index);
    if (open && holds && text.length - index <= longestBegun)
      return { text: kept + text.slice(from, index), begun: text.slice(index) };
    kept += text.slice(from, index);
    from = openers.lastIndex = end;
  }
  return { text: from === 0 ? text : kept + text.slice(from), begun: "" };
}

/** Where the sequence that begins at a place ends; behind its opener where it has no end. `open`: more text may bring it. */
function reader(text: string): (at: number) => { end: number; open: boolean } {
  let stop = -1;
  const skip = (characters: RegExp, from: number): number => {
    characters.lastIndex = from;
    return from + (characters.exec(text)?.[0].length ?? 0);
  };
  const isWithin = (at: number, low: string, high: string) => text.charAt(at) >= low && text.charAt(at) <= high;

  return (at) => {
    const escape = text.charAt(at) === "\x1b";
    const kind = escape ? text.charAt(at + 1) : "";
    const body = escape ? at + 2 : at + 1;
    if (escape && kind === "") return { end: at + 1, open: true };
    if (kind === "[" || text.charAt(at) === "\x9b") {
      const last = skip(parameters, body);
      if (isWithin(last, "@", "~")) return { end: last + 1, open: false };
      return { end: body, open: last === text.length };
    }
    if (escape && !strings.includes(kind)) {
      const last = skip(intermediates, at + 1);
      if (isWithin(last, "0", "~")) return { end: last + 1, open: false };
      return { end: at + 1, open: last === text.length };
    }
    if (stop < body && stop !== text.length) {
      stops.lastIndex = body;
      stop = stops.exec(text)?.index ?? text.length;
    }
    if (stop === text.length) return { end: body, open: true };
    if (text.charAt(stop) !== "\x1b") return { end: stop + 1, open: false };
    if (text.charAt(stop + 1) === "\\") return { end: stop + 2, open: false };
    return { end: body, open: stop + 1 === text.length };
  };
}

/**
 * Text that comes in pieces: a sequence cut in two is still one sequence. Carriage returns stay, so that a
 * progress bar can be drawn over itself.
 */
export class Sanitiser {
  #begun = "";

  push(piece: string): string {
    const whole = this.#begun + piece;
    if (!suspicious.test(whole)) return whole;
    const { text, begun } = withoutSequences(whole, true);
    this.#begun = begun;
    return inert(text);
  }
}

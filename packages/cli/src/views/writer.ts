import type { Ask } from "@daimon/protocol";
import { askedLines } from "../session/approval.ts";
import { nameOf } from "../session/people.ts";
import type { Piece } from "../session/pieces.ts";
import type { Paint } from "../term/colour.ts";
import { reveal, sanitise, Sanitiser } from "@daimon/protocol/sanitise";

export type WriterOptions = {
  print(text: string): void;
  paint: Paint;
  /** Name the assistant before its words, and number results: where several people and the assistant talk. */
  labels?: boolean;
  /** No terminal will ever see it: text from outside stays as it is. */
  raw?: boolean;
  /** How this question can be answered here; undefined: it is not shown at all. */
  howTo?(ask: Ask): string | undefined;
};

/** Pieces of a session as lines of text. It knows where on the line it is, and whose words came last. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #sanitisers = new Map<number, Sanitiser>();
  #atLineStart = true;
  #speaking: number | undefined;
  /** What waits for the end of the line. */
  #asides: Piece[] = [];
  /** What a program printed into a file or a pipe gets no newline that it did not print. */
  #asIs = false;
  readonly #clean: (text: string) => string;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#clean = options.raw ? (text) => text : sanitise;
  }

  write(pieces: readonly Piece[]): void {
    for (const piece of pieces) this.#piece(piece);
  }

  /** A line of our own; what is in it from outside has been sanitised. */
  line(text: string): void {
    this.endLine();
    this.#print(`${text}\n`);
  }

  readonly lines = (texts: readonly string[]): void => {
    for (const text of texts) this.line(text);
  };

  /** The next text begins a line. */
  endLine(): void {
    if (!this.#atLineStart) this.#print("\n");
    this.#speaking = undefined;
    this.#sayAsides();
  }

  #sayAsides(): void {
    const waiting = this.#asides;
    this.#asides = [];
    this.write(waiting);
  }

  #print(text: string): void {
    if (text === "") return;
    this.#atLineStart = text.endsWith("\n");
    this.#options.print(text);
  }

  #piece(piece: Piece): void {
    const { paint, labels } = this.#options;
    switch (piece.is) {
      case "said":
        return this.line(said(paint, `${nameOf(piece.by)} ${piece.mode}`, piece.mode, reveal(piece.text)));
      case "stream":
        return this.#stream(piece.block, piece.of, piece.text);
      case "closed":
        this.#sanitisers.delete(piece.block);
        if (this.#speaking === piece.block && !this.#asIs) this.endLine();
        return;
      case "result": {
        const text = this.#clean(piece.text);
        if (!labels) return this.line(text);
        return this.line(`${paint("dim", `[${piece.cell}]:`)}${text.includes("\n") ? "\n" : " "}${text}`);
      }
      case "display":
        return this.line(this.#clean(piece.text));
      case "error":
        return this.line(traceback(paint, this.#clean(piece.text)));
      case "call":
        return this.line(paint("dim", `. ${oneLine(sanitise(piece.text))}`));
      case "ask":
        return this.#ask(piece.ask, piece.by && nameOf(piece.by));
      case "notice":
        if (piece.aside && !this.#atLineStart) return void this.#asides.push(piece);
        return this.line(paint("dim", `. ${sanitise(piece.text)}`));
      case "trouble":
        return this.line(paint("yellow", `! ${sanitise(piece.text)}`));
    }
  }

  #stream(block: number, of: "text" | "stdout" | "stderr" | "progress", text: string): void {
    if (this.#speaking !== block) {
      this.endLine();
      this.#speaking = block;
      if (of === "text" && this.#options.labels) this.#print(this.#options.paint("magenta", "ai: "));
    }
    this.#asIs = this.#options.raw === true && of !== "text";
    if (this.#options.raw) return this.#print(text);
    const sanitiser = this.#sanitisers.get(block) ?? new Sanitiser();
    this.#sanitisers.set(block, sanitiser);
    const shown = sanitiser.push(text);
    const end = this.#asides.length > 0 ? shown.lastIndexOf("\n") + 1 : 0;
    this.#print(shown.slice(0, end));
    if (end > 0) this.#sayAsides();
    this.#print(shown.slice(end));
  }

  #ask(ask: Ask, whose: string | undefined): void {
    const { paint, howTo } = this.#options;
    const how = howTo ? howTo(ask) : "";
    if (how === undefined) return;
    const choices = (ask.choices ?? []).map((choice, i) => `  ${i + 1}) ${reveal(choice)}`);
    const lines =
      ask.kind === "approval"
        ? askedLines(ask, Date.now()).map((line, i) => (i === 0 ? paint("bold", line) : line))
        : [
            paint(
              "bold",
              `${ask.kind === "stdin" ? `${whose === undefined ? "a" : `${whose}'s`} cell waits for a line` : "the assistant asks"} (question ${ask.id}): `,
            ) + reveal(ask.show.text),
            ...choices,
          ];
    this.line([...lines, ...(how === "" ? [] : [how])].join("\n"));
  }
}

/** Somebody's input as it looked where it was typed, with the name in front. */
export function said(paint: Paint, label: string, mode: "py" | "ai", text: string): string {
  const [first = "", ...rest] = text.trimEnd().split("\n");
  const more = "...".padStart(label.length);
  const colour = mode === "py" ? "green" : "magenta";
  return [`${paint(colour, `${label}>`)} ${first}`, ...rest.map((line) => `${paint("dim", more)}  ${line}`)].join("\n");
}

/** The last line says what went wrong. */
function traceback(paint: Paint, text: string): string {
  const lines = text.trimEnd().split("\n");
  return [...lines.slice(0, -1), paint("red", lines.at(-1) ?? "")].join("\n");
}

const longestLine = 200;
const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > longestLine ? `${line.slice(0, longestLine)}...` : line;
};

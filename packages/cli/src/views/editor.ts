import { createInterface, type Interface, type Key } from "node:readline";
import { PassThrough, Writable } from "node:stream";
import type { Mode } from "../term/first.ts";

/**
 * Two lines, one a mode, each with its own history. Node's readline edits them, and paints nothing: what it would
 * write goes nowhere, and the screen paints the line under all other output.
 */
export class Editor {
  mode: Mode = "py";
  readonly #lines: Record<Mode, Interface> = { py: silent(), ai: silent() };
  #entered = "";

  constructor() {
    for (const line of Object.values(this.#lines)) line.on("line", (text) => (this.#entered = text));
  }

  get line(): string {
    return this.#lines[this.mode].line;
  }
  get cursor(): number {
    return this.#lines[this.mode].cursor;
  }

  toggle(): void {
    this.mode = this.mode === "py" ? "ai" : "py";
  }

  key(text: string | undefined, key: Key): void {
    this.#lines[this.mode].write(text ?? "", key);
  }

  /** Text without a line break, as it is: nothing in it is taken for a command of the editor. */
  insert(text: string): void {
    this.#lines[this.mode].write(text, { name: "" });
  }

  /** Takes the line away, into the history. */
  enter(): string {
    this.#lines[this.mode].write("", { name: "return" });
    return this.#entered;
  }

  clear(): void {
    this.#lines[this.mode].write("", { ctrl: true, name: "e" });
    this.#lines[this.mode].write("", { ctrl: true, name: "u" });
  }
}

function silent(): Interface {
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const input = new PassThrough();
  return createInterface({
    input,
    output,
    terminal: true,
    prompt: "",
    historySize: 1000,
    removeHistoryDuplicates: true,
  });
}

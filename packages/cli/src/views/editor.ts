import type { Interface, Key } from "node:readline";
import type { Mode } from "../term/first.ts";

/**
 * Two lines, one a mode, each with its own history. Node's readline edits them, and paints nothing: what it would
 * write goes nowhere, and the screen paints the line under all other output.
 */
export class Editor {
  mode: Mode = "py";
  readonly #lines: Partial<Record<Mode, Interface>> = {};
  #entered = "";

  get line(): string {
    return this.#lines[this.mode]?.line ?? "";
  }
  get cursor(): number {
    return this.#lines[this.mode]?.cursor ?? 0;
  }

  toggle(): void {
    this.mode = this.mode === "py" ? "ai" : "py";
  }

  key(text: string | undefined, key: Key): void {
    // There is nothing to delete, and readline would take it for the end of all input.
    if (key.ctrl && key.name === "d" && this.line === "") return;
    this.#write(text ?? "", key);
  }

  /** Text without a line break, as it is: nothing in it is taken for a command of the editor. */
  insert(text: string): void {
    this.#write(text, { name: "" });
  }

  /** Takes the line away, into the history. */
  enter(): string {
    this.#write("", { name: "return" });
    return this.#entered;
  }

  clear(): void {
    this.#write("", { ctrl: true, name: "e" });
    this.#write("", { ctrl: true, name: "u" });
  }

  /** Made when somebody types: nobody who waits for the first words of a session waits for readline too. */
  #write(text: string, key: Key): void {
    const line = (this.#lines[this.mode] ??= silent().on("line", (entered) => (this.#entered = entered)));
    line.write(text, key);
  }
}

function silent(): Interface {
  const { createInterface } = process.getBuiltinModule("node:readline");
  const { PassThrough, Writable } = process.getBuiltinModule("node:stream");
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

import { closeSync, constants, fstatSync, openSync, renameSync, writeSync } from "node:fs";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
const largest = 5 * 1024 * 1024;

/** The log and its predecessor (`.1`), at most ten MiB together. A disk that is full costs lines and never the daemon. */
export class LogFile {
  readonly #path: string;
  readonly #largest: number;
  #file: number;
  #size: number;
  #lost = 0;

  constructor(path: string, size = largest) {
    this.#path = path;
    this.#largest = size;
    this.#file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    this.#size = fstatSync(this.#file).size;
  }

  write(line: string): void {
    try {
      if (this.#size > this.#largest) this.#rotate();
      this.#size += writeSync(this.#file, this.#lost === 0 ? line : `${this.#gap()}${line}`);
      this.#lost = 0;
    } catch {
      this.#lost++; // told by the first line that can be written again
    }
  }

  #rotate(): void {
    renameSync(this.#path, `${this.#path}.1`);
    const file = openSync(this.#path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    closeSync(this.#file);
    this.#file = file;
    this.#size = 0;
  }

  #gap(): string {
    return `${JSON.stringify({ level: "warn", message: `${this.#lost} lines could not be written here` })}\n`;
  }
}

import type { Ask } from "@daimon/protocol";
import { type Answer, keyLabel, keyLines, readAnswer, whyLabel } from "../session/approval.ts";

export type ApprovingOptions = {
  line(text: string): void;
  answer(ask: Ask, answer: Answer): void;
};

/**
 * An approval in the place of the prompt. It is asked where nothing is typed, and answered only by what is typed after that:
 * what was typed before, or pasted, is a draft like any other.
 */
export class Approving {
  readonly #options: ApprovingOptions;
  #ask: Ask | undefined;
  #why = false;

  constructor(options: ApprovingOptions) {
    this.#options = options;
  }

  /** It stands in the place of the prompt. */
  get ask(): Ask | undefined {
    return this.#ask;
  }
  /** What is typed is a reason. */
  get why(): boolean {
    return this.#ask !== undefined && this.#why;
  }

  label(): string | undefined {
    return this.#ask && (this.#why ? whyLabel : keyLabel(this.#ask));
  }

  /** All that it is about has been shown. */
  begin(ask: Ask): void {
    this.#ask = ask;
    this.#why = false;
    this.#say(keyLines(ask));
  }

  withdraw(): void {
    this.#ask = undefined;
  }

  /** A line that was typed for it, as it was entered. */
  entered(line: string): void {
    const ask = this.#ask;
    if (!ask) return;
    const reading = readAnswer(ask, line);
    if (this.#why) {
      const reason = line.trim();
      this.#answer(ask, { allow: false, ...(reason === "" ? {} : { reason }) });
    } else if (reading.is === "answer") this.#answer(ask, reading.answer);
    else if (reading.is === "no") this.#why = true;
    else this.#say(keyLines(ask));
  }

  #answer(ask: Ask, answer: Answer): void {
    this.#ask = undefined;
    this.#options.answer(ask, answer);
  }

  #say(lines: readonly string[]): void {
    for (const line of lines) this.#options.line(line);
  }
}

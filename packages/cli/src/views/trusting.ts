import type { Acts } from "../session/acts.ts";

const label = "trust it? [y/N] ";

type Project = { folder: string; question: string };

/** A project that nobody said yes or no to: asked in the place of the prompt, as soon as this person does nothing else. */
export class Trusting {
  #unasked: Project | undefined;
  #asking: Project | undefined;

  get unasked(): boolean {
    return this.#unasked !== undefined;
  }
  get asking(): boolean {
    return this.#asking !== undefined;
  }

  label(): string | undefined {
    return this.#asking && label;
  }

  async look(acts: Acts): Promise<void> {
    this.#unasked = await acts.trustAsked();
    this.#asking = undefined;
  }

  /** The question now stands in the place of the prompt. */
  begin(): string {
    this.#asking = this.#unasked;
    this.#unasked = undefined;
    return this.#asking?.question ?? "";
  }

  withdraw(): void {
    this.#asking = undefined;
  }

  /** Enter alone is no. Whoever types something else has other things to do, and is asked another time. */
  entered(line: string): { folder: string; trusted: boolean } | undefined {
    const asked = this.#asking;
    this.#asking = undefined;
    const answer = line.trim().toLowerCase();
    if (!asked || !["y", "yes", "n", "no", ""].includes(answer)) return undefined;
    return { folder: asked.folder, trusted: answer.startsWith("y") };
  }
}

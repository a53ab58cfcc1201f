import { type Ask, DaimonError, type Present } from "@daimon/protocol";
import type { Attachment, Change, Client } from "@daimon/protocol/client";
import { reveal } from "@daimon/protocol/sanitise";
import { type Answer, answerWords, respond } from "./approval.ts";
import { choiceOf } from "./asks.ts";
import { nameOf } from "./people.ts";
import { approvalAtTerminal, hasTerminal, lineAtTerminal } from "./tty.ts";
import type { Work } from "./work.ts";

export type AnsweringOptions = {
  client: Client;
  attachment: Attachment;
  /** Where a line for input() comes from, if not from the terminal; undefined at its end. */
  line?: ((ask: Ask, signal: AbortSignal) => Promise<string | undefined>) | undefined;
  note(text: string): void;
};

/** `answered`: it was done here. */
type Asked = { signal: AbortSignal; end(): void; answered: boolean };

/**
 * Answers the questions of one piece of work where nobody sits at a prompt: on the terminal if there is one, else
 * whoever is attached may answer, else the answer is no. One that expires waits for whoever comes.
 */
export class Answering {
  readonly #options: AnsweringOptions;
  readonly #open = new Map<number, Asked>();
  /** Those that this work was stopped by. */
  readonly #approvals = new Set<number>();
  /** An approval was refused: what was asked for has not been done. */
  denied = false;

  constructor(options: AnsweringOptions) {
    this.#options = options;
  }

  look(work: Work): void {
    const { view, present } = this.#options.attachment.now;
    for (const [id, asking] of this.#open)
      if (!view.asks.some((ask) => ask.id === id)) {
        asking.end();
        this.#open.delete(id);
      }
    for (const ask of view.asks) {
      if (this.#open.has(ask.id) || !work.asked(ask, view)) continue;
      if (ask.kind === "approval") this.#approvals.add(ask.id);
      const waits = othersMayAnswer(present) || (ask.kind === "approval" && ask.expires !== undefined);
      if (waits && !this.#mayAsk(ask)) continue;
      const asking = new AbortController();
      const asked: Asked = { signal: asking.signal, end: () => asking.abort(), answered: false };
      this.#open.set(ask.id, asked);
      void this.#settle(ask, asked);
    }
  }

  #mayAsk(ask: Ask): boolean {
    return (ask.kind !== "approval" && this.#options.line !== undefined) || hasTerminal();
  }

  /** Somebody answered: of what was asked here people are told who, where it was not they. */
  heard(change: Change): void {
    if (change.is !== "event" || change.recorded.event.type !== "ask.answered") return;
    const { event, by } = change.recorded;
    if (!this.#approvals.has(event.ask)) return;
    if (!event.allow) this.denied = true;
    if (this.#open.get(event.ask)?.answered) return;
    this.#options.note(`question ${event.ask} was ${answerWords(event, nameOf(by))}`);
  }

  async #settle(ask: Ask, asked: Asked): Promise<void> {
    const { client, attachment, note } = this.#options;
    const { sessionId } = attachment;
    const { signal } = asked;
    try {
      if (ask.kind === "approval") {
        const answer = (await approvalAtTerminal(ask, signal)) ?? nobody;
        if (signal.aborted) return;
        if (answer === nobody) note("denied: the assistant asked for approval, and there is nobody to ask");
        asked.answered = true;
        await respond(client, sessionId, ask, answer);
      } else {
        const value = await this.#value(ask, signal);
        if (signal.aborted) return;
        const answer = value === undefined ? { allow: false } : { value: choiceOf(ask, value) };
        await client.request("session/answer", { sessionId, askId: ask.id, digest: ask.digest, ...answer });
      }
    } catch (error) {
      // It is not asked any more: the view says so.
      if (ask.kind === "approval" || !(error instanceof DaimonError)) note((error as Error).message);
    }
  }

  #value(ask: Ask, signal: AbortSignal): Promise<string | undefined> {
    const { line } = this.#options;
    const choices = (ask.choices ?? []).map((choice, i) => `\n  ${i + 1}) ${reveal(choice)}`).join("");
    const question = reveal(ask.show.text) + (ask.kind === "stdin" ? "" : `${choices}\n> `);
    return line && ask.kind === "stdin" ? line(ask, signal) : lineAtTerminal(question, signal);
  }
}

const nobody: Answer = { allow: false, reason: "nobody could be asked" };

/** Others, since nobody sits here. */
export const othersMayAnswer = (present: readonly Present[]): boolean => present.some(({ answering }) => answering > 0);

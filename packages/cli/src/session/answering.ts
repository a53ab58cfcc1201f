import { type Ask, DaimonError, type Present } from "@daimon/protocol";
import type { Attachment, Client } from "@daimon/protocol/client";
import { closeSync, openSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { reveal } from "@daimon/protocol/sanitise";
import { choiceOf } from "./asks.ts";
import { Lines } from "./lines.ts";
import type { Work } from "./work.ts";

export type AnsweringOptions = {
  client: Client;
  attachment: Attachment;
  /** Where a line for input() comes from, if not from the terminal; undefined at its end. */
  line?: ((ask: Ask, signal: AbortSignal) => Promise<string | undefined>) | undefined;
  note(text: string): void;
};

/**
 * Answers the questions of one piece of work where nobody sits at a prompt: on the terminal if there is one, else
 * whoever is attached may answer, else the answer is no.
 */
export class Answering {
  readonly #options: AnsweringOptions;
  readonly #open = new Map<number, AbortController>();
  /** An approval was refused: what was asked for has not been done. */
  denied = false;

  constructor(options: AnsweringOptions) {
    this.#options = options;
  }

  look(work: Work): void {
    const { view, present } = this.#options.attachment.now;
    for (const [id, asking] of this.#open)
      if (!view.asks.some((ask) => ask.id === id)) {
        asking.abort();
        this.#open.delete(id);
      }
    for (const ask of view.asks) {
      if (this.#open.has(ask.id) || !work.asked(ask, view)) continue;
      if (!this.#mayAsk(ask) && othersMayAnswer(present)) continue;
      const asking = new AbortController();
      this.#open.set(ask.id, asking);
      void this.#settle(ask, asking.signal);
    }
  }

  #mayAsk(ask: Ask): boolean {
    return (ask.kind !== "approval" && this.#options.line !== undefined) || hasTerminal();
  }

  async #settle(ask: Ask, signal: AbortSignal): Promise<void> {
    try {
      const answer = await this.#answer(ask, signal);
      if (signal.aborted) return;
      if (answer.allow === false && ask.kind === "approval") this.denied = true;
      const { client, attachment } = this.#options;
      await client.request("session/answer", {
        sessionId: attachment.sessionId,
        askId: ask.id,
        digest: ask.digest,
        ...answer,
      });
    } catch (error) {
      // Somebody else was faster, or it is not asked any more: the view says so.
      if (!(error instanceof DaimonError)) this.#options.note((error as Error).message);
    }
  }

  async #answer(ask: Ask, signal: AbortSignal): Promise<{ allow?: boolean; value?: string; reason?: string }> {
    if (ask.kind === "approval") {
      const said = await onTerminal(
        `\nThe assistant asks to do this:\n${indented(ask.show.text)}\nAllow it? [y/N] `,
        signal,
      );
      if (said !== undefined) return { allow: /^y(es)?$/i.test(said.trim()) };
      this.#options.note("denied: the assistant asked for approval, and there is nobody to ask");
      return { allow: false, reason: "nobody could be asked" };
    }
    const { line } = this.#options;
    const choices = (ask.choices ?? []).map((choice, i) => `\n  ${i + 1}) ${reveal(choice)}`).join("");
    const question = reveal(ask.show.text) + (ask.kind === "stdin" ? "" : `${choices}\n> `);
    const value = line && ask.kind === "stdin" ? await line(ask, signal) : await onTerminal(question, signal);
    return value === undefined ? { allow: false } : { value: choiceOf(ask, value) };
  }
}

const indented = (text: string) => reveal(text).replace(/^/gm, "  | ");

/** Others, since nobody sits here. */
export const othersMayAnswer = (present: readonly Present[]): boolean => present.some(({ answering }) => answering > 0);

const openTerminal = (flags: "r" | "r+"): number | undefined => {
  try {
    return openSync("/dev/tty", flags);
  } catch {
    return undefined; // this process has no terminal
  }
};

function hasTerminal(): boolean {
  const fd = openTerminal("r");
  if (fd !== undefined) closeSync(fd);
  return fd !== undefined;
}

/** Asks at the terminal, wherever stdin and stdout lead. Undefined: there is none, or it was answered elsewhere. */
async function onTerminal(question: string, signal: AbortSignal): Promise<string | undefined> {
  const fd = openTerminal("r+");
  if (fd === undefined) return undefined;
  // Not a file stream: its pending read would hold the process until somebody presses Enter.
  const terminal = new ReadStream(fd);
  const lines = new Lines(terminal);
  try {
    writeSync(fd, question);
    return await lines.next(signal);
  } finally {
    lines.close();
    terminal.destroy();
  }
}

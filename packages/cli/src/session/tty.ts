import type { Ask } from "@daimon/protocol";
import { closeSync, openSync, writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { typedAhead } from "../term/typed.ts";
import { type Answer, askedLines, keyLabel, keyLines, readAnswer, whyLabel } from "./approval.ts";
import { Lines } from "./lines.ts";

/** Questions at the terminal of this process, wherever stdin and stdout lead. */

/** With these a line that was pasted has marks in it, and so is no answer. */
const pastesOn = "\x1b[?2004h";
const pastesOff = "\x1b[?2004l";

function openTerminal(flags: "r" | "r+"): number | undefined {
  try {
    return openSync("/dev/tty", flags);
  } catch {
    return undefined; // this process has no terminal
  }
}

export function hasTerminal(): boolean {
  const fd = openTerminal("r");
  if (fd !== undefined) closeSync(fd);
  return fd !== undefined;
}

type Asking = { say(text: string): void; line(label: string): Promise<string | undefined> };

/** Undefined: there is no terminal. */
async function atTerminal<T>(
  question: string,
  signal: AbortSignal,
  work: (asking: Asking) => Promise<T>,
): Promise<T | undefined> {
  const fd = openTerminal("r+");
  if (fd === undefined) return undefined;
  // Not a file stream: its pending read would hold the process until somebody presses Enter.
  const terminal = new ReadStream(fd);
  try {
    writeSync(fd, question);
    forgetTyped(terminal);
    const lines = new Lines(terminal);
    const say = (text: string) => void writeSync(fd, text);
    const line = (label: string) => {
      say(label);
      return lines.next(signal);
    };
    return await work({ say, line }).finally(() => lines.close());
  } finally {
    terminal.destroy();
  }
}

/** What was typed before the question stood there was meant for something else; half a line, too. */
function forgetTyped(terminal: ReadStream): void {
  terminal.setRawMode(true);
  typedAhead();
  terminal.setRawMode(false);
}

/** A line; undefined where there is no terminal, or it was answered elsewhere. */
export const lineAtTerminal = (question: string, signal: AbortSignal): Promise<string | undefined> =>
  atTerminal(question, signal, ({ line }) => line(""));

/** An answer to an approval, asked for until there is one. */
export function approvalAtTerminal(ask: Ask, signal: AbortSignal): Promise<Answer | undefined> {
  const keys = `${keyLines(ask).join("\n")}\n`;
  return atTerminal(`\n${askedLines(ask, Date.now()).join("\n")}\n`, signal, async ({ say, line }) => {
    say(pastesOn);
    try {
      for (;;) {
        const typed = await line(keys + keyLabel(ask));
        if (typed === undefined) return undefined;
        const reading = readAnswer(ask, typed);
        if (reading.is === "answer") return reading.answer;
        if (reading.is === "no") {
          const reason = (await line(whyLabel))?.trim();
          return { allow: false, ...(reason ? { reason } : {}) };
        }
      }
    } finally {
      say(pastesOff);
    }
  });
}

import { emitKeypressEvents, type Key } from "node:readline";
import type { ReadStream } from "node:tty";

export type KeyEvents = {
  key(text: string | undefined, key: Key): void;
  tab(): void;
  /** `pasted`: more came behind it in one piece. */
  enter(pasted: boolean): void;
  interrupt(): void;
  /** Ctrl-D; the end of input too, when the terminal goes away. */
  end(): void;
  suspend(): void;
  clear(): void;
  /** Text that came in one piece from outside, line breaks and all. */
  paste(text: string): void;
};

const pastesOn = "\x1b[?2004h";
const pastesOff = "\x1b[?2004l";

/** The keyboard of a terminal in raw mode. Returns how to give it back. */
export function readKeys(stdin: ReadStream, write: (bytes: string) => void, events: KeyEvents): () => void {
  let pasted: string[] | undefined;
  let inPaste = false;
  // Terminals without bracketed paste: a break with more behind it in one chunk was not typed.
  const onData = (chunk: Buffer) => (inPaste = /[\r\n][^\r\n]/.test(chunk.toString("latin1")));
  const onKey = (text: string | undefined, key: Key) => {
    if (key.name === "paste-start") return void (pasted = []);
    if (key.name === "paste-end") {
      const whole = (pasted ?? []).join("");
      pasted = undefined;
      return events.paste(whole.replace(/\r\n?/g, "\n"));
    }
    if (pasted) return void pasted.push(text ?? key.sequence ?? "");
    if (key.ctrl && !key.meta && !key.shift) {
      if (key.name === "c") return events.interrupt();
      if (key.name === "d") return events.end();
      if (key.name === "z") return events.suspend();
      if (key.name === "l") return events.clear();
    }
    if (key.name === "tab" && !key.shift && !key.meta) return inPaste ? events.key("\t", { name: "" }) : events.tab();
    if (key.name === "return" || key.name === "enter") return events.enter(inPaste);
    return events.key(text, key);
  };
  const onEnd = () => events.end();
  stdin.on("data", onData);
  emitKeypressEvents(stdin);
  stdin.on("keypress", onKey);
  stdin.on("end", onEnd);
  stdin.on("error", onEnd);
  stdin.setRawMode(true);
  stdin.resume();
  write(pastesOn);
  return () => {
    stdin.off("data", onData);
    stdin.off("keypress", onKey);
    stdin.off("end", onEnd);
    stdin.setRawMode(false);
    stdin.pause();
    write(pastesOff);
  };
}

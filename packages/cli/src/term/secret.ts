import { openSync } from "node:fs";
import { ReadStream } from "node:tty";
import { exits, Failure, usage } from "../failure.ts";

/** A line that nobody sees being typed, from the terminal itself: stdin may be something else. */
export async function askSecret(question: string): Promise<string> {
  const terminal = openTerminal();
  if (!terminal) throw usage("there is no terminal to ask for the key; pipe it in on stdin");
  // Raw before the question is shown: what is typed at once is not seen either.
  terminal.setRawMode(true);
  process.stderr.write(question);
  try {
    return await lineFrom(terminal);
  } finally {
    terminal.setRawMode(false);
    terminal.destroy();
    process.stderr.write("\n");
  }
}

function openTerminal(): ReadStream | undefined {
  try {
    return new ReadStream(openSync("/dev/tty", "r"));
  } catch {
    return undefined; // ENXIO: this process has none
  }
}

async function lineFrom(terminal: ReadStream): Promise<string> {
  let line = "";
  for await (const chunk of terminal.setEncoding("utf8") as AsyncIterable<string>)
    // Where a terminal marks what was pasted, the marks are no part of it.
    // oxlint-disable-next-line no-control-regex -- what a terminal sends for keys
    for (const key of chunk.replace(/\x1b\[20[01]~/g, ""))
      if (key === "\r" || key === "\n") return line;
      else if (key === "\x03") throw new Failure(exits.interrupted, "interrupted; nothing was changed");
      else if (key === "\x04") throw usage("no key was given; nothing was changed");
      else if (key === "\x7f" || key === "\b") line = line.slice(0, -1);
      else if (key === "\x15") line = "";
      else line += key;
  return line;
}

import type { MannerOf } from "../remote.ts";
import { printedOutput } from "./printed.ts";
import { signalInterrupts } from "./signals.ts";

/**
 * A Python that is a process of its own prints on fd 1 and 2, as do the commands that its cells start; it is interrupted by
 * SIGINT; and it holds its stdin to know that the daemon lives, so nobody closes that here.
 */
export const asProcess: MannerOf = (child, _channel, pending, forget) => {
  const printed = printedOutput({ stdout: child.stdout, stderr: child.stderr });
  const signals = signalInterrupts(child, pending, forget);
  let started = false;
  return {
    begin: (watcher) => {
      started = true;
      printed.begin(watcher.output);
    },
    end: printed.end,
    interrupt: signals.interrupt,
    answered: signals.answered,
    // What was printed before a frame was sent is readable by now: this round of the event loop reads it.
    heard: (call) => void setImmediate(call),
    lastWords: () => (started ? breakdownIn : lastLineOf)(printed.lastErrors()),
  };
};

const lastLineOf = (errors: string): string => errors.trimEnd().split("\n").at(-1) ?? "";

/** Where Python itself broke down, if it did: what its cells print on stderr is no reason. */
export function breakdownIn(errors: string): string {
  const lines = errors.split("\n");
  const at = lines.findLastIndex((line) => /^(Fatal Python error|daimon): /.test(line));
  if (at < 0) return "";
  const what = lines[at]?.replace(/^[^:]*: /, "") ?? "";
  const where = /File "(<cell \d+>)", line (\d+)/.exec(lines.slice(at).join("\n"));
  return where === null ? what : `${what}, in ${where[1]}, line ${where[2]}`;
}

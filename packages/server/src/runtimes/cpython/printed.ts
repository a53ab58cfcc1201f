import type { Readable } from "node:stream";
import type { Stream } from "@daimon/protocol";

/**
 * What a process prints on fd 1 and 2, as text. Between cells it is kept, up to a bound, for the next one: a thread or a command
 * that an earlier cell left running speaks to people too, and there is no other place for it.
 */

type Heard = (stream: Stream, text: string) => void;
const keptAtMost = 16 * 1024;
/** Room for the hundred frames that Python names when it breaks down. */
const lastAtMost = 32 * 1024;

export function printedOutput(streams: Record<Stream, Readable>) {
  let cell: Heard | undefined;
  let between: { stream: Stream; text: string }[] = [];
  let leftOut = 0;
  let lastErrors = "";
  // A byte order mark is a character like every other.
  const decoder = () => new TextDecoder("utf-8", { ignoreBOM: true });
  const decoders = { stdout: decoder(), stderr: decoder() };

  const keep: Heard = (stream, text) => {
    between.push({ stream, text: text.slice(-keptAtMost) });
    leftOut += Math.max(0, text.length - keptAtMost);
    let kept = between.reduce((sum, piece) => sum + piece.text.length, 0);
    while (kept > keptAtMost) {
      const oldest = between.shift()?.text.length ?? 0;
      kept -= oldest;
      leftOut += oldest;
    }
  };

  const say: Heard = (stream, text) => {
    if (text === "") return;
    if (stream === "stderr") lastErrors = (lastErrors + text).slice(-lastAtMost);
    (cell ?? keep)(stream, text);
  };

  for (const stream of ["stdout", "stderr"] as const)
    streams[stream].on("data", (bytes: Buffer) => say(stream, decoders[stream].decode(bytes, { stream: true })));

  return {
    /** From now on it is this cell's, and so is what came since the last one. */
    begin: (heard: Heard) => {
      if (leftOut > 0) heard("stderr", `[${leftOut} characters that were printed before this cell are left out]\n`);
      for (const { stream, text } of between) heard(stream, text);
      between = [];
      leftOut = 0;
      cell = heard;
    },
    /** The cell is over: what is still half a character stays one. */
    end: () => {
      for (const stream of ["stdout", "stderr"] as const) say(stream, decoders[stream].decode());
      cell = undefined;
    },
    lastErrors: () => lastErrors,
  };
}

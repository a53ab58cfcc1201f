import type { Frame } from "@daimon/protocol";
import type { Piece } from "../session/pieces.ts";
import { paintFor } from "../term/colour.ts";
import { sanitise } from "@daimon/protocol/sanitise";
import { Writer } from "./writer.ts";

/** The faces of one-shot commands: what was asked for on stdout, everything else on stderr. */

export const printFrame = (frame: Frame): void => void process.stdout.write(`${JSON.stringify(frame)}\n`);

export const noteTo =
  (stream: NodeJS.WriteStream) =>
  (text: string): void =>
    void stream.write(`daimon: ${sanitise(text)}\n`);

const writerTo = (stream: NodeJS.WriteStream): Writer =>
  new Writer({
    print: (text) => stream.write(text),
    paint: paintFor(process.env, stream.isTTY),
    raw: !stream.isTTY,
    howTo: () => undefined,
  });

/** A cell: what it printed and its result are the output; of a turn, the assistant's words. */
export function twoStreams(): (pieces: readonly Piece[]) => void {
  const out = writerTo(process.stdout);
  const err = writerTo(process.stderr);
  const streams = new Map<number, Writer>();
  return (pieces) => {
    for (const piece of pieces) {
      if (piece.is === "stream") streams.set(piece.block, piece.of === "stdout" || piece.of === "text" ? out : err);
      const writer = piece.is === "closed" || piece.is === "stream" ? streams.get(piece.block) : undefined;
      (writer ?? (piece.is === "result" || piece.is === "display" ? out : err)).write([piece]);
    }
  };
}

/** A turn: the assistant's words are the output, what it does on the way is progress. */
export function answerAndProgress(): (pieces: readonly Piece[]) => void {
  const out = writerTo(process.stdout);
  const err = writerTo(process.stderr);
  const words = new Set<number>();
  return (pieces) => {
    for (const piece of pieces) {
      if (piece.is === "stream" && piece.of === "text") words.add(piece.block);
      const own = (piece.is === "stream" || piece.is === "closed") && words.has(piece.block);
      (own ? out : err).write([piece]);
    }
  };
}

import type { Writable } from "node:stream";
import { writeFrame } from "../frames.ts";
import type { Piece } from "./ring.ts";

/** Sends on to the daemon what Python printed: collected for a moment, runs of one stream as one frame. */

const collectFor = 5;
const maxText = 64 * 1024;
const names = { 1: "stdout", 2: "stderr" } as const;

/** A daemon that does not read holds whatever asks for this back. */
export function whenRead(daemon: Writable, then: () => void): void {
  if (daemon.writableNeedDrain) daemon.once("drain", then);
  else then();
}

export function outputSender(take: () => Piece[], daemon: Writable) {
  // A byte order mark is a character like every other.
  const decoder = () => new TextDecoder("utf-8", { ignoreBOM: true });
  const decoders = { 1: decoder(), 2: decoder() };
  let comesSoon = false;

  const say = (stream: 1 | 2, text: string) => {
    if (text !== "") writeFrame(daemon, { type: "output", stream: names[stream], text });
  };

  /** Sends what is there. A character cut between two pieces waits for its rest. */
  const send = () => {
    const pieces = take();
    let stream: 1 | 2 = 1;
    let text = "";
    for (const piece of pieces) {
      if (piece.stream !== stream || text.length > maxText) {
        say(stream, text);
        text = "";
      }
      stream = piece.stream;
      text += decoders[stream].decode(piece.bytes, { stream: true });
    }
    say(stream, text);
    if (pieces.length > 0) sendSoon(); // more may have come while this was taken
  };

  const sendSoon = () => {
    if (comesSoon) return;
    comesSoon = true;
    setTimeout(() => {
      whenRead(daemon, () => {
        comesSoon = false;
        send();
      });
    }, collectFor);
  };

  return {
    send,
    sendSoon,
    /** The cell is over: what is still half a character stays one. */
    sendLast: () => {
      send();
      for (const stream of [1, 2] as const) say(stream, decoders[stream].decode());
    },
  };
}

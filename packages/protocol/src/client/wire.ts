import type { Socket } from "node:net";
import { closeCodes } from "../errors.ts";
import { readAnswer, upgradeRequest } from "./handshake.ts";
import { createReader, opcodes, writeClose, writeFrame } from "./rfc6455.ts";
import type { Wire, WireEvents } from "./types.ts";

/**
 * A WebSocket on a socket, as a wire. Written by hand on `net`, because `ws` loads `https` and `crypto`, which doubles what a
 * client needs to start.
 */

/** A way there: how it is dialled, and what its failures mean to a person. */
export type Line = {
  dial(): Socket;
  /** The event by which the socket says that it can be written to. */
  ready: "connect" | "secureConnect";
  /** How the daemon is called there. */
  host: string;
  /** Nobody said anything for ten seconds. */
  silence: string;
  explain(error: NodeJS.ErrnoException): string;
};
export type WireOptions = { token: string; path?: string | undefined };

/** More than any message the daemon sends: a view reply is at most half a MiB, a blob 8 MiB, in base64. */
const maxMessage = 16 * 1024 * 1024;
const mayBeHeader = /^[!-~]+$/;
const handshakeMs = 10_000;
const goodbyeMs = 1_000;

export function openWire(line: Line, { token, path = "/api/v1/ws" }: WireOptions, events: WireEvents): Wire {
  const socket = line.dial();
  let state: "greeting" | "open" | "closing" | "closed" = "greeting";
  let answer: Buffer = Buffer.alloc(0);
  const handshake = setTimeout(() => finish(1006, line.silence), handshakeMs);
  let goodbye: NodeJS.Timeout | undefined;

  function finish(code: number, reason: string, errno?: string): void {
    if (state === "closed") return;
    state = "closed";
    clearTimeout(handshake);
    clearTimeout(goodbye);
    socket.destroySoon();
    events.closed(code, reason, errno);
  }

  const read = createReader(
    {
      text: (text) => {
        if (state === "open") events.text(text);
      },
      ping: (payload) => {
        if (state === "open") socket.write(writeFrame(opcodes.pong, payload));
      },
      closed: (code, reason) => {
        if (state === "open") socket.write(writeClose(code, ""));
        finish(code, reason);
      },
      broken: (code, reason) => {
        if (state === "open") socket.write(writeClose(code, reason));
        finish(code, reason);
      },
    },
    maxMessage,
  );

  function greet(chunk: Buffer, ended: boolean): void {
    answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
    const got = readAnswer(answer, ended);
    if (!got) return;
    answer = Buffer.alloc(0);
    if (got.is === "refused") return finish(got.code, got.reason);
    clearTimeout(handshake);
    state = "open";
    events.opened();
    if (got.rest.length > 0) read(got.rest);
  }

  socket.on(line.ready, () => {
    if (mayBeHeader.test(token)) socket.write(upgradeRequest(path, token, line.host));
    else
      finish(closeCodes.token, "this is no token: it has spaces or characters that no token has; check DAIMON_TOKEN");
  });
  socket.on("data", (chunk) => (state === "greeting" ? greet(chunk, false) : read(chunk)));
  socket.on("end", () => {
    if (state === "greeting") greet(Buffer.alloc(0), true);
  });
  socket.on("error", (error: NodeJS.ErrnoException) => finish(1006, line.explain(error), error.code));
  socket.on("close", () => finish(1006, "the connection to the daemon was cut"));

  return {
    send(text) {
      if (state === "open") socket.write(writeFrame(opcodes.text, text));
    },
    close(code = 1000, reason = "") {
      if (state === "greeting") return finish(code, reason);
      if (state !== "open") return;
      state = "closing";
      socket.write(writeClose(code, reason));
      goodbye = setTimeout(() => finish(code, reason), goodbyeMs);
    },
  };
}

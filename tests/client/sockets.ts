import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Connect, Wire } from "../../packages/protocol/src/client/types.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});
export const afterThis = (cleanup: () => unknown): void => void cleanups.push(cleanup);

/** A path for a socket that is gone, with its folder, after the test. */
export function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "daimon-client-"));
  afterThis(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "s");
}

/** A server of plain bytes: it can say what no WebSocket library would. */
export async function bytesServer(serve: (socket: Socket) => void): Promise<string> {
  const path = socketPath();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()); // a client that leaves in the middle is part of the game
    serve(socket);
  });
  afterThis(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

export type Heard =
  | { is: "opened" }
  | { is: "text"; text: string }
  | { is: "closed"; code: number; reason: string; errno?: string };
export type Listening = {
  wire: Wire;
  heard: Heard[];
  /** Resolves once this many things were heard, or it was closed. */
  until: (count: number) => Promise<Heard[]>;
  closed: Promise<Extract<Heard, { is: "closed" }>>;
};

/** A wire with everything it says written down. */
export function listen(connect: Connect): Listening {
  const heard: Heard[] = [];
  const waiting: { count: number; resolve: (heard: Heard[]) => void }[] = [];
  const { promise: closed, resolve: nowClosed } = Promise.withResolvers<Extract<Heard, { is: "closed" }>>();
  const hear = (what: Heard) => {
    heard.push(what);
    if (what.is === "closed") nowClosed(what);
    for (const { count, resolve } of waiting) if (heard.length >= count || what.is === "closed") resolve(heard);
  };
  const wire = connect({
    opened: () => hear({ is: "opened" }),
    text: (text) => hear({ is: "text", text }),
    closed: (code, reason, errno) => hear({ is: "closed", code, reason, ...(errno === undefined ? {} : { errno }) }),
  });
  afterThis(() => wire.close());
  const until = (count: number) =>
    new Promise<Heard[]>((resolve) => {
      if (heard.length >= count) resolve(heard);
      else waiting.push({ count, resolve });
    });
  return { wire, heard, until, closed };
}

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as tick } from "node:timers/promises";

/**
 * A vendor on loopback that answers as the test says, to the byte: real sockets, real HTTP, no clocks. Whoever starts one
 * closes it.
 */

/**
 * A promise is a gate: what follows is sent once it is kept. One that is never kept is a stall. A function is called when
 * all before it was sent; what it promises is a gate.
 */
export type Frame = string | Uint8Array | Promise<unknown> | (() => unknown);

export type Answer = {
  status?: number;
  headers?: Record<string, string>;
  /** A gate before the headers. */
  once?: Promise<unknown>;
  body?: readonly Frame[];
  /** Bytes per write; without it each frame is one. */
  chunk?: number;
  /** The socket is cut after so many bytes of the body; 0 cuts it behind the headers. */
  cut?: number;
};

export type Asked = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** Parsed; undefined where there was none. */
  body: unknown;
  /** As it came. */
  text: string;
  /** The answer is over: sent whole, or somebody left. True where the asker left it. */
  over: Promise<boolean>;
};

/** The nth request gets the nth answer, or whatever the function makes of it. */
export type Script = readonly Answer[] | ((asked: Asked, index: number) => Answer);

export type Vendor = {
  /** http://127.0.0.1:PORT, no slash behind it. */
  url: string;
  requests: Asked[];
  /** Waits until the nth request, counted from 0, has come. */
  request(index: number): Promise<Asked>;
  close(): Promise<void>;
};

export async function startVendor(script: Script): Promise<Vendor> {
  const requests: Asked[] = [];
  let came = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    response.socket?.setNoDelay(true);
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const text = Buffer.concat(parts).toString();
      const left = once(response, "close").then(() => !response.writableFinished);
      const asked: Asked = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: text === "" ? undefined : parsed(text, request.headers["content-type"]),
        text,
        over: left,
      };
      const index = requests.push(asked) - 1;
      came.resolve();
      came = Promise.withResolvers();
      void send(response, answerTo(script, asked, index), left);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async request(index) {
      for (;;) {
        const asked = requests[index];
        if (asked) return asked;
        await came.promise;
      }
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const parsed = (text: string, type = ""): unknown =>
  type.startsWith("application/x-www-form-urlencoded")
    ? Object.fromEntries(new URLSearchParams(text))
    : JSON.parse(text);

function answerTo(script: Script, asked: Asked, index: number): Answer {
  if (typeof script === "function") return script(asked, index);
  // Not one of the failures that clients try again: the test shall see it.
  return script[index] ?? failing(418, { error: { message: `no answer is scripted for request ${index}` } });
}

async function send(response: ServerResponse, answer: Answer, left: Promise<unknown>): Promise<void> {
  const { status = 200, headers = {}, body = [], chunk = Infinity, cut = Infinity } = answer;
  if (answer.once) await Promise.race([answer.once, left]);
  if (response.destroyed) return;
  response.writeHead(status, headers);
  response.flushHeaders();
  let room = cut;
  for (const frame of body) {
    if (frame instanceof Promise) await Promise.race([frame, left]);
    else if (typeof frame === "function") await Promise.race([frame(), left]);
    else
      for (const piece of pieces(Buffer.from(frame), chunk)) {
        if (room === 0) break;
        const sent = piece.subarray(0, room);
        room -= sent.length;
        await written(response, sent);
      }
    if (response.destroyed) return;
    if (room === 0) break;
  }
  if (room > 0) response.end();
  else response.socket?.destroy();
}

const pieces = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: size === Infinity ? 1 : Math.ceil(bytes.length / size) }, (_, n) =>
    size === Infinity ? bytes : bytes.subarray(n * size, (n + 1) * size),
  );

/** Handed to the system, and a tick for the reader to take it by itself. */
async function written(response: ServerResponse, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve) => response.write(bytes, () => resolve()));
  await tick();
}

/** A stall: nothing more comes, and the connection stays. */
export const stall: Promise<never> = new Promise(() => {});

/** Server-sent events: an object as JSON, with its `type` as the event's name where it has one; a string as it is. */
export const sse = (...events: readonly (object | string)[]): string[] =>
  events.map((event) => {
    if (typeof event === "string") return `data: ${event}\n\n`;
    const name = "type" in event && typeof event.type === "string" ? `event: ${event.type}\n` : "";
    return `${name}data: ${JSON.stringify(event)}\n\n`;
  });

/** A stream of server-sent events, promises between them being gates. */
export const streaming = (body: readonly Frame[], more: Omit<Answer, "body"> = {}): Answer => ({
  ...more,
  headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", ...more.headers },
  body,
});

export const json = (value: unknown, more: Omit<Answer, "body"> = {}): Answer => ({
  ...more,
  headers: { "content-type": "application/json", ...more.headers },
  body: [JSON.stringify(value)],
});

export const failing = (status: number, error: unknown, headers: Record<string, string> = {}): Answer =>
  json(error, { status, headers });

/** How many bytes a body has, so that a test can cut it at each. */
export const lengthOf = (body: readonly Frame[]): number =>
  body.reduce(
    (sum, frame) => sum + (frame instanceof Promise || typeof frame === "function" ? 0 : Buffer.byteLength(frame)),
    0,
  );

import { createServer } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import {
  type Client,
  type ClientOptions,
  createClient,
  type Timers,
} from "../../packages/protocol/src/client/index.ts";
import { connectLocal } from "../../packages/protocol/src/client/local.ts";
import { afterThis, socketPath } from "./sockets.ts";

/** A daemon that does what the test says, over a real Unix socket. */

export type Asked = { id: number; method: string; params: Record<string, unknown> };

/** First in, first out, and whoever comes too early waits. */
class Queue<T> {
  readonly #items: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];
  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }
  take(): Promise<T> {
    return this.#items.length > 0
      ? Promise.resolve(this.#items.shift() as T)
      : new Promise((resolve) => this.#takers.push(resolve));
  }
  get size(): number {
    return this.#items.length;
  }
}

/** One connection as the daemon sees it. */
export class Peer {
  readonly hello: Asked;
  /** Every message after the greeting, heartbeats too, as text. */
  readonly heard: string[] = [];
  readonly left: Promise<{ code: number; reason: string }>;
  readonly #asked = new Queue<Asked>();
  readonly #notices = new Queue<string>();
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, hello: Asked) {
    this.#socket = socket;
    this.hello = hello;
    this.left = new Promise((resolve) =>
      socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    socket.on("message", (data: Buffer) => {
      const text = data.toString();
      this.heard.push(text);
      const message = JSON.parse(text) as Asked;
      if (message.id === undefined) this.#notices.put(message.method);
      else this.#asked.put(message);
    });
  }

  /** The next request, whatever it asks. */
  asked(): Promise<Asked> {
    return this.#asked.take();
  }
  get unread(): number {
    return this.#asked.size;
  }
  noticed(): Promise<string> {
    return this.#notices.take();
  }
  raw(text: string): void {
    this.#socket.send(text);
  }
  say(message: object): void {
    this.raw(JSON.stringify({ jsonrpc: "2.0", ...message }));
  }
  answer({ id }: Asked, result: unknown): void {
    this.say({ id, result });
  }
  refuse({ id }: Asked, code: string, message: string, more: { retry?: boolean; details?: object } = {}): void {
    this.say({ id, error: { code: -32000, message, data: { code, retry: false, ...more } } });
  }
  notify(method: string, params: object): void {
    this.say({ method, params });
  }
  close(code: number, reason = ""): void {
    this.#socket.close(code, reason);
  }
  /** As a killed process does it. */
  cut(): void {
    this.#socket.terminate();
  }
}

export type Scripted = {
  path: string;
  /** The next connection that has been greeted. */
  peer(): Promise<Peer>;
  /** How the next greetings are answered; null: not at all. */
  greet: ((hello: Asked, peer: Peer) => void) | null;
  greetings: number;
};

export const greeting = { protocol: 1, reducer: 1, version: "0.1.0", role: "admin", principal: "local" };

export async function scripted(): Promise<Scripted> {
  const path = socketPath();
  const peers = new Queue<Peer>();
  const daemon: Scripted = {
    path,
    peer: () => peers.take(),
    greet: (hello, peer) => peer.answer(hello, greeting),
    greetings: 0,
  };
  const http = createServer();
  const wss = new WebSocketServer({ server: http });
  wss.on("connection", (socket) => {
    socket.once("message", (data: Buffer) => {
      daemon.greetings++;
      const peer = new Peer(socket, JSON.parse(data.toString()) as Asked);
      daemon.greet?.(peer.hello, peer);
      peers.put(peer);
    });
  });
  afterThis(() => {
    for (const socket of wss.clients) socket.terminate();
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
  await new Promise<void>((resolve) => http.listen(path, resolve));
  return daemon;
}

/** Waits pass at once and are written down; heartbeats beat when the test says so. */
export class HandTimers implements Timers {
  readonly waits: number[] = [];
  chance = 0;
  #beats = new Set<() => void>();
  random = (): number => this.chance;
  after = (ms: number, run: () => void): (() => void) => {
    if (ms === 15_000) {
      this.#beats.add(run);
      return () => void this.#beats.delete(run);
    }
    this.waits.push(ms);
    const handle = setImmediate(run);
    return () => clearImmediate(handle);
  };
  /** Fifteen seconds pass. */
  beat(): void {
    const due = [...this.#beats];
    this.#beats.clear();
    for (const run of due) run();
  }
}

export type Talking = { daemon: Scripted; client: Client; timers: HandTimers; log: string[] };

/** A client of a scripted daemon. */
export async function talk(options: Partial<ClientOptions> = {}): Promise<Talking> {
  const daemon = await scripted();
  const timers = new HandTimers();
  const log: string[] = [];
  const client = createClient({
    connect: connectLocal({ socketPath: daemon.path, token: "dmn_secret" }),
    client: { name: "test", version: "1" },
    timers,
    log: (line) => log.push(line),
    ...options,
  });
  afterThis(() => client.close());
  return { daemon, client, timers, log };
}

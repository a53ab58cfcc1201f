import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import supertest from "supertest";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Log } from "../../packages/server/src/core/ports.ts";
import { openBlobs } from "../../packages/server/src/store/blobs/index.ts";
import { newToken } from "../../packages/server/src/home/token.ts";
import { openTokens } from "../../packages/server/src/tokens/index.ts";
import { createTransport } from "../../packages/server/src/transport/index.ts";
import type { HttpSettings, TcpPorts } from "../../packages/server/src/transport/tcp.ts";
import { TestClock, TestHub } from "./hub.ts";

export type Json = any; // oxlint-disable-line typescript/no-explicit-any -- what came over the wire is looked at, not trusted

/** The real transport on a real socket, in front of a hub that does as it is told. */
export async function serve() {
  const folder = await mkdtemp(join(tmpdir(), "daimon-"));
  const path = join(folder, "s.sock");
  const token = newToken();
  const hub = new TestHub();
  const clock = new TestClock();
  /** Tokens write down later when they were used: apart, so that what the transport waits for can be counted. */
  const tokenClock = new TestClock();
  const logged: string[] = [];
  let stops = 0;
  const log: Log = (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const blobs = openBlobs({ folder: join(folder, "blobs"), clock });
  const tokens = openTokens({
    file: join(folder, "tokens.json"),
    own: { token, file: join(folder, "token"), renew: (renewed) => writeFileSync(join(folder, "token"), renewed) },
    newToken,
    clock: tokenClock,
    log,
  });
  const observer = tokens.create({ role: "observe", name: "guest" }).token;
  const transport = createTransport({
    hub,
    tokens,
    blobs,
    tools: [],
    providers: () => [],
    config: { file: "", get: () => undefined, set: () => undefined, handOn: () => "", handIn: () => [] },
    keyring: { doors: () => [], keep: () => ({ file: "", shadowed: false }) },
    catalogue: { info: async () => undefined, price: async () => undefined },
    sandbox: {
      report: async () => ({ driver: "none", confines: false, says: "nothing", warnings: [], network: [] }),
      test: async () => [],
    },
    trouble: () => [],
    home: { base: folder, config: folder, state: folder, run: folder },
    clock,
    log,
    examine: async () => [],
    stop: () => stops++,
  });
  await transport.listen(path);
  const clients: Client[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.socket.terminate();
    await transport.close();
    await blobs.close();
    tokens.close();
    await rm(folder, { recursive: true });
  });

  const bare = supertest(`http+unix://${encodeURIComponent(path)}`);
  const http = supertest.agent(`http+unix://${encodeURIComponent(path)}`).set("authorization", `Bearer ${token}`);
  const tcp = (settings: Partial<HttpSettings> = {}, limits?: Pick<TcpPorts, "patience" | "most">) =>
    transport.listenTcp({ listen: "127.0.0.1:0", origins: [], rate: 1000, ...settings }, limits);
  /** A WebSocket that is open, or the refusal of its upgrade. */
  const connect = async (
    headers: Record<string, string> = { authorization: `Bearer ${token}` },
    protocols = ["daimon.v1"],
  ) => {
    const client = new Client(path, protocols, headers);
    clients.push(client);
    await client.opened;
    return client;
  };
  const greeted = async () => {
    const client = await connect();
    await client.ask("initialize", { protocol: 1, reducer: 1, client: { name: "test", version: "1" } });
    return client;
  };
  return {
    hub,
    clock,
    tcp,
    tokenClock,
    transport,
    tokens,
    folder,
    path,
    token,
    observer,
    bare,
    http,
    connect,
    greeted,
    logged,
    stops: () => stops,
  };
}

export class Client {
  readonly socket: WebSocket;
  readonly opened: Promise<unknown>;
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Everything that came, in order. */
  readonly messages: Json[] = [];
  #wake = () => {};
  #read = 0;
  #id = 0;

  constructor(path: string, protocols: string[], headers: Record<string, string>) {
    this.socket = new WebSocket(`ws+unix:${path}:/api/v1/ws`, protocols, { headers });
    this.closed = new Promise((resolve) =>
      this.socket.on("close", (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#wake();
      }),
    );
    this.socket.on("error", () => undefined); // `opened` and `closed` tell
    this.socket.on("message", (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()));
      this.#wake();
    });
    this.opened = Promise.race([
      once(this.socket, "open"),
      new Promise((_, reject) =>
        this.socket.on("unexpected-response", (_request, response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("end", () =>
            reject(new UpgradeRefused(response.statusCode ?? 0, Buffer.concat(parts).toString())),
          );
        }),
      ),
    ]);
  }

  /** The next message that nobody has taken yet. */
  async next(): Promise<Json> {
    while (this.#read >= this.messages.length) {
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error("the connection is closed");
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.messages[this.#read++];
  }

  send(text: string | Buffer, options: { binary?: boolean } = {}): void {
    this.socket.send(text, options);
  }

  request(method: string, params?: unknown): number {
    this.send(JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, ...(params === undefined ? {} : { params }) }));
    return this.#id;
  }

  /** Asks, and resolves with the answer. What comes in between is passed over. */
  async ask(method: string, params?: unknown): Promise<Json> {
    const id = this.request(method, params);
    for (;;) {
      const message = await this.next();
      if (message.id === id) return message;
    }
  }
}

export class UpgradeRefused extends Error {
  readonly status: number;
  readonly body: Json;
  constructor(status: number, text: string) {
    super(`the upgrade was refused with ${status}: ${text}`);
    this.status = status;
    this.body = text === "" ? undefined : JSON.parse(text);
  }
}

import { DaimonError } from "@daimon/protocol";
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions } from "node:http";
import { type AddressInfo, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../core/ports.ts";
import { answerNonsense, type App } from "./app.ts";
import { createEntrance, type Entrance } from "./entrance.ts";
import { httpError, rawRefusal } from "./refusals.ts";

/** The daemon on a TCP address. Loaded only where somebody switched that on. */

export type HttpSettings = {
  /** HOST:PORT */
  readonly listen: string;
  readonly origins: readonly string[];
  readonly rate: number;
  /** Files: its certificate and the key of that. */
  readonly cert?: string;
  readonly key?: string;
};
export type TcpPorts = Pick<App, "app" | "entrances"> & {
  clock: Clock;
  /** How long a client may take to say what it wants. */
  patience?: number;
  /** How many may be connected. */
  most?: number;
};
export type Tcp = { readonly address: string; close(): Promise<void> };

export async function openTcp(settings: HttpSettings, ports: TcpPorts): Promise<Tcp> {
  const { app, entrances, clock, patience = 5_000, most = connectionsFor(openFiles()) } = ports;
  const { host, port: wanted } = placeOf(settings.listen);
  const tls = tlsOf(settings);
  if (!isLoopback(host) && !tls)
    throw new DaimonError(
      "forbidden",
      `${settings.listen} can be reached from other machines, and without TLS the token would be read on the way; give --tls-cert and --tls-key, or listen on 127.0.0.1`,
    );
  const server = await create(tls, {
    headersTimeout: patience,
    requestTimeout: 60_000,
    connectionsCheckingInterval: Math.min(1_000, patience),
    maxHeaderSize: 16 * 1024,
  });
  server.maxHeadersCount = 100;
  // Far above what is answered with a refusal, and below what this process may open.
  server.maxConnections = most * 2;
  const open = new Set<Socket>();
  server.on(tls ? "secureConnection" : "connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    if (open.size > most) socket.end(rawRefusal(crowded));
  });
  server.on("clientError", answerNonsense);

  const { port } = await listening(server, wanted, host, settings.listen);
  const entrance = createEntrance({
    isOurs: (name) => (isLoopback(host) && isNameOf(host, name)) || (tls?.speaksFor(name) ?? false),
    port,
    secure: tls !== undefined,
    origins: settings.origins,
    rate: settings.rate,
    clock,
  });
  server.on("request", guarded(entrance, app.routing, entrances));
  // The same gate, whatever a connection is to become.
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = entrance.check(request);
    if (refusal) return void socket.end(rawRefusal(refusal));
    entrances.set(request, entrance);
    app.server.emit("upgrade", request, socket, head);
  });

  const name = isIP(host) === 6 ? `[${host}]` : host;
  return {
    address: `${tls ? "https" : "http"}://${name}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

function guarded(entrance: Entrance, route: RequestListener, entrances: App["entrances"]): RequestListener {
  return (request, response) => {
    const refusal = entrance.check(request);
    if (refusal) {
      const { status, headers, body } = httpError(refusal);
      const text = JSON.stringify(body);
      const length = Buffer.byteLength(text);
      // Its body is not waited for.
      const whole = { "content-type": "application/json", "content-length": length, connection: "close" };
      response.writeHead(status, { ...headers, ...whole }).end(text);
      return;
    }
    entrances.set(request, entrance);
    route(request, response);
  };
}

const crowded = new DaimonError("overloaded", "too many are connected; try again in a moment");

// ---- where ---------------------------------------------------------------------------------------------------

function placeOf(listen: string): { host: string; port: number } {
  const [, six, four, digits] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(listen) ?? [];
  const host = six ?? (four === "localhost" ? "127.0.0.1" : four) ?? "";
  const port = Number(digits);
  if (isIP(host) !== 0 && (isIP(host) === 6) === (six !== undefined) && port <= 65_535) return { host, port };
  throw new DaimonError(
    "invalid",
    `${listen} is no address to listen on; write it as 127.0.0.1:8080 or [::1]:8080 (an address, and no name)`,
  );
}

const isLoopback = (host: string): boolean => host === "127.0.0.1" || host === "::1";

/** The address itself, or the name that every machine has for it. */
const isNameOf = (host: string, name: string): boolean => name === host || name === "localhost";

function listening(server: Server, port: number, host: string, listen: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE"
          ? "somebody listens there already; take another port"
          : error.code === "EACCES"
            ? "ports below 1024 are for the system; take another"
            : error.code === "EADDRNOTAVAIL"
              ? "this machine has no such address"
              : error.message;
      reject(new DaimonError("conflict", `cannot listen on ${listen}: ${why}`, { cause: error }));
    });
    server.listen({ port, host }, () => {
      server.removeAllListeners("error");
      resolve(server.address() as AddressInfo);
    });
  });
}

// ---- TLS -----------------------------------------------------------------------------------------------------

type Tls = { cert: Buffer; key: Buffer; speaksFor(name: string): boolean };

function tlsOf({ cert, key }: HttpSettings): Tls | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new DaimonError("invalid", "a certificate and its key go together: give --tls-cert and --tls-key");
  const files = { cert: bytesOf(cert, "certificate"), key: bytesOf(key, "key") };
  if (statSync(key).mode & 0o007)
    throw new DaimonError("forbidden", `everybody on this machine can reach the key ${key}; run: chmod o= '${key}'`);
  try {
    const certificate = new X509Certificate(files.cert);
    return {
      ...files,
      speaksFor: (name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined,
    };
  } catch (error) {
    throw new DaimonError("invalid", `${cert} is no certificate (PEM); name the file that holds it`, { cause: error });
  }
}

function bytesOf(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new DaimonError("invalid", `the ${what} ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function create(tls: Tls | undefined, options: ServerOptions): Promise<Server> {
  if (!tls) return createServer(options);
  const https = await import("node:https");
  const { cert, key } = tls;
  try {
    return https.createServer({ ...options, cert, key, handshakeTimeout: options.headersTimeout ?? 0 });
  } catch (error) {
    throw new DaimonError("invalid", `the certificate and its key cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

// ---- how many ------------------------------------------------------------------------------------------------

/** Sessions, kernels and commands want files too: an eighth is for connections, and as many again that are turned away. */
const connectionsFor = (files: number): number => Math.max(16, Math.min(256, Math.floor(files / 8)));

/** How many files this process may open; what most systems give where it cannot be read. */
function openFiles(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? 1024);
  } catch {
    return 1024; // only Linux tells
  }
}

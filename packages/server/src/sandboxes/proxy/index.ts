import { lookup } from "node:dns/promises";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { isOurs, normal, permits, type Place } from "./hosts.ts";

/**
 * The only way out of a sandbox with a network: an HTTP proxy on a Unix socket, which opens connections to the hosts that were
 * named and to no other. It resolves names itself, and connects to the address that it looked at.
 */
export type Proxy = { socket: string; close(): Promise<void> };
type Options = {
  socket: string;
  hosts: readonly string[];
  refused(place: string, why: string): void;
  /** As the machine resolves names; a test has names of its own. */
  resolve?(host: string): Promise<readonly string[]>;
};

export async function openProxy({ socket, hosts, refused, resolve = addressesOf }: Options): Promise<Proxy> {
  /** The address to go to, or why there is none. */
  const wayTo = async (place: Place): Promise<{ address: string } | { status: number; why: string }> => {
    if (!permits(hosts, place)) return { status: 403, why: "it is not among the hosts of sandbox.network" };
    let addresses: readonly string[];
    try {
      addresses = isIP(place.host) ? [place.host] : await resolve(place.host);
    } catch {
      return { status: 502, why: "nobody knows its address" };
    }
    const address = addresses.find((one) => !isOurs(one) || permits(hosts, { host: normal(one), port: place.port }));
    if (address !== undefined) return { address };
    return {
      status: 403,
      why: "it leads to this machine or its own network, which sandbox.network would have to name by address",
    };
  };

  const sorry = (place: string, status: number, why: string): string => {
    if (status === 403) refused(place, why);
    return `daimon: ${place} was refused: ${why}\n`;
  };

  const server = createServer();
  const open = new Set<Duplex>();
  server.on("connection", (stream) => follow(open, stream));

  server.on("connect", (asked: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on("error", () => undefined);
    const place = placeIn(`http://${asked.url ?? ""}`, 443);
    void (place === undefined ? undefined : wayTo(place))?.then((way) => {
      if ("why" in way) return end(client, way.status, sorry(asked.url ?? "", way.status, way.why));
      const there = connect({ host: way.address, port: (place as Place).port });
      follow(open, there);
      there.once("error", (error) => end(client, 502, sorry(asked.url ?? "", 502, error.message)));
      there.once("connect", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        there.write(head);
        there.pipe(client).pipe(there);
      });
      client.once("close", () => there.destroy());
      there.once("close", () => client.destroy());
    });
    if (place === undefined) end(client, 400, sorry(asked.url ?? "", 400, "it names no host and port"));
  });

  server.on("request", (asked: IncomingMessage, answer: ServerResponse) => {
    const place = placeIn(asked.url ?? "", 80);
    const told = (status: number, why: string) =>
      answer
        .writeHead(status, { "content-type": "text/plain", connection: "close" })
        .end(sorry(asked.url ?? "", status, why));
    if (place === undefined) return void told(400, "it is no http:// address");
    void wayTo(place).then((way) => {
      if ("why" in way) return void told(way.status, way.why);
      const { pathname, search } = new URL(asked.url ?? "");
      const onward = request({
        host: way.address,
        port: place.port,
        method: asked.method,
        path: pathname + search,
        headers: onwardHeaders(asked, place),
        agent: false,
      });
      onward.once("response", (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.statusMessage, reply.headers);
        reply.pipe(answer);
      });
      onward.once("error", (error) => (answer.headersSent ? answer.destroy() : told(502, error.message)));
      answer.once("close", () => onward.destroy());
      asked.pipe(onward);
    });
  });
  server.on("clientError", (_error, client) => void client.destroy());
  server.on("upgrade", (_asked, client: Duplex) => void client.destroy());

  await new Promise<void>((done, failed) => server.once("error", failed).listen(socket, done));
  return {
    socket,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const stream of open) stream.destroy();
      }),
  };
}

const addressesOf = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);

function follow(open: Set<Duplex>, stream: Duplex): void {
  open.add(stream);
  stream.on("error", () => undefined);
  stream.once("close", () => open.delete(stream));
}

function placeIn(url: string, port: number): Place | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port: named, username, password } = new URL(url);
  if (protocol !== "http:" || hostname === "" || username !== "" || password !== "") return undefined;
  // The parser drops the usual port of http, and CONNECT must name one: there it means 80.
  return {
    host: normal(hostname.replace(/^\[|\]$/g, "")),
    port: named === "" ? (/:80\/?$/.test(url) ? 80 : port) : Number(named),
  };
}

/** Of this connection, and not of the one that goes on. The host is the one that was asked about. */
function onwardHeaders(asked: IncomingMessage, { host, port }: Place): Record<string, string | string[]> {
  const hop = new Set(["host", "connection", "proxy-connection", "proxy-authorization", "keep-alive", "te", "upgrade"]);
  const kept = Object.entries(asked.headers).filter(([name, value]) => value !== undefined && !hop.has(name));
  const name = isIP(host) === 6 ? `[${host}]` : host;
  return {
    ...(Object.fromEntries(kept) as Record<string, string | string[]>),
    host: port === 80 ? name : `${name}:${port}`,
    connection: "close",
  };
}

function end(client: Duplex, status: number, text: string): void {
  const reason = status === 403 ? "Forbidden" : status === 400 ? "Bad Request" : "Bad Gateway";
  client.end(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

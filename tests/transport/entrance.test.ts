import { expect, test } from "vitest";
import { request, send, upgrading } from "./raw.ts";
import { serve } from "./serve.ts";

/**
 * What a page in a browser, a name that leads here, or a program with odd headers gets on a TCP address. Each attack is first sent to
 * the socket, where the same routes answer without this gate: there it works.
 */

type Case = [name: string, wanted: number, headers: (port: number) => string[]];

const host = (text: (port: number) => string) => (port: number) => [`Host: ${text(port)}`];
const besides =
  (...more: string[]) =>
  (port: number) => [`Host: 127.0.0.1:${port}`, ...more];

const attacks: Case[] = [
  ["a name that somebody made to lead here (DNS rebinding)", 421, host((port) => `evil.example:${port}`)],
  ["that name without a port", 421, host(() => "evil.example")],
  ["the address without its port", 421, host(() => "127.0.0.1")],
  ["localhost without its port", 421, host(() => "localhost")],
  ["another port", 421, host((port) => `127.0.0.1:${port - 1}`)],
  ["the port with a zero before it", 421, host((port) => `127.0.0.1:0${port}`)],
  ["a name that begins like the address", 421, host((port) => `127.evil.example:${port}`)],
  ["a name that begins with the address", 421, host((port) => `127.0.0.1.evil.example:${port}`)],
  ["a name that begins with localhost", 421, host((port) => `localhost.evil.example:${port}`)],
  ["a name that ends with localhost", 421, host((port) => `evil.localhost:${port}`)],
  ["localhost with a dot behind it", 421, host((port) => `localhost.:${port}`)],
  ["the address of everything", 421, host((port) => `0.0.0.0:${port}`)],
  ["another address of loopback", 421, host((port) => `127.0.0.2:${port}`)],
  ["the address written short", 421, host((port) => `127.1:${port}`)],
  ["the address as one number", 421, host((port) => `2130706433:${port}`)],
  ["the address in hexadecimal", 421, host((port) => `0x7f000001:${port}`)],
  ["the other loopback, on which nobody listens", 421, host((port) => `[::1]:${port}`)],
  ["the address within an IPv6 one", 421, host((port) => `[::ffff:127.0.0.1]:${port}`)],
  ["the address in brackets", 421, host((port) => `[127.0.0.1]:${port}`)],
  ["a user before the address", 421, host((port) => `evil@127.0.0.1:${port}`)],
  ["a path behind it", 421, host((port) => `127.0.0.1:${port}/`)],
  ["nothing", 421, host(() => "")],
  ["two names in one header", 421, host((port) => `127.0.0.1:${port}, evil.example`)],
  ["a second Host behind the right one", 400, (port) => [`Host: 127.0.0.1:${port}`, "Host: evil.example"]],
  ["a second Host before the right one", 400, (port) => ["Host: evil.example", `Host: 127.0.0.1:${port}`]],
  ["a page from elsewhere", 403, besides("Origin: http://evil.example")],
  ["a page with no origin", 403, besides("Origin: null")],
  ["an empty Origin", 403, besides("Origin: ")],
  ["the server of a repository on another port", 403, besides("Origin: http://localhost:3000")],
  ["a page from here, which nobody named", 403, (port) => besides(`Origin: http://127.0.0.1:${port}`)(port)],
  ["a page of an extension", 403, besides("Origin: chrome-extension://abcdefgh")],
  ["a page of another site that hides its origin", 403, besides("Sec-Fetch-Site: cross-site")],
  ["a page of a sister of this site", 403, besides("Sec-Fetch-Site: same-site")],
  ["a site that nobody heard of", 403, besides("Sec-Fetch-Site: other")],
  ["a good site and a bad one", 403, besides("Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site")],
  ["a second token behind the first", 400, besides("Authorization: Bearer dmn_x")],
];
const welcome: Case[] = [
  ["the address", 200, besides()],
  ["localhost", 200, host((port) => `localhost:${port}`)],
  ["LocalHost", 200, host((port) => `LocalHost:${port}`)],
  ["what a person typed into a browser", 200, besides("Sec-Fetch-Site: none")],
  ["a page of this address", 200, besides("Sec-Fetch-Site: same-origin")],
  [
    "a proxy's headers, which nobody believes",
    200,
    besides("X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"),
  ],
];

async function world() {
  const served = await serve();
  served.hub.answers["session/get"] = () => ({});
  const port = Number(new URL(await served.tcp()).port);
  const as = [`Authorization: Bearer ${served.token}`];
  return { ...served, port, as, tcp: { host: "127.0.0.1", port }, socket: { path: served.path } };
}

test.each(attacks)("over HTTP, %s: %i", async (_name, wanted, headers) => {
  const { port, as, tcp, socket, hub } = await world();
  const bytes = request("GET /api/v1/sessions/s HTTP/1.1", [...as, ...headers(port), "Connection: close"]);
  expect((await send(socket, bytes)).status).toBe(200);
  const asked = hub.asked.length;
  const { status, text } = await send(tcp, bytes);
  expect(status).toBe(wanted);
  expect(text).toContain('{"error":{"code":"');
  expect(text).not.toMatch(/access-control|set-cookie/i);
  expect(hub.asked).toHaveLength(asked);
  // What answers without a token looks at them, too.
  expect((await send(tcp, bytes.replace("/api/v1/sessions/s", "/health"))).status).toBe(wanted);
});

test.each(attacks)("over a WebSocket, %s: %i", async (_name, wanted, headers) => {
  const { port, as, tcp, socket } = await world();
  const bytes = request("GET /api/v1/ws HTTP/1.1", [...as, ...headers(port), ...upgrading]);
  expect((await send(socket, bytes)).status).toBe(101);
  expect((await send(tcp, bytes)).status).toBe(wanted);
});

test.each(welcome)("%s is let in, over HTTP and over a WebSocket", async (_name, wanted, headers) => {
  const { port, as, tcp } = await world();
  const get = request("GET /api/v1/sessions/s HTTP/1.1", [...as, ...headers(port), "Connection: close"]);
  expect((await send(tcp, get)).status).toBe(wanted);
  expect((await send(tcp, request("GET /api/v1/ws HTTP/1.1", [...as, ...headers(port), ...upgrading]))).status).toBe(
    101,
  );
});

test("Host is asked before Origin, that before Sec-Fetch-Site, that before the token, and that before the role", async () => {
  const { port, tcp, observer } = await world();
  const good = [`Host: 127.0.0.1:${port}`];
  const steps = [
    [421, ["Host: evil.example", "Origin: http://evil.example", "Sec-Fetch-Site: cross-site"]],
    [403, [...good, "Origin: http://evil.example", "Sec-Fetch-Site: cross-site"]],
    [403, [...good, "Sec-Fetch-Site: cross-site"]],
    [401, good],
    [403, [...good, `Authorization: Bearer ${observer}`]],
  ] as const;
  const said: string[] = [];
  for (const [wanted, headers] of steps) {
    const bytes = request("DELETE /api/v1/sessions/s HTTP/1.1", [...headers, "Connection: close"]);
    const { status, text } = await send(tcp, bytes);
    expect(status).toBe(wanted);
    said.push(JSON.parse(text.slice(text.indexOf("\r\n\r\n"))).error.message);
  }
  expect(said).toEqual([
    expect.stringContaining("Host"),
    expect.stringContaining("origin"),
    expect.stringContaining("another site"),
    expect.stringContaining("token"),
    expect.stringContaining("needs the role operate"),
  ]);
});

test("a page that the user named may come, from its very origin and no other, and still needs a token", async () => {
  const { transport, path, token } = await serve();
  const address = await transport.listenTcp({ listen: "127.0.0.1:0", origins: ["http://localhost:3000"], rate: 1000 });
  const port = Number(new URL(address).port);
  const tcp = { host: "127.0.0.1", port };
  const ask = (origin: string, ...more: string[]) =>
    send(
      tcp,
      request("GET /api/v1/status HTTP/1.1", [...besides(`Origin: ${origin}`, ...more)(port), "Connection: close"]),
    );
  expect((await ask("http://localhost:3000")).status).toBe(401);
  const bearer = `Authorization: Bearer ${token}`;
  expect((await ask("http://localhost:3000", bearer, "Sec-Fetch-Site: cross-site")).status).toBe(200);
  for (const other of ["http://localhost:3001", "https://localhost:3000", "http://localhost", "http://LOCALHOST:3000"])
    expect((await ask(other, bearer)).status).toBe(403);
  expect((await ask("http://localhost:3000", bearer, "Origin: http://evil.example")).status).toBe(403);
  expect(path).toBeDefined();
});

test("who listens on the IPv6 loopback is reached by its address in brackets", async () => {
  const { tcp, token } = await serve();
  const port = Number(new URL(await tcp({ listen: "[::1]:0" })).port);
  const ask = async (name: string) =>
    (
      await send(
        { host: "::1", port },
        request("GET /api/v1/status HTTP/1.1", [
          `Host: ${name}:${port}`,
          `Authorization: Bearer ${token}`,
          "Connection: close",
        ]),
      )
    ).status;
  expect([await ask("[::1]"), await ask("localhost"), await ask("127.0.0.1"), await ask("[::2]")]).toEqual([
    200, 200, 421, 421,
  ]);
});

test.each([
  ["the form for proxies", (port: number) => `GET http://127.0.0.1:${port}/health HTTP/1.1`, [400]],
  ["the form for proxies, for another host", () => "GET http://evil.example/health HTTP/1.1", [400]],
  ["a star", () => "OPTIONS * HTTP/1.1", [400]],
  ["a tunnel", (port: number) => `CONNECT 127.0.0.1:${port} HTTP/1.1`, [0, 400]],
  ["HTTP/2 without TLS", () => "PRI * HTTP/2.0", [0, 400]],
  ["a version of its own", () => "GET /health HTTP/1.7", [0, 400]],
] as const)("a request line with %s is refused", async (_name, line, wanted) => {
  const { port, tcp, hub } = await world();
  const { status } = await send(tcp, request(line(port), [...besides()(port), "Connection: close"]));
  expect(wanted).toContain(status);
  expect(hub.asked).toEqual([]);
});

test("HTTP/1.0 is answered with the right Host, and not without one", async () => {
  const { port, tcp, socket } = await world();
  const bare = request("GET /health HTTP/1.0", []);
  expect((await send(socket, bare)).status).toBe(200);
  expect((await send(tcp, bare)).status).toBe(421);
  expect((await send(tcp, request("GET /health HTTP/1.0", besides()(port)))).status).toBe(200);
  expect((await send(tcp, request("GET /health HTTP/1.1", ["Connection: close"]))).status).toBe(400);
});

const hidden = "GET /api/v1/sessions/hidden HTTP/1.1\r\nHost: x\r\n\r\n";
test.each([
  ["a length and chunks", ["Content-Length: 4", "Transfer-Encoding: chunked"], `0\r\n\r\n${hidden}`],
  ["two lengths", ["Content-Length: 0", "Content-Length: 60"], hidden],
  ["a length that is none", ["Content-Length: 1e1"], "{}"],
  ["a length below nothing", ["Content-Length: -1"], "{}"],
  ["a coding behind the chunks", ["Transfer-Encoding: chunked, identity"], `0\r\n\r\n${hidden}`],
  ["a coding that nobody knows", ["Transfer-Encoding: xchunked"], `0\r\n\r\n${hidden}`],
  ["a chunk with a length that is none", ["Transfer-Encoding: chunked"], `zz\r\n${hidden}`],
  ["a chunk longer than any", ["Transfer-Encoding: chunked"], `ffffffffffffffff0\r\n${hidden}`],
  ["a space before the colon", ["Transfer-Encoding : chunked"], `0\r\n\r\n${hidden}`],
  ["a header folded over two lines", ["Transfer-Encoding:", " chunked", "X: \0y"], `0\r\n\r\n${hidden}`],
  ["a line that ends with a bare return", ["X: y\rTransfer-Encoding: chunked"], `0\r\n\r\n${hidden}`],
] as const)("a body framed by %s is refused, and what hides in it is not asked", async (_name, framing, body) => {
  const { port, as, tcp, hub, http } = await world();
  const headers = [...as, ...besides()(port), "Content-Type: application/json", ...framing];
  const { status, answers } = await send(tcp, request("POST /api/v1/sessions/s/inputs HTTP/1.1", headers, body));
  expect(status).toBe(400);
  expect(answers).toBe(1);
  expect(hub.asked).toEqual([]);
  await http.get("/api/v1/status").expect(200);
});

test("every answer says that nobody may keep, frame or reinterpret it", async () => {
  const { port, as, tcp } = await world();
  const get = (path: string, ...more: string[]) =>
    send(tcp, request(`GET ${path} HTTP/1.1`, [...besides()(port), ...more, "Connection: close"]));
  const answers = [
    await get("/health"),
    await get("/api/v1/status", ...as),
    await get("/api/v1/status"),
    await get("/nowhere", ...as),
    await get("/%zz"),
    await get("/health", "Host: evil.example"),
    await get("/health", `X: ${"y".repeat(20_000)}`),
    await get("/api/v1/ws", ...upgrading),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 404, 400, 400, 413, 401]);
  for (const { text } of answers) {
    const head = text.slice(0, text.indexOf("\r\n\r\n")).toLowerCase();
    for (const line of [
      "cache-control: no-store",
      "x-content-type-options: nosniff",
      "content-security-policy: default-src 'none'; frame-ancestors 'none'",
      "x-frame-options: deny",
      "referrer-policy: no-referrer",
      "cross-origin-resource-policy: same-origin",
    ])
      expect(head).toContain(line);
    expect(head).not.toMatch(/access-control|set-cookie|server:|x-powered-by/);
  }
  expect(answers[2]?.text).toMatch(/www-authenticate: Bearer/i);
});

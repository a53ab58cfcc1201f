import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createServer as createTlsServer, rootCertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { connectRemote, placeOf } from "../../packages/protocol/src/client/remote.ts";
import { certificateFor } from "../certificate.ts";

/** A daemon's address as a wire; the other side is what it happens to be. */

test.each([
  ["ws://127.0.0.1:8080", { url: "ws://127.0.0.1:8080", host: "127.0.0.1", port: 8080, secure: false }],
  ["ws://[::1]:8080/", { url: "ws://[::1]:8080", host: "::1", port: 8080, secure: false }],
  ["WSS://Box.Example", { url: "wss://box.example", host: "box.example", port: 443, secure: true }],
  ["wss://box.example:8443", { url: "wss://box.example:8443", host: "box.example", port: 8443, secure: true }],
])("%s is a place", (text, place) => {
  expect(placeOf(text)).toEqual(place);
});

test.each([
  "box",
  "box:8080",
  "http://127.0.0.1:8080",
  "wss://box/path",
  "wss://box?token=x",
  "wss://me@box",
  "wss://me:pw@box",
  "wss://box#x",
  "wss://",
  "",
])("%j is none", (text) => {
  expect(placeOf(text)).toBeUndefined();
});

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** How a connection to it ends. */
function ending(url: string): Promise<{ code: number; reason: string; errno: string | undefined }> {
  const place = placeOf(url)!;
  return new Promise((resolve) => {
    connectRemote({ place, token: "dmn_secret" })({
      opened: () => undefined,
      text: () => undefined,
      closed: (code, reason, errno) => resolve({ code, reason, errno }),
    });
  });
}

afterEach(() => setDefaultCACertificates([...rootCertificates]));

const yesterday = new Date(Date.now() - 24 * 3600 * 1000);
test.each([
  ["a certificate that nobody signed", ["127.0.0.1"], undefined, false, "signed its certificate itself"],
  ["a certificate that ran out", ["127.0.0.1"], yesterday, true, "has a certificate that has run out"],
  ["a certificate for others", ["box.example"], undefined, true, "has a certificate for other names than this"],
] as const)(
  "%s is refused in plain words, and the token is not shown to it",
  async (_name, names, until, trusted, says) => {
    const { cert, key } = certificateFor(names, until);
    let heard = "";
    const server = createTlsServer({ cert, key }, (socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data) => (heard += String(data)));
    });
    server.on("tlsClientError", () => undefined);
    const port = await portOf(server);
    if (trusted) setDefaultCACertificates([cert]);
    const { reason, errno } = await ending(`wss://127.0.0.1:${port}`);
    expect(reason).toContain(`wss://127.0.0.1:${port} ${says}`);
    expect(errno).toBeDefined();
    expect(heard).toBe("");
  },
);

test("a certificate that is trusted is spoken to, by the name and port of the address", async () => {
  const { cert, key } = certificateFor(["127.0.0.1"]);
  const asked = Promise.withResolvers<string>();
  const server = createTlsServer({ cert, key }, (socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (data) => {
      asked.resolve(String(data));
      socket.end("HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n");
    });
  });
  const port = await portOf(server);
  setDefaultCACertificates([cert]);
  const ended = await ending(`wss://127.0.0.1:${port}`);
  expect((await asked.promise).split("\r\n").slice(0, 2)).toEqual([
    "GET /api/v1/ws HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
  ]);
  expect(ended).toMatchObject({ code: 4401, reason: expect.stringContaining("does not know this token") });
});

test("who does not speak TLS, is not there, or says nothing to be understood is told apart", async () => {
  const plain = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.resume();
    socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  const port = await portOf(plain);
  expect((await ending(`wss://127.0.0.1:${port}`)).reason).toContain("does not speak TLS");
  expect((await ending(`ws://127.0.0.1:${port}`)).reason).toContain("answered 400 where a WebSocket was asked for");
  plain.close();
  await once(plain, "close");
  expect(await ending(`ws://127.0.0.1:${port}`)).toMatchObject({
    errno: "ECONNREFUSED",
    reason: expect.stringContaining("no daemon listens at"),
  });
});

import { linkSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createNetServer, type Socket } from "node:net";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { readAnswer, upgradeRequest } from "../../packages/protocol/src/client/handshake.ts";
import { connectLocal } from "../../packages/protocol/src/client/local.ts";
import { close, more, ping, text, upgraded } from "./bytes.ts";
import { afterThis, bytesServer, listen, socketPath } from "./sockets.ts";

const local = (path: string) => listen(connectLocal({ socketPath: path, token: "dmn_secret" }));

/** A real WebSocket server by another hand. */
async function realServer(
  serve: (socket: WebSocket, headers: NodeJS.Dict<string | string[]>, url: string) => void,
): Promise<string> {
  const path = socketPath();
  const http = createServer();
  const wss = new WebSocketServer({ server: http });
  wss.on("connection", (socket, request) => serve(socket, request.headers, request.url ?? ""));
  afterThis(() => {
    for (const socket of wss.clients) socket.terminate();
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
  await new Promise<void>((resolve) => http.listen(path, resolve));
  return path;
}

/** Answers the upgrade, then says these bytes, each chunk in its own turn of the loop. */
const saying = (...chunks: (Buffer | string)[]) =>
  bytesServer((socket) => {
    socket.once("data", () => sayInTurn(socket, [upgraded(), ...chunks]));
  });

function sayInTurn(socket: Socket, chunks: readonly (Buffer | string)[]): void {
  const [first, ...rest] = chunks;
  if (first === undefined || socket.destroyed) return;
  socket.write(first, () => setImmediate(() => sayInTurn(socket, rest)));
}

describe("with a WebSocket server by another hand", () => {
  test("the token, the path and the subprotocol reach it", async () => {
    const seen: unknown[] = [];
    const path = await realServer((socket, headers, url) => {
      seen.push(url, headers["authorization"], socket.protocol);
      socket.close(4410, "leaving 👋");
    });
    expect(await local(path).closed).toEqual({ is: "closed", code: 4410, reason: "leaving 👋" });
    expect(seen).toEqual(["/api/v1/ws", "Bearer dmn_secret", "daimon.v1"]);
  });

  test("texts of every size go there and back unharmed", async () => {
    const path = await realServer((socket) => socket.on("message", (data: Buffer) => socket.send(data.toString())));
    const { wire, until } = local(path);
    await until(1);
    const sizes = fc.sample(fc.oneof(fc.constantFrom(0, 1, 125, 126, 127, 65535, 65536, 200_000), fc.nat(3000)), {
      seed: 1,
      numRuns: 120,
    });
    const texts = sizes.map((size) => "aé漢🙂".repeat(size).slice(0, size).toWellFormed());
    for (const one of texts) wire.send(one);
    const heard = await until(texts.length + 1);
    expect(heard.slice(1)).toEqual(texts.map((one) => ({ is: "text", text: one })));
  });

  test("fragments with pings between them are one text, binary is passed over, and every ping is answered", async () => {
    const pongs: string[] = [];
    const pinged = Promise.withResolvers<void>();
    const path = await realServer((socket) => {
      socket.on("pong", (data) => {
        pongs.push(data.toString());
        if (pongs.length === 3) pinged.resolve();
      });
      socket.send("al", { fin: false });
      socket.ping("1");
      socket.send("l i", { fin: false });
      socket.ping("2");
      socket.send("s one", { fin: true });
      socket.send(Buffer.from([0xff, 0xfe]), { binary: true });
      socket.ping("x".repeat(125));
      socket.send("end");
    });
    const { until } = local(path);
    expect((await until(3)).slice(1)).toEqual([
      { is: "text", text: "all is one" },
      { is: "text", text: "end" },
    ]);
    await pinged.promise;
    expect(pongs).toEqual(["1", "2", "x".repeat(125)]);
  });

  test("random sizes, fragments, pings and directions agree on both sides", async () => {
    const piece = fc.record({
      text: fc.string({ unit: "binary", maxLength: 200 }).map((one) => one.toWellFormed()),
      fin: fc.boolean(),
      ping: fc.boolean(),
    });
    const path = await realServer((socket) =>
      socket.on("message", (data: Buffer) => {
        const pieces = JSON.parse(data.toString()) as { text: string; fin: boolean; ping: boolean }[];
        for (const { text: part, fin, ping: pings } of pieces) {
          if (pings) socket.ping(part.slice(0, 20));
          socket.send(part, { fin });
        }
        socket.send("", { fin: true });
        socket.send("next");
      }),
    );
    const { wire, until, heard } = local(path);
    await until(1);
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const before = heard.length;
        const expected = [...pieces.map(({ text: part, fin }) => part + (fin ? "\0" : "")), ""].join("").split("\0");
        fc.pre(!pieces.some((one) => one.text.includes("\0")));
        wire.send(JSON.stringify(pieces));
        const got = await until(before + expected.length + 1);
        expect(got.slice(before)).toEqual([...expected, "next"].map((one) => ({ is: "text", text: one })));
      }),
      { numRuns: 100 },
    );
  });

  test("leaving says its code and reason, and hears the goodbye", async () => {
    const left = Promise.withResolvers<[number, string]>();
    const path = await realServer((socket) =>
      socket.on("close", (code, reason) => left.resolve([code, reason.toString()])),
    );
    const { wire, until, closed } = local(path);
    await until(1);
    wire.close(4400, "no sense");
    expect(await left.promise).toEqual([4400, "no sense"]);
    expect(await closed).toMatchObject({ code: 4400 });
  });
});

describe("a connection", () => {
  test("that the daemon closes is closed by both, with the same code", async () => {
    const heard = Promise.withResolvers<number>();
    const path = await realServer((socket) => {
      socket.on("close", (code) => heard.resolve(code));
      socket.close(4410, "leaving");
    });
    await local(path).closed;
    expect(await heard.promise).toBe(4410);
  });

  test("that has come about has no time limit", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    afterThis(() => vi.useRealTimers());
    const path = await realServer((socket) => socket.on("message", (data: Buffer) => socket.send(data.toString())));
    const { wire, until } = local(path);
    await until(1);
    vi.advanceTimersByTime(3_600_000);
    wire.send("still here");
    expect(await until(2)).toEqual([{ is: "opened" }, { is: "text", text: "still here" }]);
  });

  test("given up before it came about is gone at once", async () => {
    const asked = Promise.withResolvers<Socket>();
    const path = await bytesServer((socket) => socket.once("data", () => asked.resolve(socket)));
    const { wire, closed, heard } = local(path);
    const socket = await asked.promise;
    const ended = new Promise((resolve) => socket.once("close", resolve));
    wire.close(1000, "changed my mind");
    expect(await closed).toEqual({ is: "closed", code: 1000, reason: "changed my mind" });
    socket.resume().end(upgraded());
    await ended;
    expect(heard).toHaveLength(1);
  });

  test("left twice is left once", async () => {
    const goodbye = Promise.withResolvers<Buffer>();
    const path = await bytesServer((socket) => {
      socket.once("data", () => {
        const bytes: Buffer[] = [];
        socket.on("data", (chunk) => bytes.push(chunk));
        socket.on("close", () => goodbye.resolve(Buffer.concat(bytes)));
        socket.write(upgraded());
      });
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    afterThis(() => vi.useRealTimers());
    const { wire, until } = local(path);
    await until(1);
    wire.close(1000);
    wire.close(1000);
    vi.advanceTimersByTime(1_000);
    expect(await goodbye.promise).toHaveLength(2 + 4 + 2);
  });
});

describe("when there is nothing to talk to", () => {
  test("a socket that does not exist is told apart, so that the daemon can be started", async () => {
    expect(await local(socketPath()).closed).toMatchObject({ code: 1006, errno: "ENOENT" });
  });

  test("a socket nobody listens on any more is told apart likewise", async () => {
    const path = socketPath();
    const server = createNetServer();
    await new Promise<void>((resolve) => server.listen(`${path}0`, resolve));
    linkSync(`${path}0`, path);
    await new Promise((resolve) => server.close(resolve));
    expect(await local(path).closed).toMatchObject({ code: 1006, errno: "ECONNREFUSED" });
  });
});

describe("an upgrade that is refused says why in words", () => {
  const answer = (status: string, body = "", headers = "") =>
    `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
  const refusals: [string, string, number, string][] = [
    ["a wrong token", answer("401 Unauthorized"), 4401, "token"],
    [
      "its own sentence",
      answer("401 Unauthorized", '{"error":{"message":"say who you are"}}'),
      4401,
      "say who you are",
    ],
    ["a body of something else", answer("403 Forbidden", "<html>"), 4403, "may not"],
    ["an error without a message", answer("403 Forbidden", '{"error":null}'), 4403, "may not"],
    ["another version", answer("426 Upgrade Required"), 4409, "version"],
    ["no room", answer("503 Service Unavailable"), 1013, "right now"],
    ["another program", answer("404 Not Found"), 1002, "404"],
    ["a page", answer("200 OK", "hello"), 1002, "200"],
    ["no HTTP", "SSH-2.0-OpenSSH\r\n\r\n", 1002, "HTTP"],
    ["a header without end", "HTTP/1.1 101 " + "x".repeat(20_000), 1002, "no end"],
    ["a wrong accept", upgraded({ "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" }), 1002, "Accept"],
    ["no accept", upgraded({ "Sec-WebSocket-Accept": undefined }), 1002, "Accept"],
    ["no subprotocol", upgraded({ "Sec-WebSocket-Protocol": undefined }), 1002, "daimon.v1"],
    ["another subprotocol", upgraded({ "Sec-WebSocket-Protocol": "daimon.v2" }), 1002, "daimon.v1"],
    ["an extension nobody offered", upgraded({ "Sec-WebSocket-Extensions": "permessage-deflate" }), 1002, "extension"],
    ["an upgrade to something else", upgraded({ Upgrade: "h2c" }), 1002, "something else"],
    ["no upgrade", upgraded({ Connection: "keep-alive" }), 1002, "upgrade"],
  ];
  test.each(refusals)("%s", async (_name, bytes, code, words) => {
    const path = await bytesServer((socket) => socket.once("data", () => socket.write(bytes)));
    expect(await local(path).closed).toEqual({ is: "closed", code, reason: expect.stringContaining(words) as string });
  });

  test("it is understood wherever its bytes are cut", () => {
    const bytes = Buffer.from(answer("401 Unauthorized", '{"error":{"message":"say who you are"}}', "X-Other: 1\r\n"));
    for (let at = 0; at < bytes.length; at++)
      expect(readAnswer(bytes.subarray(0, at), false), `${at} bytes`).toBeUndefined();
    expect(readAnswer(bytes, false)).toEqual({ is: "refused", code: 4401, reason: "say who you are" });
  });

  test("an answer without a length ends with the connection", async () => {
    const path = await bytesServer((socket) =>
      socket.once("data", () => socket.end('HTTP/1.1 401 No\r\n\r\n{"error":{"message":"no"}}')),
    );
    expect(await local(path).closed).toMatchObject({ code: 4401, reason: "no" });
  });

  test("an accepted upgrade is understood wherever it is cut, and what follows it is kept", () => {
    const bytes = Buffer.from(`${upgraded()}rest`);
    const end = bytes.length - 4;
    for (let at = 0; at < end; at++) expect(readAnswer(bytes.subarray(0, at), false), `${at} bytes`).toBeUndefined();
    expect(readAnswer(bytes, false)).toEqual({ is: "open", rest: Buffer.from("rest") });
  });

  test("header names and values are compared as HTTP does", () => {
    const bytes = upgraded({ Upgrade: "WebSocket", Connection: "keep-alive, upgrade" }).replace("Upgrade:", "uPGRADE:");
    expect(readAnswer(Buffer.from(bytes), false)).toMatchObject({ is: "open" });
  });

  test.each(["", "dmn_a\r\nX-Evil: yes", "dmn a", "dmn_é"])(
    "a token that would break out of its header is never sent: %j",
    async (token) => {
      const got: string[] = [];
      const path = await bytesServer((socket) => socket.on("data", (bytes) => got.push(bytes.toString())));
      const { closed } = listen(connectLocal({ socketPath: path, token }));
      expect(await closed).toMatchObject({ code: 4401, reason: expect.stringContaining("no token") as string });
      expect(got).toEqual([]);
    },
  );

  test("the request is one that HTTP understands", () => {
    expect(upgradeRequest("/p", "t").split("\r\n").slice(0, 2)).toEqual(["GET /p HTTP/1.1", "Host: localhost"]);
    expect(upgradeRequest("/p", "t").endsWith("Authorization: Bearer t\r\n\r\n")).toBe(true);
  });
});

describe("a daemon that misbehaves ends in a close, never in a crash or in silence", () => {
  test("frames in the same breath as the upgrade are heard", async () => {
    const path = await bytesServer((socket) =>
      socket.once("data", () => socket.write(Buffer.concat([Buffer.from(upgraded()), text("first"), close(1000)]))),
    );
    const { heard, closed } = local(path);
    await closed;
    expect(heard).toEqual([{ is: "opened" }, { is: "text", text: "first" }, { is: "closed", code: 1000, reason: "" }]);
  });

  test("frames that dribble in byte by byte are heard", async () => {
    const bytes = Buffer.concat([text("drop by", false), ping("p"), more(" drop"), close(4408, "slow")]);
    const { heard, closed } = local(await saying(...Array.from(bytes, (byte) => Buffer.from([byte]))));
    await closed;
    expect(heard.slice(1)).toEqual([
      { is: "text", text: "drop by drop" },
      { is: "closed", code: 4408, reason: "slow" },
    ]);
  });

  test("it is told with which code we leave it", async () => {
    const told = Promise.withResolvers<Buffer>();
    const path = await bytesServer((socket) => {
      socket.once("data", () => {
        socket.once("data", (bytes) => told.resolve(bytes));
        socket.write(Buffer.concat([Buffer.from(upgraded()), more("nothing")]));
      });
    });
    expect(await local(path).closed).toMatchObject({
      code: 1002,
      reason: expect.stringContaining("continues nothing") as string,
    });
    const bytes = await told.promise;
    const code = ((bytes[6]! ^ bytes[2]!) << 8) | (bytes[7]! ^ bytes[3]!);
    expect([bytes[0], code]).toEqual([0x88, 1002]);
  });

  test.each([
    ["before the upgrade", Buffer.alloc(0)],
    ["in the middle of the upgrade", Buffer.from(upgraded().slice(0, 50))],
    ["in the middle of a frame", Buffer.concat([Buffer.from(upgraded()), text("hello").subarray(0, 4)])],
  ])("a connection cut %s is lost, not closed", async (_name, bytes) => {
    const path = await bytesServer((socket) => socket.once("data", () => socket.end(bytes)));
    expect(await local(path).closed).toMatchObject({ code: 1006, reason: expect.stringContaining("cut") as string });
  });

  test("one that accepts and never answers is given up after ten seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    afterThis(() => vi.useRealTimers());
    const asked = Promise.withResolvers<void>();
    const path = await bytesServer((socket) => socket.once("data", () => asked.resolve()));
    const { closed } = local(path);
    await asked.promise;
    vi.advanceTimersByTime(10_000);
    expect(await closed).toMatchObject({ code: 1006, reason: expect.stringContaining("does not answer") as string });
  });

  test("one that does not say goodbye is left after a second", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    afterThis(() => vi.useRealTimers());
    const { wire, until, closed } = local(await saying());
    await until(1);
    wire.close(1000, "enough");
    vi.advanceTimersByTime(1_000);
    expect(await closed).toEqual({ is: "closed", code: 1000, reason: "enough" });
  });

  test("after leaving nothing more is heard of it", async () => {
    const path = await bytesServer((socket) => {
      socket.once("data", () => {
        socket.write(upgraded());
        socket.once("data", () => socket.end(Buffer.concat([text("too late"), close(1000)])));
      });
    });
    const { wire, until, closed, heard } = local(path);
    await until(1);
    wire.close();
    await closed;
    wire.send("into the void");
    wire.close();
    expect(heard.map(({ is }) => is)).toEqual(["opened", "closed"]);
  });

  test("whatever bytes it sends, the wire closes once and with a reason", async () => {
    const path = await bytesServer((socket) => {
      socket.once("data", () => socket.end(Buffer.concat([Buffer.from(upgraded()), ...(noise.shift() ?? [])])));
    });
    const noise: Buffer[][] = [];
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(text("a"), text("b", false), more("c"), ping("d"), close(1000)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 8 }), async (chunks) => {
        noise.push(chunks);
        const { heard, closed } = local(path);
        const { code } = await closed;
        expect(code).toBeGreaterThan(0);
        expect(heard.filter(({ is }) => is === "closed")).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });
});

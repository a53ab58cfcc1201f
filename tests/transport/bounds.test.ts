import { randomBytes, randomInt } from "node:crypto";
import { connect as connectRaw, type Socket } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { serve } from "./serve.ts";

/** What clients that flood, stall or fall silent can do to the daemon: nothing. */

test("a client that falls silent is hung up on; one that only answers pings is not", async () => {
  const { greeted, clock, hub } = await serve();
  const [silent, quiet, other] = [await greeted(), await greeted(), await greeted()];
  for (const client of [silent, quiet]) await client.ask("session/attach", { sessionId: "s" });
  silent.socket.pause();
  for (let beat = 0; beat < 6; beat++) {
    const pinged = once(quiet.socket, "ping");
    clock.pass(15_000);
    await pinged;
    // What somebody else is answered afterwards was read after the pong.
    for (let n = 0; n < 2; n++) await other.ask("daemon/status", {});
  }
  expect(hub.links.size).toBe(1);
  silent.socket.resume();
  expect((await silent.closed).code).toBe(1006);
  expect(quiet.messages.filter(({ method }) => method === "heartbeat").length).toBeGreaterThanOrEqual(6);
});

test("nobody waits for the heartbeat of a client that has left", async () => {
  const { greeted, clock, hub } = await serve();
  const client = await greeted();
  await client.ask("session/attach", { sessionId: "s" });
  expect(clock.waiting).toBe(1);
  client.socket.close();
  await hub.alone();
  expect(clock.waiting).toBe(0);
});

test("the client's heartbeat is taken without an answer", async () => {
  const { greeted } = await serve();
  const client = await greeted();
  client.send('{"jsonrpc":"2.0","method":"heartbeat","params":{}}');
  await client.ask("daemon/status", {});
  expect(client.messages).toHaveLength(2); // the greeting and the status
});

test("of 65 requests under way the last is refused, yet an interrupt and an answer to an ask always pass", async () => {
  const { greeted, hub } = await serve();
  hub.answers["session/interrupt"] = () => ({ seq: 1, target: "turn", id: 1 });
  hub.answers["session/answer"] = () => ({ seq: 1 });
  const client = await greeted();
  for (let n = 0; n < 64; n++) client.request("session/capability", { sessionId: "s", name: "list_globals" });
  const refused = await client.ask("session/capability", { sessionId: "s", name: "list_globals" });
  expect(refused.error.data).toMatchObject({ code: "overloaded", retry: true });
  expect(await client.ask("session/interrupt", { sessionId: "s" })).toHaveProperty("result");
  expect(await client.ask("session/answer", { sessionId: "s", askId: 1, allow: true })).toHaveProperty("result");
  hub.asked[0]?.settle.ok({ ok: true, text: "" });
  await client.next();
  hub.answers["session/capability"] = () => ({ ok: true, text: "" });
  expect(await client.ask("session/capability", { sessionId: "s", name: "x" })).toHaveProperty("result");
});

test("a client that does not read its answers is read no further until it does, and loses none", async () => {
  const { greeted, hub } = await serve();
  const big = "x".repeat(512 * 1024);
  hub.answers["session/usage"] = () => big;
  const client = await greeted();
  const other = await greeted();
  client.socket.pause();
  const asks = 60;
  for (let n = 0; n < asks; n++) client.request("session/usage", { sessionId: "s" });
  // What the other is told afterwards was decided after the first one's requests had been seen, or left unread.
  for (let n = 0; n < 5; n++) await other.ask("daemon/status", {});
  const read = hub.asked.length;
  expect(read).toBeGreaterThan(5);
  expect(read).toBeLessThan(20);
  client.socket.resume();
  for (let n = 0; n < asks; n++) expect((await client.next()).result).toHaveLength(big.length);
  expect(hub.asked).toHaveLength(asks);
});

test("what a client had sent and nobody had begun is not done once it has gone", async () => {
  const { path, token, hub, http, logged } = await serve();
  hub.answers["session/usage"] = () => "x".repeat(512 * 1024);
  const socket = await upgraded(path, token);
  socket.pause();
  const request = (id: number, method: string, params: object) =>
    frame(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, method, params })));
  const greeting = request(0, "initialize", { protocol: 1, client: { name: "test", version: "1" } });
  const usage = Array.from({ length: 12 }, (_, id) => request(id, "session/usage", { sessionId: "s" }));
  const nonsense = Array.from({ length: 4_000 }, () => frame(Buffer.from("{}")));
  const python = request(99, "session/python", { sessionId: "s", code: "1" });
  socket.write(Buffer.concat([greeting, ...usage, ...nonsense, python]));
  const look = () => http.get("/health");
  while (hub.asked.length < 8) await look();
  await look();
  const begun = hub.asked.length;
  expect(begun).toBeLessThan(12);
  socket.destroy();
  for (let n = 0; n < 5; n++) await look();
  expect(hub.asked).toHaveLength(begun);
  expect(logged.filter((line) => line.startsWith("error"))).toEqual([]);
});

test("answers do not count against a link, frames that wait do", async () => {
  const { greeted, hub } = await serve();
  hub.answers["session/usage"] = () => "x".repeat(2 * 1024 * 1024);
  const client = await greeted();
  await client.ask("session/attach", { sessionId: "s" });
  const [link] = hub.links;
  client.socket.pause();
  client.request("session/usage", { sessionId: "s" });
  while (hub.asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
  expect(link?.unsent()).toBeLessThan(64 * 1024);
  const warning = Buffer.from(
    JSON.stringify({ jsonrpc: "2.0", method: "session/warning", params: { x: "y".repeat(100_000) } }),
  );
  for (let n = 0; n < 20; n++) link?.send(warning);
  expect(link?.unsent()).toBeGreaterThan(1_900_000);
  client.socket.resume();
});

const upgrade = (token: string) =>
  `GET /api/v1/ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nauthorization: Bearer ${token}\r\n` +
  `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString("base64")}\r\nsec-websocket-protocol: daimon.v1\r\n\r\n`;

/** A frame as RFC 6455 has it, masked with zeros. */
function frame(payload: Buffer, opcode = 1): Buffer {
  const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length, 0, 0, 0, 0]), payload]);
}

async function upgraded(path: string, token: string): Promise<Socket> {
  const socket = connectRaw(path);
  socket.on("error", () => undefined); // it may be hung up on in the middle of writing
  socket.write(upgrade(token));
  await once(socket, "data");
  return socket;
}

test("10,000 malformed messages on well-formed frames: each is answered, nothing is kept", async () => {
  const { path, token, http, greeted, hub } = await serve();
  const malformed = (): Buffer => {
    const kind = randomInt(6);
    if (kind === 0) return frame(Buffer.from("[".repeat(randomInt(1, 2000))));
    if (kind === 1)
      return frame(Buffer.from(`{"jsonrpc":"2.0","id":${randomInt(9)},"method":"session/list","params":{"x":`));
    if (kind === 2)
      return frame(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method: randomBytes(9).toString("hex") })));
    if (kind === 3) return frame(randomBytes(randomInt(40)), 2);
    if (kind === 4) return frame(Buffer.from(JSON.stringify(randomBytes(20).toString("base64"))));
    return frame(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: null, method: {}, params: [1, { a: [] }] })));
  };
  const round = async (frames: number) => {
    const socket = await upgraded(path, token);
    let bytes = 0;
    socket.on("data", (data: Buffer) => (bytes += data.length));
    socket.write(Buffer.concat(Array.from({ length: frames }, malformed)));
    // The pong comes behind the answers to all of it.
    socket.end(frame(Buffer.from("last"), 9));
    await once(socket, "close");
    expect(bytes).toBeGreaterThan(frames * 50);
  };
  for (let warm = 0; warm < 4; warm++) await round(250);
  const before = memory();
  for (let n = 0; n < 40; n++) await round(250);
  expect(memory() - before).toBeLessThan(32 * 1024 * 1024);
  expect(hub.asked).toEqual([]);
  expect(hub.links.size).toBe(0);
  await http.get("/api/v1/status").expect(200);
  await greeted();
});

test("10,000 frames of noise on 1,000 connections: no crash, and no connection stays", async () => {
  const { path, token, http, greeted, logged } = await serve();
  const round = async () => {
    const socket = await upgraded(path, token);
    for (let n = 0; n < 10; n++) socket.write(randomBytes(randomInt(2, 60)));
    socket.end();
    await once(socket, "close");
  };
  const rounds = async (count: number) => {
    for (let n = 0; n < count; n += 20) await Promise.all(Array.from({ length: 20 }, round));
  };
  await rounds(200);
  const before = memory();
  await rounds(1_000);
  expect(memory() - before).toBeLessThan(48 * 1024 * 1024);
  await http.get("/api/v1/status").expect(200);
  // All 64 places are free again.
  await Promise.all(Array.from({ length: 64 }, () => greeted()));
  expect(logged.filter((line) => line.startsWith("error"))).toEqual([]);
});

function memory(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

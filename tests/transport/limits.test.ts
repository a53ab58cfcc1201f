import { once } from "node:events";
import { connect as connectRaw, type Socket } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { request, send } from "./raw.ts";
import { serve } from "./serve.ts";

/** What one client, or many, may ask of a TCP address before somebody says stop. */

async function world(settings: { rate?: number } = {}, limits?: { patience?: number; most?: number }) {
  const served = await serve();
  const address = await served.tcp(settings, limits);
  const port = Number(new URL(address).port);
  const to = { host: "127.0.0.1", port };
  const get = (token: string, path = "/api/v1/status", ...more: string[]) =>
    send(
      to,
      request(`GET ${path} HTTP/1.1`, [
        `Host: 127.0.0.1:${port}`,
        `Authorization: Bearer ${token}`,
        "Connection: close",
        ...more,
      ]),
    );
  return { ...served, address, port, to, get };
}

const errorIn = (text: string) => JSON.parse(text.slice(text.indexOf("{"))).error;

test("who tries tokens waits longer for each answer, and keeps nobody else out by it", async () => {
  const { get, clock, token } = await world();
  for (let n = 0; n < 5; n++) expect((await get("dmn_wrong")).status).toBe(401);
  expect(clock.waiting).toBe(0);
  for (const ms of [250, 500, 1000, 2000, 4000, 5000, 5000]) {
    let answered = false;
    const sixth = get("dmn_wrong").finally(() => (answered = true));
    while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await get(token)).status).toBe(200);
    clock.pass(ms - 1);
    expect((await get(token)).status).toBe(200);
    expect([ms, answered]).toEqual([ms, false]);
    clock.pass(1);
    expect((await sixth).status).toBe(401);
  }
  // After a quiet minute nothing is held against them.
  clock.pass(60_000);
  expect((await get("dmn_wrong")).status).toBe(401);
});

test("who tries many tokens at once is told to wait, and holds no more than a few requests open", async () => {
  const { get, clock, token } = await world();
  const tried = Array.from({ length: 60 }, () => get("dmn_wrong"));
  while (clock.waiting < 16) await new Promise((resolve) => setImmediate(resolve));
  expect((await get(token)).status).toBe(200);
  expect(clock.waiting).toBe(16);
  clock.pass(5000);
  const all = await Promise.all(tried);
  const crowd = all.filter(({ status }) => status === 429);
  expect(crowd).toHaveLength(60 - 5 - 16);
  expect(crowd[0]?.text).toMatch(/\r\nretry-after: 5\r\n/);
  expect(errorIn(crowd[0]!.text)).toMatchObject({ code: "overloaded", retry: true });
});

test("a token that asks too much is told to ask more slowly; others and the socket go on", async () => {
  const { get, clock, token, observer, http } = await world({ rate: 2 });
  for (let n = 0; n < 4; n++) expect((await get(token)).status).toBe(200);
  const { status, text } = await get(token);
  expect(status).toBe(429);
  expect(text).toMatch(/\r\nretry-after: 1\r\n/);
  expect(errorIn(text)).toMatchObject({ code: "overloaded", retry: true, message: expect.stringContaining("2 times") });
  expect((await get(observer)).status).toBe(200);
  await http.get("/api/v1/status").expect(200);
  clock.pass(500);
  expect([(await get(token)).status, (await get(token)).status]).toEqual([200, 429]);
});

test("over a WebSocket the same holds, but for what stops and releases", async () => {
  const { address, token, hub } = await world({ rate: 2 });
  hub.answers["session/interrupt"] = () => ({ seq: 1, target: "turn", id: 1 });
  const socket = new WebSocket(`${address.replace("http", "ws")}/api/v1/ws`, ["daimon.v1"], {
    headers: { authorization: `Bearer ${token}` },
  });
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  const ask = async (id: number, method: string, params: object) => {
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return JSON.parse(String((await once(socket, "message"))[0]));
  };
  await ask(0, "initialize", { protocol: 1, client: { name: "t", version: "1" } });
  const codes: string[] = [];
  for (let id = 1; id < 6; id++) codes.push((await ask(id, "daemon/status", {})).error?.data.code ?? "ok");
  expect(codes).toEqual(["ok", "ok", "ok", "overloaded", "overloaded"]);
  expect((await ask(9, "session/interrupt", { sessionId: "s" })).result).toBeDefined();
});

test("who says nothing, or says it drop by drop, is shown the door", async () => {
  const { to, port, http } = await world({}, { patience: 40 });
  const head = `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
  for (const beginning of ["", "G", head, `${head}X: `]) {
    const socket = connectRaw(to);
    socket.on("error", () => undefined);
    socket.write(beginning);
    const text = await textOf(socket); // ends only when the other side hangs up
    expect(text.slice(0, 12)).toBe("HTTP/1.1 408");
    expect(errorIn(text).message).toContain("in time");
  }
  await http.get("/api/v1/status").expect(200);
});

test("a crowd is answered as such, in words, and the daemon goes on when it leaves", async () => {
  const { to, get, token, http } = await world({}, { most: 20 });
  const open: Socket[] = [];
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
  });
  const join = async () => {
    const socket = connectRaw(to);
    socket.on("error", () => undefined);
    open.push(socket);
    await once(socket, "connect");
    return socket;
  };
  for (let n = 0; n < 20; n++) await join();
  const more = await textOf(await join());
  expect(more).toMatch(/^HTTP\/1\.1 503 Refused\r\n/);
  expect(more).toMatch(/\r\nretry-after: 1\r\n/);
  expect(errorIn(more)).toMatchObject({ code: "overloaded", retry: true });
  // A thousand at once, of which many are not even heard.
  const crowd = await Promise.allSettled(Array.from({ length: 1000 }, join));
  expect(crowd.length).toBe(1000);
  await http.get("/api/v1/status").expect(200);
  for (const socket of open.splice(0)) socket.destroy();
  for (let status = 503; status !== 200; status = (await get(token)).status);
});

test("headers and bodies are bounded, and what is no JSON is refused as such", async () => {
  const { to, port, token, hub, get } = await world();
  expect((await get(token, "/health", `X: ${"y".repeat(17_000)}`)).status).toBe(413);
  const post = (path: string, type: string, body: string) =>
    send(
      to,
      request(
        `POST ${path} HTTP/1.1`,
        [
          `Host: 127.0.0.1:${port}`,
          `Authorization: Bearer ${token}`,
          `Content-Type: ${type}`,
          `Content-Length: ${Buffer.byteLength(body)}`,
          "Connection: close",
        ],
        body,
      ),
    );
  hub.answers["session/create"] = () => ({});
  hub.answers["session/input"] = () => ({ seq: 1, inputId: 1 });
  const mega = JSON.stringify({ cwd: "/", title: "x".repeat(1024 * 1024) });
  expect(errorIn((await post("/api/v1/sessions", "application/json", mega)).text).code).toBe("too_large");
  // A text for people or for Python may be longer.
  const long = JSON.stringify({ text: "x".repeat(1024 * 1024) });
  expect((await post("/api/v1/sessions/s/inputs", "application/json", long)).status).toBe(202);
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/json",
  ]) {
    const { status, text } = await post("/api/v1/sessions", type, '{"cwd":"/"}');
    expect([type, status, errorIn(text).code]).toEqual([type, 415, "invalid"]);
  }
  expect(hub.asked.map(({ method }) => method)).toEqual(["session/input"]);
});

test("a daemon that leaves says so, and when to come again", async () => {
  const { transport, get, token } = await world();
  transport.drain();
  for (const path of ["/health", "/api/v1/status"]) {
    const { status, text } = await get(token, path);
    expect([status, errorIn(text).code]).toEqual([503, "draining"]);
    expect(text).toMatch(/\r\nretry-after: 1\r\n/);
  }
});

test("when the transport closes nobody stays on its address, and it is free again", async () => {
  const { transport, to } = await world();
  const idle = connectRaw(to);
  idle.on("error", () => undefined);
  await once(idle, "connect");
  const gone = once(idle, "close");
  await transport.close();
  await gone;
  await expect(once(connectRaw(to), "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

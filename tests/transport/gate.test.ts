import { stat } from "node:fs/promises";
import { connect as connectRaw } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { expect, test } from "vitest";
import { serve } from "./serve.ts";

const refusedUpgrade = (status: number, code: string) =>
  expect.objectContaining({ status, body: { error: expect.objectContaining({ code }) } });

test("everything but /health asks for the token, also what does not exist", async () => {
  const { bare, hub } = await serve();
  const health = await bare.get("/health").expect(200);
  expect(health.body).toMatchObject({ ok: true, protocol: 1 });
  for (const path of [
    "/api/v1/status",
    "/api/v1/sessions",
    "/api/v1/blobs/x",
    "/",
    "/nowhere",
    "/health/x",
    "/HEALTH",
  ]) {
    const { body } = await bare.get(path).expect(401);
    expect(body.error.code).toBe("unauthorized");
  }
  await bare.post("/api/v1/sessions").send({ cwd: "/" }).expect(401);
  await bare.options("/api/v1/sessions").set("origin", "http://localhost:3000").expect(401);
  expect(hub.asked).toEqual([]);
});

test("a wrong token gets the very answer that no token gets", async () => {
  const { bare, token } = await serve();
  const none = await bare.get("/api/v1/status").expect(401);
  const wrong = [
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token}x`,
    `Bearer ${token.toUpperCase()}`,
    `Basic ${token}`,
    "Bearer",
    `Bearer ${"x".repeat(5000)}`,
    token,
  ];
  for (const authorization of wrong) {
    const answer = await bare.get("/api/v1/status").set("authorization", authorization).expect(401);
    expect(answer.text).toBe(none.text);
    expect(Object.keys(answer.headers)).toEqual(Object.keys(none.headers));
  }
  await bare.get(`/api/v1/status?token=${token}`).expect(401);
  await bare.get("/api/v1/status").set("cookie", `token=${token}`).expect(401);
  await bare.get("/api/v1/status").set("authorization", `bearer  ${token}`).expect(200);
});

test("a WebSocket brings its token in a header or in a subprotocol that is never echoed", async () => {
  const { connect, token } = await serve();
  const { socket } = await connect();
  expect(socket.protocol).toBe("daimon.v1");
  // Compression costs four times what it saves on one machine.
  expect(socket.extensions).toBe("");
  expect((await connect({}, ["daimon.v1", `daimon.auth.${token}`])).socket.protocol).toBe("daimon.v1");
  expect((await connect({}, [`daimon.auth.${token}`, "daimon.v1"])).socket.protocol).toBe("daimon.v1");
  await expect(connect({}, ["daimon.v1"])).rejects.toEqual(refusedUpgrade(401, "unauthorized"));
  await expect(connect({}, ["daimon.v1", "daimon.auth.dmn_x"])).rejects.toEqual(refusedUpgrade(401, "unauthorized"));
  // The subprotocol is what a browser can set: a wrong one is not saved by a header.
  await expect(connect({ authorization: `Bearer ${token}` }, ["daimon.v1", "daimon.auth.no"])).rejects.toEqual(
    refusedUpgrade(401, "unauthorized"),
  );
});

test("a token that may only look is told what it lacks, on every door", async () => {
  const { bare, connect, observer, hub, stops } = await serve();
  hub.answers["session/get"] = () => ({});
  const looking = (url: string) => bare.get(url).set("authorization", `Bearer ${observer}`);
  await looking("/api/v1/status").expect(200);
  await looking("/api/v1/sessions/s").expect(200);
  expect(hub.asked[0]?.caller).toEqual({ role: "observe", actor: { principal: "guest", client: "http" } });
  const put = await bare.put("/api/v1/blobs").set("authorization", `Bearer ${observer}`).send("x").expect(403);
  expect(put.body.error).toMatchObject({
    code: "forbidden",
    message: "blob/put needs the role operate; you have observe",
  });
  const client = await connect({ authorization: `Bearer ${observer}` });
  const greeting = await client.ask("initialize", { protocol: 1, client: { name: "t", version: "1" } });
  expect(greeting.result).toMatchObject({ role: "observe", principal: "guest" });
  expect((await client.ask("daemon/stop", {})).error.data.code).toBe("forbidden");
  expect((await client.ask("session/input", { sessionId: "s", text: "x" })).error.data.code).toBe("forbidden");
  expect(stops()).toBe(0);
  expect(hub.asked).toHaveLength(1);
});

test("a client of another protocol generation is told which one is spoken here", async () => {
  const { connect, token } = await serve();
  const other = connect({ authorization: `Bearer ${token}` }, ["daimon.v9"]);
  await expect(other).rejects.toEqual(refusedUpgrade(426, "version"));
  await expect(other).rejects.toThrow("this daemon speaks daimon.v1, not daimon.v9");
});

test("the 65th connection is refused, and taken once another has left", async () => {
  const { connect, greeted } = await serve();
  const clients = await Promise.all(Array.from({ length: 64 }, () => greeted()));
  await expect(connect()).rejects.toEqual(refusedUpgrade(503, "overloaded"));
  clients[0]?.socket.close();
  await clients[0]?.closed;
  await greeted();
});

test("only this user may reach the socket", async () => {
  const { path } = await serve();
  const { mode } = await stat(path);
  expect(mode & 0o777).toBe(0o600);
});

test("an upgrade that is refused leaves no connection open, whatever it was refused for", async () => {
  const { path, token } = await serve();
  for (const [target, authorization, status] of [
    ["/api/v1/ws", "", "401"],
    ["/%zz", "", "400"],
    ["/nowhere", "", "401"],
    ["/nowhere", `authorization: Bearer ${token}\r\n`, "404"],
  ] as const) {
    const socket = connectRaw(path);
    socket.write(
      `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${authorization}\r\n`,
    );
    const answer = await textOf(socket); // ends only when the other side hangs up
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
  }
});

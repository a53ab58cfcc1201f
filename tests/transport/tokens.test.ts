import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { expect, test } from "vitest";
import { serve } from "./serve.ts";

const greeting = { protocol: 1, reducer: 1, client: { name: "test", version: "1" } };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test("a token made over HTTP is shown once, opens what its role allows, and is told of without itself", async () => {
  const { http, bare, hub } = await serve();
  hub.answers["session/get"] = () => ({});
  const made = await http.post("/api/v1/tokens").send({ role: "observe", name: "ci", ttl: 60 }).expect(201);
  expect(made.body).toMatchObject({ name: "ci", role: "observe", token: expect.stringMatching(/^dmn_/) });
  const as = bearer(made.body.token);
  await bare.get("/api/v1/sessions/s").set(as).expect(200);
  expect(hub.asked.at(-1)?.caller).toEqual({ role: "observe", actor: { principal: "ci", client: "http" } });
  const listed = await http.get("/api/v1/tokens").expect(200);
  expect(listed.body.tokens.map(({ name }: { name: string }) => name)).toEqual(["owner", "guest", "ci"]);
  expect(listed.text).not.toContain("dmn_");
  await bare.get("/api/v1/tokens").set(as).expect(403);
  const renewed = await http.post("/api/v1/tokens/ci/rotate").expect(200);
  await bare.get("/api/v1/sessions/s").set(as).expect(401);
  await bare.get("/api/v1/sessions/s").set(bearer(renewed.body.token)).expect(200);
  await http.delete(`/api/v1/tokens/${made.body.id}`).expect(200);
  await bare.get("/api/v1/sessions/s").set(bearer(renewed.body.token)).expect(401);
});

test("in the moment a token is revoked its connections hear nothing more, and are closed with 4401", async () => {
  const { connect, tokens, hub } = await serve();
  const { token } = tokens.create({ role: "operate", name: "ci" });
  const client = await connect(bearer(token));
  await client.ask("initialize", greeting);
  await client.ask("session/attach", { sessionId: "s" });
  hub.notify("session/warning", { sessionId: "s", message: "one" });
  expect(await client.next()).toMatchObject({ params: { message: "one" } });
  const [link] = hub.links;
  // Its answer is under way when the token goes: what was asked before is not answered after.
  client.request("session/input", { sessionId: "s", text: "x" });
  while (hub.asked.length < 2) await new Promise((resolve) => setImmediate(resolve));

  tokens.revoke("ci");
  expect(hub.links.size).toBe(0);
  link?.send(Buffer.from('{"jsonrpc":"2.0","method":"session/warning","params":{"message":"two"}}'));
  const heard = client.messages.length;
  client.request("session/input", { sessionId: "s", text: "y" });
  const { code, reason } = await client.closed;
  expect(code).toBe(4401);
  expect(reason).toContain("good no longer");
  expect(client.messages).toHaveLength(heard);
  expect(hub.asked).toHaveLength(2);
  await expect(connect(bearer(token))).rejects.toMatchObject({ status: 401 });
});

test("who takes back the token it came with still gets the answer, then the door", async () => {
  const { connect, greeted, tokens, http } = await serve();
  const { token } = tokens.create({ role: "admin", name: "ci" });
  const client = await connect(bearer(token));
  await client.ask("initialize", greeting);
  const other = await greeted();
  const rotated = await client.ask("token/rotate", { token: "ci" });
  expect(rotated.result.token).toMatch(/^dmn_/);
  expect((await client.closed).code).toBe(4401);
  expect((await other.ask("token/list")).result.tokens).toHaveLength(3);
  // The home's own: it goes for everybody who has it.
  const owner = await other.ask("token/rotate", { token: "owner" });
  expect(owner.result).toEqual({ id: "owner", name: "owner", role: "admin", file: expect.any(String) });
  expect((await other.closed).code).toBe(4401);
  await http.get("/api/v1/status").expect(401);
});

test("a token that runs out closes what it opened", async () => {
  const { connect, tokens, tokenClock } = await serve();
  const { token } = tokens.create({ role: "observe", ttl: 60 });
  const client = await connect(bearer(token));
  await client.ask("initialize", greeting);
  tokenClock.pass(60_000);
  expect((await client.closed).code).toBe(4401);
});

test("a stream of events and a wait end with the token they were asked with", async () => {
  const { path, tokens, hub } = await serve();
  const { token } = tokens.create({ role: "operate", name: "ci" });
  hub.answers["session/input"] = () => ({ seq: 0, inputId: 0 });
  const get = request({
    socketPath: path,
    path: "/api/v1/sessions/s/events",
    headers: { ...bearer(token), accept: "text/event-stream" },
  }).end();
  const [stream] = (await once(get, "response")) as [IncomingMessage];
  stream.resume();
  const post = request({
    socketPath: path,
    method: "POST",
    path: "/api/v1/sessions/s/inputs?wait=true",
    headers: { ...bearer(token), "content-type": "application/json" },
  }).end('{"text":"x"}');
  const answered = once(post, "response") as Promise<[IncomingMessage]>;
  while (!hub.asked.some(({ method }) => method === "session/input")) await new Promise((r) => setImmediate(r));
  tokens.revoke("ci");
  await once(stream, "end");
  const [waited] = await answered;
  waited.resume();
  expect(waited.statusCode).toBe(401);
  await hub.alone();
});

test("a token for some sessions alone: the others are not there, and what reaches beyond is refused", async () => {
  const { connect, bare, tokens, hub } = await serve();
  for (const method of ["session/get", "session/answer", "rule/list", "session/list"] as const)
    hub.answers[method] = () => ({});
  const { token } = tokens.create({ role: "admin", sessions: ["mine"], name: "ci" });
  const client = await connect(bearer(token));
  await client.ask("initialize", greeting);
  const codeOf = async (method: string, params: object) => (await client.ask(method, params)).error?.data.code ?? "ok";
  const theirs = { sessionId: "theirs" };
  const mine = { sessionId: "mine" };
  expect(await codeOf("session/get", mine)).toBe("ok");
  expect(await codeOf("session/attach", mine)).toBe("ok");
  expect(await codeOf("rule/list", mine)).toBe("ok");
  expect(await codeOf("session/answer", { ...mine, askId: 1, allow: true, scope: "session" })).toBe("ok");
  expect(hub.asked.at(-1)?.caller).toMatchObject({ sessions: ["mine"] });
  const asked = hub.asked.length;
  for (const [method, params] of [
    ["session/get", theirs],
    ["session/attach", theirs],
    ["session/events", theirs],
    ["session/delete", theirs],
    ["rule/list", theirs],
  ] as const)
    expect([method, await codeOf(method, params)]).toEqual([method, "not_found"]);
  for (const [method, params] of [
    ["session/create", { cwd: "/" }],
    ["session/create", { cwd: "/", id: "mine" }],
    ["session/trust", { ...mine, folder: "/" }],
    ["session/answer", { ...mine, askId: 1, allow: true, scope: "always" }],
    ["session/answer", { ...mine, askId: 1, allow: true, scope: "project" }],
    ["rule/list", {}],
    ["usage", {}],
    ["token/list", {}],
    ["token/create", { role: "admin" }],
    ["config/get", {}],
    ["daemon/stop", {}],
  ] as const)
    expect([method, await codeOf(method, params)]).toEqual([method, "forbidden"]);
  expect(hub.asked).toHaveLength(asked);
  await bare.get("/api/v1/sessions/theirs").set(bearer(token)).expect(404);
  await bare.get("/api/v1/sessions/theirs/events").set(bearer(token)).set("accept", "text/event-stream").expect(404);
  await bare.get("/api/v1/sessions/mine").set(bearer(token)).expect(200);
});

test("a status names no session to who may not see all", async () => {
  const { http, bare, tokens, hub } = await serve();
  hub.counts = () => ({ sessions: 1, live: 1, kernels: 0, attachments: 0, trouble: ["session theirs cannot be read"] });
  const { token } = tokens.create({ role: "observe", sessions: ["mine"] });
  expect((await http.get("/api/v1/status")).body.trouble).toHaveLength(1);
  expect((await bare.get("/api/v1/status").set(bearer(token))).body.trouble).toEqual([]);
});

test("a token in an address is refused with why, also where the header has a good one", async () => {
  const { bare, http, token } = await serve();
  for (const url of [`/api/v1/status?token=x`, `/api/v1/status?q=${token}`, `/api/v1/sessions/${token}`]) {
    expect((await bare.get(url).expect(401)).body.error.message).toContain("logs and histories");
    expect((await http.get(url).expect(401)).text).not.toContain(token);
  }
});

import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { expect, test } from "vitest";
import { commands, type Row } from "../../packages/protocol/src/schema/index.ts";
import { DaimonError, errorCodes, type ErrorCode } from "../../packages/protocol/src/index.ts";
import { serve } from "./serve.ts";

const table = Object.entries<Row>(commands);

test("every row of the command table has its HTTP route, or says why not", async () => {
  const { http, hub } = await serve();
  for (const [method, row] of table) {
    if (!row.http) {
      expect({ method, why: row.wireOnly }).toEqual({ method, why: expect.any(String) });
      continue;
    }
    hub.answers[method as keyof typeof commands] ??= () => ({});
    const { verb, path } = row.http;
    const url = path
      .replace("{sessionId}", "s1")
      .replace("{askId}", "7")
      .replace("{inputId}", "8")
      .replace("{name}", "get_type");
    // Without a body most of them lack something: what matters is that somebody is there who says so.
    const answer = await http[verb.toLowerCase() as "get"](url);
    expect(`${verb} ${url}: ${answer.body.error?.message ?? ""}`).not.toContain(`: there is no ${verb} `);
  }
});

test("parameters come from the path, the query and the body, each in its own type", async () => {
  const { http, hub } = await serve();
  for (const method of ["session/answer", "session/history", "session/cancel", "session/capability"] as const)
    hub.answers[method] = () => ({});
  await http.post("/api/v1/sessions/s%2E1/asks/7").send({ allow: true, digest: "d" }).expect(200);
  await http.get("/api/v1/sessions/s/history?before=12&limit=5").expect(200);
  await http.delete("/api/v1/sessions/s/inputs/8").expect(200);
  await http.post("/api/v1/sessions/s/capabilities/get_type").send({ arg: "x" }).expect(200);
  expect(hub.asked.map(({ params }) => params)).toEqual([
    { sessionId: "s.1", askId: 7, allow: true, digest: "d" },
    { sessionId: "s", before: 12, limit: 5 },
    { sessionId: "s", inputId: 8 },
    { sessionId: "s", name: "get_type", arg: "x" },
  ]);
  expect(hub.asked[0]?.caller).toEqual({ role: "admin", actor: { principal: "owner", client: "http" } });
});

test("a created session is answered with 201, an input with 202, each with what the hub said", async () => {
  const { http, hub } = await serve();
  hub.answers["session/create"] = () => ({ id: "s", title: "t" });
  hub.answers["session/input"] = () => ({ seq: 2, inputId: 2 });
  expect((await http.post("/api/v1/sessions").send({ cwd: "/" }).expect(201)).body).toEqual({ id: "s", title: "t" });
  expect((await http.post("/api/v1/sessions/s/inputs").send({ text: "x" }).expect(202)).body).toEqual({
    seq: 2,
    inputId: 2,
  });
});

test.each([
  ["/api/v1/sessions/..%2F..%2Fx/history", 'params.sessionId must match pattern "^[A-Za-z0-9_-][A-Za-z0-9._-]*$"'],
  ["/api/v1/sessions/s/history?before=soon", "params.before must be an integer"],
  ["/api/v1/sessions/s/history?before=1.5", "params.before must be an integer"],
  ["/api/v1/sessions/s/history?before=-1", "params.before must be at least 0"],
  ["/api/v1/sessions/s/history?limit=0", "params.limit must be at least 1"],
  ["/api/v1/sessions/s/history?limit=5&limit=6", "params.limit must be an integer"],
  ["/api/v1/sessions/s/history?befor=5", 'params.befor is not known; did you mean "before"?'],
  ["/api/v1/sessions/s/history?sessionId=t", "sessionId is given twice; leave it out of the query"],
  ["/api/v1/sessions/s/history?__proto__=t", "params.__proto__ is not known; known: sessionId, before, limit"],
  ["/api/v1/sessions/%ff/history", expect.any(String)],
  ["/api/v1/sessions/s/events?after=x", "params.after must be an integer"],
])("GET %s is refused with what is wrong", async (url, message) => {
  const { http, hub } = await serve();
  const { body } = await http.get(url).expect(400);
  expect(body.error).toEqual(expect.objectContaining({ code: "invalid", retry: false, message }));
  expect(hub.asked).toEqual([]);
});

test.each([
  ["application/json", "{", /this is not JSON/],
  ["application/json", "[".repeat(100_000), /nested more than 32 levels/],
  ["application/json", "[]", /the body must be a JSON object/],
  ["application/json", "7", /the body must be a JSON object/],
  ["application/json", Buffer.from([0x7b, 0xff, 0x7d]), /not valid UTF-8/],
  ["application/json", '{"text":5}', /params.text must be a string/],
  ["application/json", '{"text":"x","sessionId":"t"}', /sessionId is given twice/],
  ["application/json", '{"text":"x","__proto__":{"delivery":"steer"}}', /__proto__ is not known/],
  ["application/json", "", /params needs "text"/],
  ["text/plain", "hello", /the body must be JSON/],
  ["application/x-www-form-urlencoded", "text=hello", /the body must be JSON/],
])("a body of %s that reads %s is refused with what is wrong", async (type, body, message) => {
  const { http, hub } = await serve();
  const sent = http.post("/api/v1/sessions/s/inputs").set("content-type", type);
  // A Buffer is what supertest sends as it is.
  sent.serialize((raw: unknown) => raw as string);
  const answer = await sent.send(body).expect(type === "application/json" ? 400 : 415);
  expect(answer.body.error).toMatchObject({ code: "invalid", message: expect.stringMatching(message) });
  expect(hub.asked).toEqual([]);
});

test("Idempotency-Key is opId by HTTP's name; two that differ, or one where a retry would be done again, are refused", async () => {
  const { http, hub } = await serve();
  hub.answers["session/input"] = () => ({ seq: 2, inputId: 2 });
  hub.answers["session/get"] = () => ({});
  const ask = (body: object, key = "k1") =>
    http
      .post("/api/v1/sessions/s/inputs")
      .set("idempotency-key", key)
      .send({ text: "x", ...body });
  await ask({}).expect(202);
  await ask({ opId: "k1" }).expect(202);
  expect(hub.asked.map(({ params }) => params["opId"])).toEqual(["k1", "k1"]);
  expect((await ask({ opId: "k2" }).expect(400)).body.error.message).toContain("differ");
  expect((await ask({}, "x".repeat(101)).expect(400)).body.error.message).toContain(
    "params.opId must have at most 100",
  );
  const token = http.post("/api/v1/tokens").set("idempotency-key", "k1").send({ role: "observe" });
  expect((await token.expect(400)).body.error.message).toContain("takes no Idempotency-Key");
  // Looking twice is looking once.
  await http.get("/api/v1/sessions/s").set("idempotency-key", "k1").expect(200);
  expect(hub.asked).toHaveLength(3);
});

test("what has no parameters needs no body", async () => {
  const { http, hub } = await serve();
  hub.answers["session/interrupt"] = () => ({ seq: 1, target: "turn", id: 1 });
  await http.post("/api/v1/sessions/s/interrupt").expect(200);
  await http.post("/api/v1/sessions/s/interrupt").set("content-type", "application/json").expect(200);
  expect(hub.asked.map(({ params }) => params)).toEqual([{ sessionId: "s" }, { sessionId: "s" }]);
});

test("a body of 20 MB is refused with a sentence, and the asker hears it", async () => {
  const { http, hub } = await serve();
  const answer = await http.post("/api/v1/sessions/s/inputs").send({ text: "x".repeat(20 * 1024 * 1024) });
  expect(answer.status).toBe(413);
  expect(answer.body.error).toMatchObject({ code: "too_large", message: expect.stringContaining("blob") });
  expect(hub.asked).toEqual([]);
});

test("every refusal travels with the status of its code", async () => {
  const { http, hub } = await serve();
  for (const [code, { status, retry }] of Object.entries(errorCodes)) {
    hub.answers["session/get"] = () => {
      throw new DaimonError(code as ErrorCode, "so it is; do this", { details: { more: 1 } });
    };
    const { body } = await http.get("/api/v1/sessions/s").expect(status);
    expect(body).toEqual({ error: { code, retry, message: "so it is; do this", details: { more: 1 } } });
  }
});

test("what is not there is said in the form of every other refusal", async () => {
  const { http } = await serve();
  expect((await http.get("/api/v1/sesions").expect(404)).body.error).toMatchObject({
    code: "not_found",
    message: "there is no GET /api/v1/sesions",
  });
  expect((await http.put("/api/v1/sessions").expect(404)).body.error.code).toBe("not_found");
  expect((await http.get("/api/v1/ws").expect(400)).body.error.message).toContain("WebSocket");
});

test("what is no HTTP at all gets an answer and the door", async () => {
  const { path, http } = await serve();
  for (const noise of ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", `GET / HTTP/1.1\r\nx: ${"y".repeat(100_000)}\r\n\r\n`]) {
    const socket = connect(path);
    socket.on("error", () => undefined);
    socket.write(noise);
    const answer = await textOf(socket);
    expect(answer).toMatch(/^HTTP\/1.1 4(00|13) /);
    expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")))).toHaveProperty("error.code");
  }
  await http.get("/api/v1/status").expect(200);
});

test("no answer may be kept by a cache or taken for something else", async () => {
  const { http, bare } = await serve();
  for (const answer of [await http.get("/api/v1/status"), await bare.get("/health"), await bare.get("/nowhere")]) {
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
  }
});

test("a blob comes back as the bytes that were put", async () => {
  const { http } = await serve();
  const bytes = Buffer.from([0, 1, 2, 0xff, 0x0a, 0x7b]);
  const put = await http.put("/api/v1/blobs?name=a.bin").set("content-type", "image/x").send(bytes).expect(201);
  expect(put.body).toMatchObject({
    bytes: 6,
    type: "image/x",
    name: "a.bin",
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  const got = await http.get(`/api/v1/blobs/${put.body.sha256}`).buffer(true).expect(200);
  expect(got.body).toEqual(bytes);
  expect(got.headers["content-type"]).toBe("application/octet-stream");
  expect(got.headers["content-disposition"]).toBe("attachment");
});

test("a blob that looks like JSON is kept as bytes; an empty one is a blob too", async () => {
  const { http } = await serve();
  const json = await http.put("/api/v1/blobs").set("content-type", "application/json").send('{"a": [').expect(201);
  expect(json.body.bytes).toBe(7);
  expect((await http.put("/api/v1/blobs").expect(201)).body.bytes).toBe(0);
});

test.each([
  ["get", "/api/v1/blobs/nonsense", 400, "invalid"],
  ["get", `/api/v1/blobs/${"0".repeat(64)}`, 404, "not_found"],
  ["get", "/api/v1/blobs/..%2f..%2ftoken", 400, "invalid"],
  ["put", "/api/v1/blobs?nam=x", 400, "invalid"],
  ["put", `/api/v1/blobs?name=${"x".repeat(201)}`, 400, "invalid"],
] as const)("%s %s is refused", async (verb, url, status, code) => {
  const { http } = await serve();
  expect((await http[verb](url).expect(status)).body.error.code).toBe(code);
});

test("blobs travel over the WebSocket as base64, and only as that", async () => {
  const { greeted } = await serve();
  const client = await greeted();
  const put = await client.ask("blob/put", { base64: "AAEC", type: "a/b" });
  expect(put.result).toMatchObject({ bytes: 3, type: "a/b" });
  expect((await client.ask("blob/get", { sha256: put.result.sha256 })).result).toEqual({ base64: "AAEC" });
  for (const base64 of ["AAE", "A A=", "not base64!!", "AAEC\n", "=AAA"])
    expect(await client.ask("blob/put", { base64, type: "a/b" })).toMatchObject({
      error: { data: { code: "invalid" } },
    });
});

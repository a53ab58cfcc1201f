import { expect, test } from "vitest";
import { DaimonError, reducerVersion } from "../../packages/protocol/src/index.ts";
import type { Settle } from "../../packages/server/src/core/ports.ts";
import { serve } from "./serve.ts";

/** What a client may send over the WebSocket, and what it is told when that is wrong. */

const refusal = (code: string, message: unknown = expect.any(String)) =>
  expect.objectContaining({
    jsonrpc: "2.0",
    error: { code: -32000, message, data: expect.objectContaining({ code }) },
  });

test("initialize says who the daemon is and whom it takes the client for", async () => {
  const { connect } = await serve();
  const client = await connect();
  const answer = await client.ask("initialize", {
    protocol: 1,
    reducer: reducerVersion,
    client: { name: "t", version: "1" },
  });
  expect(answer.result).toEqual({
    protocol: 1,
    reducer: reducerVersion,
    version: "0.1.0",
    role: "admin",
    principal: "owner",
  });
  expect(await client.ask("initialize", { protocol: 1, client: { name: "t", version: "1" } })).toEqual(
    refusal("conflict"),
  );
});

test("nothing is done for a client that has not said initialize", async () => {
  const { connect, hub } = await serve();
  const client = await connect();
  expect(await client.ask("session/list", {})).toEqual(refusal("invalid", expect.stringContaining('"initialize"')));
  expect(await client.ask("daemon/stop", {})).toEqual(refusal("invalid"));
  expect(hub.asked).toEqual([]);
});

test("a client that does not say initialize within 5 seconds is hung up on with the reason", async () => {
  const { connect, greeted, clock } = await serve();
  const [silent, polite] = [await connect(), await greeted()];
  clock.pass(5_000);
  expect(await silent.closed).toEqual({ code: 4400, reason: expect.stringContaining("initialize") });
  expect(await polite.ask("daemon/status", {})).toHaveProperty("result");
});

test.each([
  [2, "the client speaks protocol 2, this daemon 1: update the daemon"],
  [0, "the client speaks protocol 0, this daemon 1: update the client"],
])("a client of protocol %i is told which side to update", async (protocol, sentence) => {
  const { connect } = await serve();
  const client = await connect();
  // A future protocol may well have other parameters: the version is what counts.
  expect(await client.ask("initialize", { protocol, future: true })).toEqual(refusal("version", sentence));
  expect(await client.closed).toEqual({ code: 4409, reason: sentence });
});

test("a client cannot take itself for the daemon, a task or a plugin", async () => {
  const { connect } = await serve();
  for (const kind of ["daemon", "task", "plugin"]) {
    const client = await connect();
    const params = { protocol: 1, client: { name: "t", version: "1", kind } };
    expect(await client.ask("initialize", params)).toEqual(refusal("forbidden"));
    expect(await client.ask("session/list", {})).toEqual(refusal("invalid"));
  }
});

test("commands reach the hub with the caller that the token and the greeting gave", async () => {
  const { connect, hub } = await serve();
  hub.answers["session/input"] = () => ({ seq: 2, inputId: 2 });
  const client = await connect();
  await client.ask("initialize", { protocol: 1, client: { name: "t", version: "1", kind: "web", user: "Ann" } });
  expect((await client.ask("session/input", { sessionId: "s", text: "hi" })).result).toEqual({ seq: 2, inputId: 2 });
  expect(hub.asked).toMatchObject([
    {
      method: "session/input",
      params: { sessionId: "s", text: "hi" },
      caller: { role: "admin", actor: { principal: "owner", name: "Ann", client: "web" } },
    },
  ]);
});

test.each([
  ["no JSON", "{", /this is not JSON/],
  ["half a frame", '{"jsonrpc":"2.0","id":1,"meth', /this is not JSON/],
  ["nothing", "", /this is not JSON/],
  ["a batch", "[]", /batches are not supported/],
  ["a number", "1", /JSON-RPC/],
  ["null", "null", /JSON-RPC/],
  ["no version", '{"id":1,"method":"session/list"}', /needs "jsonrpc"/],
  ["no id", '{"jsonrpc":"2.0","method":"session/list"}', /needs "id"/],
  ["an id that is an object", '{"jsonrpc":"2.0","id":{},"method":"session/list"}', /id must be an integer or a string/],
  ["a key that is not ours", '{"jsonrpc":"2.0","id":1,"method":"session/list","parms":{}}', /did you mean "params"\?/],
  ["parameters in a list", '{"jsonrpc":"2.0","id":1,"method":"session/list","params":[]}', /params must be an object/],
  ["33 levels", `${'{"a":'.repeat(33)}1${"}".repeat(33)}`, /nested more than 32 levels/],
  ["100,000 levels", "[".repeat(100_000), /nested more than 32 levels/],
  ["brackets behind an escaped quote", `{"a":"\\\\","b":${"[".repeat(40)}}`, /nested more than 32 levels/],
])("a frame with %s is refused with what is wrong, and the connection lives", async (_what, frame, message) => {
  const { greeted, hub } = await serve();
  const client = await greeted();
  client.send(frame);
  expect(await client.next()).toEqual(refusal("invalid", expect.stringMatching(message)));
  expect(await client.ask("daemon/status", {})).toHaveProperty("result");
  expect(hub.asked).toEqual([]);
});

test("brackets within text are text", async () => {
  const { greeted, hub } = await serve();
  hub.answers["session/input"] = () => ({ seq: 1, inputId: 1 });
  const client = await greeted();
  const text = `${"[".repeat(5000)} \\" ${"{".repeat(50)} \\`;
  expect(await client.ask("session/input", { sessionId: "s", text })).toHaveProperty("result");
  expect(hub.asked[0]?.params["text"]).toBe(text);
});

test("what lies side by side is not deep", async () => {
  const { greeted, hub } = await serve();
  hub.answers["session/input"] = () => ({ seq: 1, inputId: 1 });
  const client = await greeted();
  const blobs = Array.from({ length: 32 }, () => ({ sha256: "0".repeat(64), bytes: 1, type: "a/b" }));
  expect(await client.ask("session/input", { sessionId: "s", text: "x", blobs })).toHaveProperty("result");
});

test("a binary frame is refused with what to send instead", async () => {
  const { greeted } = await serve();
  const client = await greeted();
  client.send(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"daemon/status"}'), { binary: true });
  expect(await client.next()).toEqual(refusal("invalid", expect.stringContaining("send JSON-RPC 2.0 as text")));
});

test("a frame over 1 MiB closes with 1009, one of exactly 1 MiB is read", async () => {
  const { greeted, hub } = await serve();
  hub.answers["session/input"] = () => ({ seq: 1, inputId: 1 });
  const client = await greeted();
  const frame = (size: number) => {
    const empty = JSON.stringify({
      jsonrpc: "2.0",
      id: 7,
      method: "session/input",
      params: { sessionId: "s", text: "" },
    });
    return empty.replace('"text":""', `"text":"${"x".repeat(size - empty.length)}"`);
  };
  client.send(frame(1024 * 1024));
  expect(await client.next()).toMatchObject({ id: 7, result: {} });
  client.send(frame(1024 * 1024 + 1));
  expect((await client.closed).code).toBe(1009);
});

test("text that is no UTF-8 closes with 1007", async () => {
  const { greeted } = await serve();
  const client = await greeted();
  client.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
  expect((await client.closed).code).toBe(1007);
});

test.each([
  ["session/lst", {}, "unsupported", 'there is no method "session/lst"; did you mean "session/list"?'],
  ["nonsense/of/mine", {}, "unsupported", 'there is no method "nonsense/of/mine"'],
  ["toString", {}, "unsupported", 'there is no method "toString"'],
  ["__proto__", {}, "unsupported", 'there is no method "__proto__"'],
  ["session/input", {}, "invalid", 'params needs "sessionId" and "text"'],
  ["session/input", { sessionId: "s", text: 5 }, "invalid", "params.text must be a string"],
  ["session/input", { sessionId: "", text: "x" }, "invalid", "params.sessionId must not be empty"],
  [
    "session/input",
    { sessionId: "s".repeat(65), text: "x" },
    "invalid",
    "params.sessionId must have at most 64 characters",
  ],
  [
    "session/input",
    { sessionId: "s", text: "x", delivery: "now" },
    "invalid",
    'params.delivery must be one of "queue", "steer", "reject"',
  ],
  [
    "session/input",
    { sessionId: "s", text: "x", expectTurn: "1" },
    "invalid",
    "params.expectTurn must be an integer or null",
  ],
  ["session/input", { sessionId: "s", txet: "x" }, "invalid", 'params.txet is not known; did you mean "text"?'],
  [
    "session/input",
    { sessionId: "s", text: "x", blobs: [{ sha256: "no", bytes: 1, type: "a" }] },
    "invalid",
    expect.stringContaining("params.blobs.0.sha256"),
  ],
  ["session/list", { limit: 201 }, "invalid", "params.limit must be at most 200"],
  ["session/list", { limit: 1.5 }, "invalid", "params.limit must be an integer"],
])("%s with %j is refused with the place and what is expected", async (method, params, code, message) => {
  const { greeted, hub } = await serve();
  const client = await greeted();
  expect(await client.ask(method, params)).toEqual(refusal(code, message));
  expect(hub.asked).toEqual([]);
});

test("a program is told where in the parameters it went wrong, in the greeting as in any command", async () => {
  const { connect } = await serve();
  const client = await connect();
  const greeting = { protocol: 1, client: { name: "test", version: 1 } };
  const wrongly = await client.ask("initialize", greeting);
  expect(wrongly.error.data.details).toEqual({ path: "params.client.version" });
  await client.ask("initialize", { ...greeting, client: { name: "test", version: "1" } });
  const refused = await client.ask("session/list", { limit: 201 });
  expect(refused.error.data.details).toEqual({ path: "params.limit" });
});

test("a key named __proto__ is a key like any other, and not known", async () => {
  const { greeted } = await serve();
  const client = await greeted();
  client.send('{"jsonrpc":"2.0","id":9,"method":"session/list","params":{"__proto__":{"limit":1}}}');
  expect(await client.next()).toEqual(refusal("invalid", expect.stringContaining("__proto__ is not known")));
});

test("a refusal of the hub arrives with its code, its sentence, its details and whether to retry", async () => {
  const { greeted, hub } = await serve();
  hub.answers["session/get"] = () => {
    throw new DaimonError("busy", "a turn runs; wait for it", { details: { turn: 3 } });
  };
  const client = await greeted();
  const answer = await client.ask("session/get", { sessionId: "s" });
  expect(answer.error).toEqual({
    code: -32000,
    message: "a turn runs; wait for it",
    data: { code: "busy", retry: true, details: { turn: 3 } },
  });
});

test("a bug behind a request is logged, and its words stay in the log", async () => {
  const { greeted, hub, logged } = await serve();
  hub.submit = () => {
    throw new TypeError("secret of the daemon");
  };
  const client = await greeted();
  const answer = await client.ask("session/get", { sessionId: "s" });
  expect(JSON.stringify(answer)).not.toContain("secret of the daemon");
  expect(logged.some((line) => line.startsWith("error"))).toBe(true);
  expect(await client.ask("daemon/status", {})).toHaveProperty("result");
});

test("attachments end with the connection, also one that came about after it was gone", async () => {
  const { greeted, hub } = await serve();
  const client = await greeted();
  await client.ask("session/attach", { sessionId: "s" });
  expect(hub.links.size).toBe(1);
  hub.attach = (link, _params, settle) => {
    late = () => {
      hub.links.add(link);
      (settle as Settle<unknown>).ok({ mode: "view", epoch: 1, seq: 0, open: [] });
    };
    asked();
  };
  let late = () => {};
  let asked = () => {};
  const waiting = new Promise<void>((resolve) => (asked = resolve));
  client.request("session/attach", { sessionId: "t" });
  await waiting;
  client.socket.terminate();
  await hub.alone();
  late();
  expect(hub.links.size).toBe(0);
});

test("frames arrive as they were sent, between answers and in order", async () => {
  const { greeted, hub } = await serve();
  const client = await greeted();
  await client.ask("session/attach", { sessionId: "s" });
  const [link] = hub.links;
  for (let seq = 1; seq <= 3; seq++) hub.notify("session/synced", { sessionId: "s", seq });
  client.request("daemon/status", {});
  const got = [await client.next(), await client.next(), await client.next(), await client.next()];
  expect(got.slice(0, 3).map(({ params }) => params.seq)).toEqual([1, 2, 3]);
  expect(got[3]).toHaveProperty("result");
  expect(link?.unsent()).toBe(0);
  await client.ask("session/detach", { sessionId: "s" });
  expect(hub.links.size).toBe(0);
});

test("a session may close a link with its own code and reason", async () => {
  const { greeted, hub } = await serve();
  const client = await greeted();
  await client.ask("session/attach", { sessionId: "s" });
  for (const link of hub.links) link.close(4408, `too slow ${"é".repeat(200)}`);
  expect(await client.closed).toEqual({ code: 4408, reason: expect.stringContaining("too slow") });
});

test("a client that was told to leave is not listened to any more", async () => {
  const { connect, greeted, hub } = await serve();
  const client = await connect();
  const greeting = { protocol: 1, client: { name: "test", version: "1" } };
  client.request("initialize", { ...greeting, protocol: 2 });
  client.request("initialize", greeting);
  client.request("session/delete", { sessionId: "s" });
  expect((await client.closed).code).toBe(4409);
  await greeted();
  expect(hub.asked).toEqual([]);
});

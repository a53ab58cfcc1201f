import { connect } from "node:net";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { serve } from "./serve.ts";

/** What those who are connected see when the daemon leaves. */

test("a draining daemon refuses what is new and may be asked again later", async () => {
  const { greeted, http, bare, connect: open, transport, hub } = await serve();
  const client = await greeted();
  transport.drain();
  const { error } = await client.ask("session/list", {});
  expect(error.data).toEqual({ code: "draining", retry: true });
  expect((await http.get("/api/v1/status").expect(503)).body.error).toMatchObject({ code: "draining", retry: true });
  expect((await http.put("/api/v1/blobs").expect(503)).body.error.code).toBe("draining");
  expect((await bare.get("/health").expect(503)).body.error.code).toBe("draining");
  await expect(open()).rejects.toMatchObject({ status: 503 });
  expect(hub.asked).toEqual([]);
});

test("who is connected sees what ends, then is told that the daemon leaves", async () => {
  const { greeted, transport, hub, path } = await serve();
  const client = await greeted();
  await client.ask("session/attach", { sessionId: "s" });
  transport.drain();
  hub.notify("session/synced", { sessionId: "s", seq: 7 });
  const closing = transport.close();
  expect(await client.next()).toMatchObject({ method: "session/synced" });
  expect(await client.closed).toEqual({ code: 4410, reason: "the daemon is leaving" });
  await closing;
  expect(hub.links.size).toBe(0);
  expect(existsSync(path)).toBe(false);
});

test("a client that does not say goodbye is hung up on after a second, and does not hold the daemon", async () => {
  const { greeted, http, transport, path, token, hub } = await serve();
  await greeted();
  const stuck = await greeted();
  stuck.socket.pause();
  const idle = connect(path);
  idle.write(`GET /health HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
  await once(idle, "data");
  // One that the session has not answered, and now never will.
  const unanswered = http.get("/api/v1/sessions/s").then(
    () => "answered",
    () => "hung up",
  );
  while (hub.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await transport.close();
  expect(await unanswered).toBe("hung up");
  stuck.socket.resume();
  await stuck.closed;
  if (!idle.closed) await once(idle, "close");
});

test("stop is answered before the daemon goes", async () => {
  const { greeted, stops } = await serve();
  const client = await greeted();
  expect((await client.ask("daemon/stop", {})).result).toEqual({});
  expect(stops()).toBe(1);
});

test("status says what there is to know, tools and models are listed", async () => {
  const { http, clock } = await serve();
  clock.pass(61_500);
  const { body } = await http.get("/api/v1/status").expect(200);
  expect(body).toMatchObject({ pid: process.pid, protocol: 1, uptime: 61.5, sessions: 0, http: null, trouble: [] });
  expect((await http.get("/api/v1/tools").expect(200)).body).toEqual({ tools: [] });
  expect((await http.get("/api/v1/models").expect(200)).body).toEqual({ models: [], unreachable: [] });
});

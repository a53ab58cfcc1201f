import { expect, test } from "vitest";
import type { Method, Role } from "../../packages/protocol/src/index.ts";
import { commands, type Row } from "../../packages/protocol/src/schema/index.ts";
import { serve } from "./serve.ts";

const ladder: readonly Role[] = ["observe", "operate", "approve", "admin"];
const methods = Object.keys(commands) as Method[];
const rows: Record<string, Row> = commands;
const may = (role: Role, least: Role) => ladder.indexOf(role) >= ladder.indexOf(least);

/** Without parameters: who may not ask is refused for that, before anybody looks at what was sent. */
test.each(ladder)("over the WebSocket, %s has what its place on the ladder gives, of every command", async (role) => {
  const { connect, tokens, hub } = await serve();
  for (const method of methods) if (method !== "session/attach") hub.answers[method] ??= () => ({});
  const { token } = tokens.create({ role });
  const got: Record<string, boolean> = {};
  const wanted: Record<string, boolean> = {};
  for (const method of methods) {
    if (method === "initialize") continue; // it is how one begins
    const client = await connect({ authorization: `Bearer ${token}` });
    const greeting = await client.ask("initialize", { protocol: 1, client: { name: "t", version: "1" } });
    expect(greeting.result.role).toBe(role);
    const asked = hub.asked.length;
    const { error } = await client.ask(method, {});
    got[method] = error?.data.code !== "forbidden";
    wanted[method] = may(role, rows[method]!.least);
    if (!wanted[method]) expect(hub.asked).toHaveLength(asked);
    client.socket.terminate();
  }
  expect(got).toEqual(wanted);
});

test.each(ladder)("over HTTP, %s has what its place on the ladder gives, of every route", async (role) => {
  const { bare, tokens, hub } = await serve();
  for (const method of methods) hub.answers[method] ??= () => ({});
  const { token } = tokens.create({ role });
  const got: Record<string, boolean> = {};
  const wanted: Record<string, boolean> = {};
  const look = async (name: string, verb: string, url: string, least: Role) => {
    const asked = hub.asked.length;
    const { status, body } = await bare[verb.toLowerCase() as "get"](url).set("authorization", `Bearer ${token}`);
    expect(status).not.toBe(401);
    got[name] = status !== 403;
    wanted[name] = may(role, least);
    if (!wanted[name]) {
      expect(body.error.message).toContain(`needs the role ${least}; you have ${role}`);
      expect(hub.asked).toHaveLength(asked);
    }
  };
  for (const [method, { http, least }] of Object.entries(rows))
    if (http) await look(method, http.verb, http.path.replaceAll(/\{\w+\}/g, "7"), least);
  await look("blob/put", "PUT", "/api/v1/blobs", "operate");
  await look("blob/get", "GET", `/api/v1/blobs/${"0".repeat(64)}`, "observe");
  expect(got).toEqual(wanted);
});

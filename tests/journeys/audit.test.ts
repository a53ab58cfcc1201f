import { afterAll, beforeAll, expect, test } from "vitest";
import type { Audited } from "../../packages/protocol/src/index.ts";
import type { Client } from "../../packages/protocol/src/client/index.ts";
import { type House, house, type Room } from "../cli/daimon.ts";
import { type Running, startDaemon } from "../daemon-process/start.ts";
import { join, next, until } from "./world.ts";

/** Who let what run, as `daimon audit` tells it. */

const key = "sk-abcdefghijklmnopqrstuvwx";
const add = (line: string) => [[{ call: { tool: "append", input: { line } } }], [{ text: "Done." }]];
const look = [[{ call: { tool: "ls", input: {} } }], [{ text: "Done." }]];
const exit = [[{ call: { tool: "bash", input: { command: "exit 3" } } }], [{ text: "Done." }]];
const script = {
  one: add("one"),
  two: add("two"),
  three: add("three"),
  four: add("four"),
  five: add("five"),
  look,
  exit,
};

let shared: House;
let daemon: Running;
let mia: Client;
beforeAll(async () => {
  shared = await house();
  daemon = await startDaemon({ home: shared.home, script });
  mia = join(daemon, "mia");
});
afterAll(async () => {
  mia.close();
  await shared[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
});

const audit = async (place: Room, ...args: string[]): Promise<Audited[]> =>
  (JSON.parse((await place.daimon(["audit", "--json", ...args])).stdout) as { rows: Audited[] }).rows;
const made = async (place: Room) =>
  (await mia.request("session/create", { cwd: place.work, model: "scripted/script" })).id;

/** A turn of the assistant; what it asks is answered by somebody. */
async function turn(sessionId: string, text: string, answer?: object, who: Client = mia, within?: number) {
  const at = await mia.attach(sessionId);
  const finished = next(at, "call.finished");
  await mia.request("session/input", { sessionId, text, ...(within === undefined ? {} : { answerWithin: within }) });
  if (answer) {
    await until(at, ({ now }) => now.view.asks.length === 1);
    const [ask] = at.now.view.asks;
    await who.request("session/answer", { sessionId, askId: ask?.id ?? 0, digest: ask?.digest ?? "", ...answer });
  }
  await finished;
  await until(at, ({ now }) => now.view.turn.is === "idle");
  await at.detach();
}

test("a whole story: what was asked, who said what, what ran and what let it, how it ended; the newest last", async () => {
  const place = await shared.room();
  const id = await made(place);
  const ben = join(daemon, "ben");
  const by = { principal: "owner", name: "mia", client: "cli" };
  await turn(id, "one", { allow: true }, ben);
  await turn(id, "two", { allow: false, reason: `not with ${key}` });
  await turn(id, "three", undefined, mia, 1);
  await turn(id, "four", { allow: true, scope: "session" });
  await turn(id, "five");
  const { rules } = await mia.request("rule/list", { sessionId: id });
  await mia.request("rule/revoke", { rule: rules[0]?.rule ?? "", sessionId: id });
  await mia.request("session/update", { sessionId: id, mode: "read-only" });
  await turn(id, "one");
  await turn(id, "look");
  ben.close();

  const rows = await audit(place, id);
  const told = rows.map(({ what, by: who, because }) => [what, who.name ?? who.client, because]);
  expect(told).toEqual([
    ["asked", "mia", undefined],
    ["allowed", "ben", undefined],
    ["ran", "mia", expect.stringMatching(/^ask \d+$/)],
    ["asked", "mia", undefined],
    ["denied", "mia", "not with [redacted]"],
    ["asked", "mia", undefined],
    ["denied", "daemon", "nobody answered in time, and that counts as no"],
    ["asked", "mia", undefined],
    ["allowed", "mia", "for session"],
    ["rule added", "mia", expect.stringMatching(/^append@\d+ allows$/)],
    ["ran", "mia", expect.stringMatching(/^ask \d+$/)],
    ["ran", "mia", expect.stringMatching(/^rule append@\d+$/)],
    ["rule removed", "mia", rules[0]?.rule],
    ["denied", "daemon", expect.stringContaining("read-only")],
  ]);
  expect(rows.every(({ tool, session }) => tool === "append" && session === id)).toBe(true);
  expect(rows[2]).toEqual({
    at: expect.any(Number),
    session: id,
    seq: expect.any(Number),
    what: "ran",
    by,
    tool: "append",
    digest: rows[0]?.digest,
    because: expect.any(String),
    ok: true,
  });
  expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).toSorted((a, b) => a - b));
  expect(await audit(place, id, "--limit", "3")).toEqual(rows.slice(-3));
  expect(await audit(place, id, "--tool", "bash")).toEqual([]);
  expect(await audit(place, id, "--tool", "append", "--since", "1h")).toEqual(rows);
  expect(await audit(place, id, "--since", "2999-01-01")).toEqual([]);

  const { stdout } = await place.daimon(["audit", id.slice(0, 8)]);
  const line = stdout.split("\n").find((one) => one.includes("ben"));
  expect(stdout.split("\n")[0]).toMatch(/^when +session +what +tool +by +exit +SHA-256 +because$/);
  expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\w{8} +allowed +append +ben \(owner, cli\) +[0-9a-f]{12}$/);
  expect(stdout).toMatch(/ran +append +ai for mia \(owner, cli\) .*ask \d+\n/);
  expect(stdout).not.toContain(key);
  expect(JSON.stringify(rows)).not.toContain(key);

  // What was decided stays when the session goes.
  await mia.request("session/delete", { sessionId: id });
  expect(await audit(place, id)).toEqual(rows);
});

test("a rule that is kept, and that it was taken back, stand in it too, and what words of people hold acts on no terminal", async () => {
  const place = await shared.room();
  const id = await made(place);
  await turn(id, "one", { allow: false, scope: "always", reason: "\x1b[2Jno\u202e" });
  await turn(id, "one");
  while ((await mia.request("rule/list", {})).rules.length === 0);
  const [rule] = (await mia.request("rule/list", {})).rules;
  await mia.request("rule/revoke", { rule: rule?.rule ?? "" });
  const rows = (await audit(place)).slice(-5);
  expect(rows.map(({ what, session, because }) => [what, session, because])).toEqual([
    ["asked", id, undefined],
    ["denied", id, "for always: \x1b[2Jno\u202e"],
    ["rule added", id, `${rule?.rule} forbids everywhere`],
    ["denied", id, expect.stringContaining(`the rule ${rule?.rule} forbids it`)],
    ["rule removed", undefined, rule?.rule],
  ]);
  const { stdout } = await place.daimon(["audit"]);
  expect(stdout).toContain("for always: no<U+202E>");
  expect(stdout).not.toContain("\x1b");
});

test("the status with which a command ended is told, and what a mode let run is not said to be anybody's yes", async () => {
  const place = await shared.room();
  const id = await made(place);
  await turn(id, "exit", { allow: true });
  await mia.request("session/update", { sessionId: id, mode: "auto-edit" });
  await turn(id, "one");
  const [, , ran, edited] = await audit(place, id);
  expect(ran).toMatchObject({ what: "ran", tool: "bash", exit: 3, because: expect.stringMatching(/^ask /) });
  expect(edited).toMatchObject({
    what: "ran",
    tool: "append",
    because: "the mode auto-edit",
    digest: expect.any(String),
  });
  expect((await place.daimon(["audit", id])).stdout).toMatch(/ran +bash +ai for mia \(owner, cli\) +3 /);
});

test("only whom the daemon belongs to sees it: the role approve does not give it", async () => {
  const { token } = await mia.request("token/create", { role: "approve", name: "deputy" });
  const deputy = join({ socket: daemon.socket, token }, "deputy");
  await expect(deputy.request("audit", {})).rejects.toMatchObject({ code: "forbidden" });
  expect(await deputy.request("rule/list", {})).toEqual({ rules: [] });
  deputy.close();
});

test("it is told page by page, and what is no question to it is refused in words", async () => {
  const place = await shared.room();
  const id = await made(place);
  for (const line of ["one", "two", "three"]) await turn(id, line, { allow: true });
  const all = await mia.request("audit", { sessionId: id });
  const first = await mia.request("audit", { sessionId: id, limit: 4 });
  expect(first.rows).toEqual(all.rows.slice(-4));
  const rest = await mia.request("audit", { sessionId: id, limit: 400, before: first.next ?? "" });
  expect(rest).toEqual({ rows: all.rows.slice(0, -4) });
  await expect(mia.request("audit", { before: "x" })).rejects.toMatchObject({ code: "invalid" });
  for (const [option, wrong] of [
    ["--since", "yesterday"],
    ["--limit", "0"],
  ] as const)
    expect(await place.daimon(["audit", option, wrong])).toMatchObject({ code: 2, stdout: "" });
});

test("daimon tools tells what there is, and of one what it takes", async () => {
  const place = await shared.room();
  const listed = (await place.daimon(["tools"])).stdout;
  expect(listed).toMatch(/^read +needs no approval +Read a text file/m);
  expect(listed).toMatch(/^append +changes files of the session's folders +Adds a line/m);
  const { stdout } = await place.daimon(["tools", "read"]);
  expect(stdout).toMatch(/^ {2}path +text, 1 to 4096 characters +The file/m);
  expect(stdout).toMatch(/^ {2}limit +integer, 1 to 2000, may be left out +Lines at most/m);
  expect(JSON.parse((await place.daimon(["tools", "read", "--json"])).stdout)).toMatchObject({
    name: "read",
    touches: "nothing",
  });
  expect(await place.daimon(["tools", "raed"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean "read"?'),
  });
});

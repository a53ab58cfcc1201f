import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { respond } from "../../packages/cli/src/session/approval.ts";
import type { SessionView } from "../../packages/protocol/src/index.ts";
import { type Running, startDaemon } from "../daemon-process/start.ts";
import { join as joined, until } from "../journeys/world.ts";
import { at, last } from "../terminal/pty.ts";
import { type House, house, type Room } from "./daimon.ts";

/** Approvals from the command line: what an answer is about, who was first, and what happens where nobody answers. */

const add = [[{ call: { tool: "append", input: { line: "once" } } }], [{ text: "Done with it." }]];
const script = { add, slow: [[{ gate: "never" }], []] };

let shared: House;
let daemon: Running;
beforeAll(async () => {
  shared = await house();
  daemon = await startDaemon({ home: shared.home, script });
});
afterAll(async () => {
  await shared[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
});

const scripted = ["run", "-m", "scripted/script"];
const effects = () => existsSync(join(shared.home, "state/effects"));

async function viewOf(place: Room): Promise<SessionView> {
  const listed = JSON.parse((await place.daimon(["sessions", "--json"])).stdout) as { sessions: SessionView[] };
  const { id } = listed.sessions.find(({ cwd }) => cwd === place.work)!;
  return JSON.parse((await place.daimon(["show", id, "--json"])).stdout) as SessionView;
}

/** A session that waits for an answer. */
async function asked() {
  const place = await shared.room();
  const run = place.start([...scripted, "--approval-timeout", "10m", "add"]);
  for (;;) {
    const listed = JSON.parse((await place.daimon(["sessions", "--json"])).stdout) as { sessions: SessionView[] };
    if (!listed.sessions.some(({ cwd }) => cwd === place.work)) continue;
    const view = await viewOf(place);
    if (view.asks[0]) return { place, run, id: view.id, ask: view.asks[0] };
  }
}

test("an approval that nobody gives in time counts as no: nothing runs, the model and the asker are told, and the exit code is 4", async () => {
  const place = await shared.room();
  const ran = await place.daimon([...scripted, "--approval-timeout", "1s", "add"]);
  expect(ran).toMatchObject({ code: 4, stdout: "Done with it.\n" });
  expect(ran.stderr).toMatch(/question \d+ was denied by \w+: nobody answered in time, and that counts as no/);
  const denied = (await viewOf(place)).items.find(({ kind }) => kind === "call");
  expect(denied).toMatchObject({ ok: false, outcome: "denied", value: { text: expect.stringContaining("in time") } });
  expect(effects()).toBe(false);
  for (const wrong of ["soon", "0s", "5", "40d"])
    expect(await place.daimon([...scripted, "--approval-timeout", wrong, "add"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("written as 30s, 5m or 12h"),
    });
});

test("an answer to something else than was seen is refused, and changes nothing", async () => {
  const { place, run, id, ask } = await asked();
  const seen = "0".repeat(12);
  expect(await place.daimon(["approve", id, "--digest", seen])).toEqual({
    code: 1,
    stdout: "",
    stderr: `daimon: what is asked has the SHA-256 ${ask.digest.slice(0, 12)} and not ${seen}; look again\n`,
  });
  expect(await place.daimon(["approve", id, "--digest", "12"])).toMatchObject({ code: 2 });
  expect(await place.daimon(["approve", id, "--scope", "forever"])).toMatchObject({
    code: 2,
    stderr: 'daimon: there is no scope "forever"; there are once, session, project, always\n',
  });
  expect((await viewOf(place)).asks).toHaveLength(1);
  expect(await place.daimon(["deny", id, "--digest", ask.digest.slice(0, 12), "--reason", "no"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\ndenied: no\n$/),
  });
  expect(await run.ran).toMatchObject({ code: 4, stderr: expect.stringContaining("was denied by mia: no") });
});

test("whoever answers too late is told who was first, and with what", async () => {
  const { id, run, ask } = await asked();
  const ben = joined(daemon, "ben");
  const noa = joined(daemon, "noa");
  const following = await ben.attach(id);
  await respond(ben, id, ask, { allow: false, reason: "by me" });
  await until(following, ({ now }) => now.view.asks.length === 0);
  await expect(respond(noa, id, ask, { allow: true })).rejects.toMatchObject({
    code: "already_answered",
    message: `somebody was faster: question ${ask.id} was denied by ben: by me`,
  });
  await run.ran;
  ben.close();
  noa.close();
});

test("at the terminal of a run what was typed before the question is no answer, half a line neither, and somebody else's answer is told", async () => {
  const place = await shared.room();
  await using mia = at(place, "mia", { args: [...scripted, "add"], columns: 160 });
  mia.type("y\ry");
  await mia.sees(last("allow it? [y/n/s/p/a]"));
  mia.type("\r");
  await mia.sees((lines) => lines.filter((line) => line.startsWith("allow it?")).length === 2);
  // A terminal marks what is pasted, where it was asked to.
  expect(mia.bytes()).toContain("\x1b[?2004h");
  mia.type("\x1b[200~y\r\x1b[201~");
  await mia.sees((lines) => lines.filter((line) => line.startsWith("allow it?")).length === 3);
  const { id } = await viewOf(place);
  await place.daimon(["deny", id, "--reason", "from outside"]);
  await mia.sees(/question \d+ was denied by mia: from outside/);
  expect(await mia.exited).toBe(4);
  expect(mia.bytes()).toContain("\x1b[?2004l");
});

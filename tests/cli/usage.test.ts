import { mkdirSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import { expect, test } from "vitest";
import { ask } from "../daemon-process/ask.ts";
import { type Running, startDaemon } from "../daemon-process/start.ts";
import { join } from "../journeys/world.ts";
import { house } from "./daimon.ts";

/** What models cost, as a person and a program are told. */

const script = {
  dear: [[{ text: "done" }, { spend: { input: 1200, output: 30, cacheRead: 1000, cost: 1.234 } }]],
  twice: [
    [
      { text: "first" },
      { call: { tool: "python", input: { code: "1" } } },
      { spend: { input: 10, output: 1, cost: 2 } },
    ],
    [{ text: "second" }],
  ],
  unknown: [[{ text: "done" }, { spend: { input: 5000, output: 20 } }]],
};
const onlyUnknown = `
                      cost  input  cached  output
today              unknown  5,000       0      20
  scripted/script  unknown  5,000       0      20
last 7 days        unknown  5,000       0      20
  scripted/script  unknown  5,000       0      20
total              unknown  5,000       0      20
  scripted/script  unknown  5,000       0      20
`;
const both = `
                              cost  input  cached  output
today              $1.23 + unknown  6,200   1,000      50
  scripted/script  $1.23 + unknown  6,200   1,000      50
last 7 days        $1.23 + unknown  6,200   1,000      50
  scripted/script  $1.23 + unknown  6,200   1,000      50
total              $1.23 + unknown  6,200   1,000      50
  scripted/script  $1.23 + unknown  6,200   1,000      50
`;

test("what was spent is told for today, seven days and in all, unknown prices as unknown, also after the session is gone", async () => {
  await using mia = await house();
  await using daemon = await startDaemon({ home: mia.home, script });
  const run = (text: string) => mia.daimon(["run", "--model", "scripted/script", text]);
  const told = async () => `\n${(await mia.daimon(["usage"])).stdout}`;
  expect(await run("unknown")).toMatchObject({ code: 0 });
  expect(await told()).toBe(onlyUnknown);
  expect(await run("dear")).toMatchObject({ code: 0 });
  expect(await told()).toBe(both);

  const spent = { input: 6200, output: 50, cacheRead: 1000, cacheWrite: 0, reasoning: 0, cost: 1.234 };
  const period = {
    ...spent,
    unpricedTokens: 5020,
    uncounted: 0,
    models: [{ model: "scripted/script", ...spent, unpricedTokens: 5020, uncounted: 0 }],
  };
  const day = expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string;
  const all = { today: { since: day, ...period }, week: { since: day, ...period }, total: period };
  expect(await ask(daemon, "GET", "/api/v1/usage")).toEqual({ status: 200, body: all });
  expect(JSON.parse((await mia.daimon(["usage", "--json"])).stdout)).toEqual(all);

  const [session] = JSON.parse((await mia.daimon(["sessions", "--json"])).stdout).sessions as { id: string }[];
  await mia.daimon(["delete", session!.id]);
  expect(await told()).toBe(both);
});

/** What a person reads who asks for a summary that is not made. */
async function summaryFails(daemon: Running, cwd: string): Promise<string> {
  const person = join(daemon, "ann");
  const { sessions } = await person.request("session/list", {});
  const sessionId = sessions.find((one) => one.cwd === cwd)!.id;
  await person.request("session/update", { sessionId, model: "scripted/script" });
  const at = await person.attach(sessionId);
  const warned = new Promise<string>((resolve) =>
    at.onChange((change) => (change.is === "warning" ? resolve(change.message) : undefined)),
  );
  await person.request("session/compact", { sessionId });
  const message = await warned;
  person.close();
  return message;
}

test("a budget of a day warns when it runs out, then ends turns before their next step, until it is raised", async () => {
  await using mia = await house();
  const config = (text: string) => {
    mkdirSync(path(mia.home, "config"), { recursive: true, mode: 0o700 });
    writeFileSync(path(mia.home, "config", "config.toml"), text, { mode: 0o600 });
  };
  const run = (text: string) => mia.daimon(["run", "--model", "scripted/script", text]);
  const cost = async () => JSON.parse((await mia.daimon(["usage", "--json"])).stdout).today.cost as number;
  config("[budget]\nday = 3\nwarn = 0.5\n");
  {
    await using _ = await startDaemon({ home: mia.home, script });
    expect((await run("dear")).stderr).not.toContain("budget");
    const warned = await run("twice");
    expect(warned).toMatchObject({ code: 1, stdout: "first\n" });
    expect(warned.stderr.match(/budget is \$3\.00 a day/g)).toHaveLength(2);
    expect(warned.stderr).toContain("models cost $3.23 today, and the budget is $3.00 a day");
    expect(warned.stderr).toMatch(/stopped at a limit: models cost \$3\.23 today .* raise "day" of \[budget\]/);
  }
  // A restart forgets nothing of it; an edit of the settings counts at once.
  await using daemon = await startDaemon({ home: mia.home, script });
  const refused = await run("dear");
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  // It was said today already, and the limit says it again.
  expect(refused.stderr.match(/budget is \$3\.00 a day/g)).toHaveLength(1);
  expect(await cost()).toBeCloseTo(3.234, 9);
  // Nobody knows what this one would cost; the guide is known to be free.
  expect(await run("unknown")).toMatchObject({ code: 1, stdout: "" });
  expect(await mia.daimon(["run", "--model", "offline/guide", "help"])).toMatchObject({ code: 0 });
  expect(await summaryFails(daemon, mia.work)).toContain("no summary was made: models cost $3.23 today");
  config("[budget]\nday = 10\n");
  expect(await run("dear")).toMatchObject({ code: 0, stdout: "done\n" });
  expect(await cost()).toBeCloseTo(4.468, 9);
});

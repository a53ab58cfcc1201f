import { readdirSync, readFileSync } from "node:fs";
import { join as path } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type House, house, type Ran } from "../cli/daimon.ts";
import { type Running, startDaemon } from "../daemon-process/start.ts";
import * as anthropic from "../providers/anthropic-wire.ts";
import { type Answer, lengthOf, type Script, sse, startVendor, streaming, type Vendor } from "../providers/server.ts";
import { type Speaker, speakers } from "./vendors.ts";

/** What goes wrong between daimon and a model, as a person at a shell sees it. */

const key = "sk-canary-that-nobody-may-see-0123456789";
const { says } = speakers.find(({ speaks }) => speaks === "anthropic") as Speaker;
const { refusal } = anthropic.anthropicWire;
/** The SDK tries again at once, and so does the core. */
const soon = { "retry-after-ms": "1" };
const refused = (status: number, said: string, headers: Record<string, string> = {}): Answer => {
  const answer = refusal(status, said);
  return { ...answer, headers: { ...answer.headers, ...headers } };
};
const whole = streaming(says({ text: ["The whole ", "answer."] }));

let place: House;
let daemon: Running;
let vendor: Vendor;
let script: Script = [];
let asked = 0;
const heard: Ran[] = [];

beforeAll(async () => {
  vendor = await startVendor((request, index) =>
    typeof script === "function"
      ? script(request, index)
      : (script[index - asked] ?? refusal(418, "nothing is scripted")),
  );
  place = await house();
  daemon = await startDaemon({
    home: place.home,
    env: { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: vendor.url, DAIMON_LOG: "debug" },
  });
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
  await vendor.close();
});

type Shell = (answers: Script, ...args: string[]) => Promise<Ran & { requests: string[] }>;

/** A person's shell in a folder of their own. */
async function shell(): Promise<Shell> {
  const room = await place.room();
  return async (answers, ...args) => {
    script = answers;
    asked = vendor.requests.length;
    const given = args.length > 0 ? args : ["hello"];
    const ran = await room.daimon(["run", "-m", "anthropic/claude-opus-4-5", "--mode", "auto-edit", ...given]);
    heard.push(ran);
    return { ...ran, requests: vendor.requests.slice(asked).map(({ text }) => text) };
  };
}

test.for<[string, Answer, RegExp]>([
  [
    "a wrong key",
    refused(401, `invalid x-api-key ${key}`),
    /anthropic does not accept the key \(401\): invalid x-api-key \[key\]; run "daimon login anthropic"/,
  ],
  [
    "no money",
    refused(402, "your balance is used up"),
    /anthropic wants to be paid first \(402\): your balance is used up; look after your account there/,
  ],
  [
    "an unknown model",
    refused(404, "model: claude-opus-4-5"),
    /anthropic has no model "claude-opus-4-5" \(404\): model: claude-opus-4-5; "daimon models" lists what there is/,
  ],
  [
    "too long a wait",
    refused(429, "slow down", { "retry-after": "3600" }),
    /anthropic wants fewer requests \(429\): slow down; it asks for a wait of 60 minutes/,
  ],
  [
    "a refusal",
    streaming(sse(anthropic.began(), ...anthropic.ended("refusal"))),
    /the model refused to answer; ask in another way, or take another model/,
  ],
  [
    "an answer that is too long",
    streaming(sse(anthropic.began(), ...anthropic.text(0, "Half"), ...anthropic.ended("max_tokens"))),
    /stopped at a limit: the model came to the end of what it may say at once; say "go on" to continue/,
  ],
])("%s ends the run with one sentence and exit code 1", async ([, answer, sentence]) => {
  const run = await shell();
  const { code, stderr, requests } = await run([answer], "--new", "hello");
  expect({ code, requests: requests.length }).toEqual({ code: 1, requests: 1 });
  expect(stderr).toMatch(
    new RegExp(`^daimon: the turn .*${sentence.source}; "daimon show [0-9a-f]{8}" has all of it\n$`),
  );
});

const calling = (...calls: object[][]): Answer =>
  streaming(sse(anthropic.began(), ...calls.flat(), ...anthropic.ended("tool_use")));
const half = says({ text: ["The whole ", "answer."] });
const overloaded = refused(529, "Overloaded", soon);

test.for<[string, { answers: Answer[]; stdout?: string; stderr: RegExp; told?: RegExp }]>([
  [
    "an overloaded provider is asked again, first in silence, then openly",
    {
      answers: [overloaded, overloaded, overloaded],
      stderr: /anthropic is overloaded \(529\): Overloaded; trying again$/,
    },
  ],
  [
    "an answer that breaks off stays on the screen, marked, and comes again whole; the model does not hear its half",
    {
      answers: [streaming(half, { cut: lengthOf(half.slice(0, 4)) })],
      stdout: "The whole \nThe whole answer.\n",
      stderr: /the answer was cut off here\n.*the answer of anthropic broke off: .*; trying again in 1 s$/,
    },
  ],
  [
    "an answer without a word is asked for again",
    {
      answers: [streaming(sse(anthropic.began(), ...anthropic.ended("end_turn")))],
      stderr: /the answer of anthropic broke off: it said nothing; trying again in 1 s$/,
    },
  ],
  [
    "a call whose arguments are no JSON is not run, and the model may send it again",
    {
      answers: [calling(anthropic.call(0, "c1", "append", '{"line": "malformed'))],
      stderr: /append: The arguments of this call are no valid JSON, so it was not run\./,
      told: /"tool_use_id":"c1","content":"The arguments of this call are no valid JSON[^"]*","is_error":true/,
    },
  ],
  [
    "a tool that does not exist is news for the model, and the turn goes on",
    {
      answers: [calling(anthropic.call(0, "c1", "no_such_tool", "{}"))],
      stderr: /no_such_tool: There is no tool named no_such_tool\./,
      told: /"tool_use_id":"c1","content":"There is no tool named no_such_tool[^"]*","is_error":true/,
    },
  ],
  [
    "two calls by one id are two calls, and each gets its own result",
    {
      answers: [
        calling(
          anthropic.call(0, "c1", "append", '{"line": "one"}'),
          anthropic.call(1, "c1", "append", '{"line": "two"}'),
        ),
      ],
      stderr: /adding one\nadding two$/,
      told: /"tool_use_id":"c1","content":"added one"\},\{"type":"tool_result","tool_use_id":"c1-2","content":"added two"\}/,
    },
  ],
])("%s", async ([, { answers, stdout = "The whole answer.\n", stderr, told }]) => {
  const run = await shell();
  const ran = await run([...answers, whole]);
  expect({ ...ran, stderr: ran.stderr.trimEnd() }).toMatchObject({
    code: 0,
    stdout,
    stderr: expect.stringMatching(stderr) as string,
  });
  if (told) expect(ran.requests.at(-1)).toMatch(told);
  else expect(new Set(ran.requests).size).toBe(1);
});

test("a conversation that is too long for its model is summarised once, openly, and the answer comes", async () => {
  const run = await shell();
  const long = streaming(says({ text: ["A long answer. ".repeat(100)] }));
  await run([long], "what did I say at first?");
  const tooLong = refused(400, anthropic.anthropicWire.tooLong);
  const ran = await run([tooLong, streaming(says({ text: ["They asked what they said."] })), long], "and now?");
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining("A long answer.") as string });
  expect(ran.stderr).toMatch(
    /longer than anthropic\/claude-opus-4-5 takes \(400\): prompt is too long.*; it was summarised; trying again\n$/,
  );
  const [before = "", summary = "", after = ""] = ran.requests;
  expect(before).toContain("what did I say at first?");
  expect(summary).toContain("[User]: what did I say at first?");
  expect(after).toContain("[summary of what came before] They asked what they said.");
  expect(after).toContain("and now?");
  for (const gone of ["what did I say at first?", "A long answer."]) expect(after).not.toContain(gone);

  const again = await run([tooLong, streaming(says({ text: ["Shorter."] })), tooLong], "still?");
  expect(again).toMatchObject({ code: 1, requests: { length: 3 } });
  expect(again.stderr).toMatch(
    /daimon: the turn failed: the conversation is longer than anthropic\/claude-opus-4-5 takes/,
  );
});

test("the key stands in no output, no file of the home, no argument and no child's environment; nor does a stack", async () => {
  const room = await place.room();
  expect(await room.daimon(["py", "1 + 1"])).toMatchObject({ code: 0 });
  const children = childrenOf(daemon.pid);
  expect(children).not.toEqual([]);
  for (const pid of children)
    for (const file of ["environ", "cmdline"]) expect(readFileSync(`/proc/${pid}/${file}`, "utf8")).not.toContain(key);
  expect(readFileSync(`/proc/${daemon.pid}/cmdline`, "utf8")).not.toContain(key);

  expect(heard.length).toBeGreaterThan(10);
  for (const { stdout, stderr } of heard) {
    expect(stdout + stderr).not.toContain(key);
    expect(stdout + stderr).not.toMatch(/\n\s+at .*:\d+/);
  }
  const files = readdirSync(place.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.map(({ name }) => name)).toContain("daimon.db");
  for (const { parentPath, name } of files)
    expect(readFileSync(path(parentPath, name)).includes(key), path(parentPath, name)).toBe(false);
  expect(JSON.stringify(vendor.requests[0]?.headers)).toContain(key);
});

/** Every process below this one. */
function childrenOf(pid: number): number[] {
  const parents = readdirSync("/proc")
    .map(Number)
    .filter((one) => one > 0)
    .flatMap((one) => {
      try {
        const fields = readFileSync(`/proc/${one}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
        return [{ pid: one, parent: Number(fields[1]) }];
      } catch {
        return []; // it is gone
      }
    });
  const own = parents.filter(({ parent }) => parent === pid).map((child) => child.pid);
  return own.flatMap((child) => [child, ...childrenOf(child)]);
}

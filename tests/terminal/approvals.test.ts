import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionView } from "../../packages/protocol/src/index.ts";
import { type House, house } from "../cli/daimon.ts";
import { type Running, startDaemon } from "../daemon-process/start.ts";
import { at, last, type Person } from "./pty.ts";

/** How a person at a terminal says whether the assistant may. */

const call = (line: string) => ({ call: { tool: "append", input: { line } } });
const script = {
  add: [[call("once")], [{ keep: "asked" }, { text: "Done with it." }]],
  "add slowly": [[{ text: "Let me see. " }, { gate: "slowly" }, call("slowly")], [{ text: "Done with it." }]],
  "add here": [[{ text: "Let me see. " }, { gate: "here" }, call("here")], [{ text: "Done with it." }]],
  "add later": [[{ text: "Let me see. " }, { gate: "later" }, call("later")], [{ text: "Done with it." }]],
  "add nasty": [[call("\x1b[2J\r\u202enice\n  | fake\nallow it? [y/n] y")], [{ text: "Done with it." }]],
  "add much": [[call("much ".repeat(8000))], [{ text: "Done with it." }]],
  push: [[{ call: { tool: "bash", input: { command: "git push --force origin main" } } }], [{ text: "Done with it." }]],
  "add two": [[call("first"), call("second")], [{ text: "Done with it." }]],
};

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

const question = last("allow it? [y/n/s/p/a]");
const beside = (name: string) => join(dirname(shared.home), name);
const times = (person: Person, text: string) => person.lines().filter((line) => line.includes(text)).length;
const effects = () =>
  existsSync(join(shared.home, "state/effects")) ? readFileSync(join(shared.home, "state/effects"), "utf8") : "";

/** Somebody in a room of their own, who talks to the scripted assistant. */
async function sitting(user = "mia") {
  const place = await shared.room();
  await place.daimon(["run", "-m", "scripted/script", "hello"]);
  const person = at(place, user, { columns: 160 });
  await person.sees("session ");
  person.type("\t");
  await person.sees(last("ai>"));
  return { place, person };
}

test("y lets it run once, n asks for a reason that the model reads, and a reason may stand behind n at once", async () => {
  const { place, person } = await sitting();
  await using mia = person;
  mia.type("add\r");
  await mia.sees(question);
  const text = mia.lines().join("\n");
  expect(text).toMatch(/^the assistant asks to do this \(question \d+\): append$/m);
  expect(text).toContain(`\n  | append once\n  in ${place.work}\n  SHA-256 `);
  expect(text).toContain("\n  [y]es once / [n]o / [s]ession / [p]roject / [a]lways; n may be followed by the reason\n");
  expect(text).toContain("\n  for this session, for this project or for always: whatever append does\n");
  mia.type("y\r");
  await mia.sees("approved by mia");
  await mia.sees("ai: Done with it.");

  mia.type("add\r");
  await mia.sees(question);
  mia.type("n\r");
  await mia.sees(last("why not? (Enter alone gives no reason)"));
  mia.type("it is Sunday\r");
  await mia.sees("denied by mia: it is Sunday");
  await mia.sees(last("ai>"));
  expect(readFileSync(beside("asked"), "utf8")).toContain("They said: it is Sunday");

  mia.type("add\r");
  await mia.sees(question);
  mia.type("no, not yet\r");
  await mia.sees("denied by mia: not yet");
  await mia.sees(last("ai>"));
  expect(readFileSync(beside("asked"), "utf8")).toContain("They said: not yet");
  mia.type("add\r");
  await mia.sees(question);
  mia.type("/deny\r");
  await mia.sees(last("ai>"));
});

test("Enter alone, and whatever is no answer, asks again and lets nothing run", async () => {
  const { person } = await sitting();
  await using mia = person;
  const before = effects();
  mia.type("add\r");
  await mia.sees(question);
  for (const [count, wrong] of ["", "Y E S", "yy", "x", "1", "ok", "sp", "q"].entries()) {
    mia.type(`${wrong}\r`);
    await mia.sees(() => times(mia, "[y]es once") === count + 2);
    await mia.sees(question);
  }
  expect(times(mia, "approved by")).toBe(0);
  expect(effects()).toBe(before);
  mia.type("/mode\r");
  await mia.sees("the approval mode is ask");
  await mia.sees(question);
  mia.type("n no\r");
  await mia.sees("denied by mia: no");
});

test.for([
  ["s", "session", "this session"],
  ["p", "project", "/room"],
] as const)("%s lets it run and holds for the %s, until it is taken back", async ([key, scope, where]) => {
  const { place, person } = await sitting();
  await using mia = person;
  mia.type("add\r");
  await mia.sees(question);
  mia.type(`${key}\r`);
  await mia.sees(`approved by mia for this ${scope}`);
  await mia.sees(() => times(mia, "ai: Done with it.") === 1);
  mia.type("add\r");
  await mia.sees(() => times(mia, "ai: Done with it.") === 2);
  expect(times(mia, "allow it?")).toBe(1);
  mia.type("/approvals\r");
  await mia.sees(new RegExp(`^append\\S+ +yes +whatever append does +\\S*${where}`, "m"));
  const [, rule] = /^(append[-@]\w+) /m.exec(mia.lines().join("\n")) ?? [];
  mia.type("/approvals revoke nosuch\r");
  await mia.sees("there is no rule nosuch");
  mia.type(`/approvals revoke ${rule}\r`);
  await mia.sees(scope === "session" ? `mia took the rule ${rule} of this session back` : `${rule} is taken back`);
  mia.type("add\r");
  await mia.sees(question);
  mia.type("n no\r");
  await mia.sees("denied by mia: no");
  expect((await place.daimon(["approvals"])).stdout).toContain("no rules are kept");
});

test("what was typed before the question could be seen is no answer: it stays the draft that it was", async () => {
  const { person } = await sitting();
  await using mia = person;
  const before = effects();
  mia.type("add slowly\r");
  await mia.sees("ai: Let me see.");
  mia.type("y");
  await mia.sees(last("ai> y"));
  await writeFile(beside("slowly"), "");
  await mia.sees("the assistant asks to do this");
  await mia.sees(last("ai> y"));
  // Entered now it is said to the assistant, behind the question.
  mia.type("es?\r");
  await mia.sees(/this waits: question \d+ has to be answered first/);
  await mia.sees(question);
  expect(effects()).toBe(before);
  mia.type("y\r");
  await mia.sees("approved by mia");
  await mia.sees("ai: Done with it.");
});

test("what was typed while this terminal stood still is no answer to what it shows when it goes on", async () => {
  const { place, person } = await sitting();
  await using mia = person;
  mia.type("add later\r");
  await mia.sees("ai: Let me see.");
  process.kill(mia.pid, "SIGSTOP");
  await writeFile(beside("later"), "");
  const [{ id }] = JSON.parse((await place.daimon(["sessions", "--json"])).stdout).sessions as [{ id: string }];
  const asks = async () => (JSON.parse((await place.daimon(["show", id, "--json"])).stdout) as SessionView).asks;
  while ((await asks()).length === 0);
  mia.type("y\r");
  process.kill(mia.pid, "SIGCONT");
  await mia.sees(/this waits: question|^ai> y$/m);
  await mia.sees(question);
  expect(times(mia, "approved by")).toBe(0);
  mia.type("n no\r");
  await mia.sees("denied by mia: no");
});

test("text with a line break in it is no answer, from a terminal that does not say what is pasted", async () => {
  const { person } = await sitting();
  await using mia = person;
  mia.type("add\r");
  await mia.sees(question);
  mia.type("y\ry");
  await mia.sees(last("ai> y"));
  expect(times(mia, "approved by")).toBe(0);
  mia.type("\x15");
  await mia.sees(question);
  mia.type("n no\r");
  await mia.sees("denied by mia: no");
});

test("a paste is no answer, with a line break or without", async () => {
  const { person } = await sitting();
  await using mia = person;
  const before = effects();
  mia.type("add\r");
  await mia.sees(question);
  mia.type("\x1b[200~y\x1b[201~");
  await mia.sees(last("ai> y"));
  mia.type("\x7f");
  await mia.sees(question);
  mia.type("\x1b[200~y\ry\x1b[201~");
  await mia.sees(last("... y"));
  mia.type("\r");
  await mia.sees(/this waits: question/);
  await mia.sees(question);
  expect(times(mia, "approved by")).toBe(0);
  expect(effects()).toBe(before);
  mia.type("n no\r");
  await mia.sees("denied by mia: no");
});

test("of two terminals one answers; at the other the question goes, with what was typed for it, and it says who was first", async () => {
  const { place, person } = await sitting();
  await using mia = person;
  await using too = at(place, "mia", { columns: 160 });
  await too.sees("session ");
  too.type("\t");
  await too.sees(last("ai>"));
  mia.type("add here\r");
  await writeFile(beside("here"), "");
  await mia.sees(question);
  await too.sees(question);
  too.type("y");
  await too.sees(last("allow it? [y/n/s/p/a] y"));
  mia.type("n by me\r");
  await too.sees("denied by mia: by me");
  await too.sees(last("ai>"));
  expect((await place.daimon(["sessions"])).stdout).toContain("idle");
});

test("nothing in what is asked can hide, or pass for words of ours", async () => {
  const { person } = await sitting();
  await using mia = person;
  mia.type("add nasty\r");
  await mia.sees(question);
  const text = mia.lines().join("\n");
  expect(text).toContain("  | append <U+001B>[2J<U+000D><U+202E>nice\n  |   | fake\n  | allow it? [y/n] y\n");
  mia.type("n no\r");
  await mia.sees("denied by mia: no");
});

test("what cannot be taken back is asked about each time, with why, what is safer and where it would run, and no scopes", async () => {
  const { person } = await sitting();
  await using mia = person;
  mia.type("push\r");
  await mia.sees(last("allow it? [y/n]"));
  const text = mia.lines().join("\n");
  expect(text).toMatch(
    /\n {2}\| .*git push --force origin main\n {2}in \S+\n {2}sandbox: .+\n {2}worrying: .+\n {2}safer: .+\n/,
  );
  expect(text).toContain("\n  [y]es once / [n]o; n may be followed by the reason\n");
  for (const [count, key] of ["s", "always"].entries()) {
    mia.type(`${key}\r`);
    await mia.sees(() => times(mia, "[y]es once") === count + 2);
    await mia.sees(last("allow it? [y/n]"));
  }
  mia.type("n no\r");
  await mia.sees("denied by mia: no");
});

test("what is too long for one event says so, and /whole prints the rest", async () => {
  const { person } = await sitting();
  await using mia = person;
  mia.type("add much\r");
  await mia.sees(question);
  const [, id] = /this is not all of it: \/whole (\d+) in a terminal/.exec(mia.lines().join("\n")) ?? [];
  const shown = () => mia.lines().join("").split("much ").length;
  const before = shown();
  expect(before).toBeLessThan(6000);
  mia.type(`/whole ${id}\r`);
  await mia.sees(() => shown() > before + 7900);
  mia.type("n no\r");
  await mia.sees("denied by mia: no");
});

test("after a cleared screen the question is asked anew, with all that it is about", async () => {
  const { person } = await sitting();
  await using mia = person;
  mia.type("add\r");
  await mia.sees(question);
  mia.type("\x0c");
  await mia.sees(() => mia.bytes().split("asks to do this").length === 3);
  expect(times(mia, "asks to do this")).toBe(1);
  await mia.sees(question);
  mia.type("n no\r");
  await mia.sees("denied by mia: no");
});

test("who types Python meanwhile is not disturbed: the question takes the place of ai> only", async () => {
  const { person } = await sitting();
  await using mia = person;
  mia.type("add two\r");
  await mia.sees(question);
  mia.type("\t");
  await mia.sees(last("py>"));
  mia.type("y = 6*7\ry\r");
  await mia.sees(/\]: 42/);
  mia.type("/approve\r");
  await mia.sees("TAB and answer, or /approve [session|project|always], or /deny with a reason");
  await mia.sees(last("py>"));
  mia.type("\t");
  await mia.sees(question);
  mia.type("y\r");
  await mia.sees("adding second");
});

test("the prompt says what the assistant may where that is not usual, and full-auto is refused without a sandbox that holds", async () => {
  const { person } = await sitting();
  await using mia = person;
  mia.type("/mode auto-edit\r");
  await mia.sees("mia set the approval mode to auto-edit");
  await mia.sees(last("ai auto-edit>"));
  mia.type("add\r");
  await mia.sees("ai: Done with it.");
  expect(times(mia, "allow it?")).toBe(0);
  mia.type("/mode full-auto\r");
  await mia.sees("full-auto needs a sandbox that holds; daimon sandbox status says what is missing");
  mia.type("/mode full\r");
  await mia.sees('there is no mode "full"; ');
  mia.type("/mode ask\r");
  await mia.sees(last("ai>"));
});

import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { house } from "../cli/daimon.ts";
import { startDaemon } from "../daemon-process/start.ts";
import { type Person, sit, type SitOptions } from "./pty.ts";

/** People at real terminals. */

type Place = { home: string; work: string };
const at = ({ home, work }: Place, user: string, options: Partial<SitOptions> = {}): Person =>
  sit({ home, cwd: work, user, ...options });
const last = (text: string) => (lines: string[]) => lines.at(-1)?.trimEnd() === text;
const count = (what: RegExp, times: number) => (lines: string[]) =>
  lines.filter((line) => what.test(line)).length === times;

test("a newcomer gets a py> prompt, runs Python, asks the assistant with TAB, leaves with Ctrl-D and comes back as told", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees(last("py>"));
  mia.type("x = 6*7\rx\r");
  await mia.sees(/\[\d+\]: 42/);
  mia.type("\t");
  await mia.sees(last("ai>"));
  mia.type("what is x?\r");
  await mia.sees(/^ai: .*42/m);
  await mia.sees(last("ai>"));
  mia.type("\x04");
  expect(await mia.exited).toBe(0);
  const [, id] = /come back with: daimon attach (\w+)/.exec(mia.lines().join("\n")) ?? [];

  await using again = at(place, "mia", { args: ["attach", id!] });
  await again.sees("mia py> x = 6*7");
  await again.sees(/\[\d+\]: 42/);
  await again.sees(/^ai: .*42/m);
  again.type("x + 1\r");
  await again.sees(/\[\d+\]: 43/);
});

test("what is typed before the session is there is not lost, and runs when it is", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("py>");
  mia.type("20 + 1\r20 + 2");
  await mia.sees(/\[\d+\]: 21/);
  await mia.sees(last("py> 20 + 2"));
  mia.type("\r");
  await mia.sees(/\[\d+\]: 22/);
});

test("each mode keeps its own draft and its own history", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("py>");
  mia.type("1 + 1\r");
  await mia.sees(/\]: 2/);
  mia.type("python draft\t");
  await mia.sees(last("ai>"));
  mia.type("help\r");
  await mia.sees(/^ai: /m);
  await mia.sees(last("ai>"));
  mia.type("assistant draft\t");
  await mia.sees(last("py> python draft"));
  mia.type("\t");
  await mia.sees(last("ai> assistant draft"));
  mia.type("\x15\x1b[A");
  await mia.sees(last("ai> help"));
  mia.type("\t\x15\x1b[A");
  await mia.sees(last("py> 1 + 1"));
});

test("two people see each other's work as it happens, with names, and nobody's line is disturbed", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  await using ben = at(place, "ben");
  await mia.sees("ben is here");
  mia.type("half a li");
  ben.type("import time\rfor i in range(4): print('tick', i); time.sleep(.05)\r");
  await mia.sees("ben py> import time");
  await mia.sees("tick 3");
  await mia.sees(last("py> half a li"));
  mia.type("ne = 1\r");
  await ben.sees("mia py> half a line = 1");
  await ben.sees("SyntaxError");
  ben.type("/who\r");
  await ben.sees("here: mia, ben");
});

test("Ctrl-C interrupts what one started and not what somebody else did; on an empty line it tells how to leave", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  await using ben = at(place, "ben");
  await ben.sees("session ");
  ben.type("while True: pass\r\r");
  await mia.sees("ben py> while True: pass");
  mia.type("\x03\x03");
  await mia.sees("nothing of yours runs; Ctrl-D leaves");
  mia.type("a draft\x03");
  await mia.sees("py> a draft^C");
  await mia.sees(last("py>"));
  mia.type("'mine'\r");
  await mia.sees("waiting for the cell of ben ...");
  expect(ben.lines().join("\n")).not.toContain("KeyboardInterrupt");
  ben.type("\x03");
  await ben.sees("KeyboardInterrupt");
  await mia.sees("KeyboardInterrupt");
  await mia.sees(/\[\d+\]: 'mine'/);
});

test("Python that is not whole goes on below, with its indent, and Ctrl-C takes all of it back", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("py>");
  mia.type("def f(n):\r");
  await mia.sees((lines) => lines.at(-1) === "...     ");
  mia.type("return n * 2\r\r");
  await mia.sees(last("py>"));
  mia.type("f(\r21\r)\r");
  await mia.sees(/\]: 42/);
  mia.type("g(\r1,\x03");
  await mia.sees(last("py>"));
  mia.type("f(4)\r");
  await mia.sees(/\]: 8/);
});

test("a paste of many lines is one cell, tabs included, and runs only when Enter is pressed", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  mia.type("\x1b[200~def f():\r\treturn 6*7\r\rf()\x1b[201~");
  await mia.sees(last("... f()"));
  expect(mia.lines()).not.toContain("42");
  mia.type("\r");
  await mia.sees(/\]: 42/);
});

test("a line that input() waits for is typed where the cell was started, or given by somebody else with /answer", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  await using ben = at(place, "ben");
  await ben.sees("session ");
  mia.type("name = input('who? ')\r");
  await mia.sees(last("who?"));
  await ben.sees(/mia's cell waits for a line \(question \d+\): who\?/);
  mia.type("mia\rname\r");
  await mia.sees(/\]: 'mia'/);
  mia.type("name = input('and now? ')\r");
  await ben.sees(/waits for a line .*: and now\?/);
  ben.type("/answer ben\r");
  await mia.sees("answered by ben");
  mia.type("name\r");
  await mia.sees(/\]: 'ben'/);
});

const script = {
  add: [[{ text: "I add it." }, { call: { tool: "append", input: { line: "once" } } }], [{ text: "Done with it." }]],
  "tell me": [[{ text: "Once upon " }, { gate: "gate" }, { text: "a time." }]],
};

async function scripted(place: Place & { daimon(args: string[]): Promise<unknown> }) {
  const daemon = await startDaemon({ home: place.home, script });
  await place.daimon(["run", "-m", "scripted/script", "hello"]);
  return daemon;
}

test("an approval shows all of what is asked at every terminal, is answered at one, and the others see by whom", async () => {
  await using place = await house();
  await using daemon = await scripted(place);
  await using mia = at(place, "mia");
  await mia.sees("session ");
  await using ben = at(place, "ben");
  await ben.sees("session ");
  mia.type("\tadd\r");
  await mia.sees("the assistant asks to do this");
  await ben.sees("the assistant asks to do this");
  await ben.sees("/approve, or /deny with a reason");
  ben.type("/approve\r");
  await mia.sees("approved by ben");
  await mia.sees("ai: Done with it.");
  mia.type("add\r");
  await mia.sees(count(/asks to do this/, 2));
  mia.type("/deny not now\r");
  await ben.sees("denied by mia: not now");
  expect(daemon.pid).toBe(place.pid());
});

test("whoever comes in the middle of an answer sees the words so far, and everybody the rest, beside a line half typed", async () => {
  await using place = await house();
  await using daemon = await scripted(place);
  await using mia = at(place, "mia");
  await mia.sees("session ");
  mia.type("\ttell me\r");
  await mia.sees("ai: Once upon");
  await using ben = at(place, "ben");
  await ben.sees("ai: Once upon");
  ben.type("my draft");
  await ben.sees(last("py> my draft"));
  await writeFile(join(dirname(place.home), "gate"), "");
  await mia.sees("ai: Once upon a time.");
  await ben.sees("ai: Once upon a time.");
  await ben.sees(last("py> my draft"));
  expect(daemon.pid).toBe(place.pid());
});

test("after a kill -9 of the daemon people are told once, find their session again with its output so far, and go on", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  mia.type("import time\rfor i in range(1000): print('tick', i); time.sleep(.05)\r");
  await mia.sees("tick 3");
  mia.type("my draft");
  process.kill(place.pid(), "SIGKILL");
  await mia.sees("the connection to the daemon is lost; trying again");
  await mia.sees("daimon was cut off while this cell ran: nobody knows how far it came");
  await mia.sees(/Python was lost .*; lost: /);
  await mia.sees("connected again");
  await mia.sees(last("py> my draft"));
  expect(mia.lines().filter((line) => line === "tick 0")).toHaveLength(1);
  expect(mia.lines().filter((line) => line.includes("is lost; trying again"))).toHaveLength(1);
  mia.type("\x156*7\r");
  await mia.sees(/\]: 42/);
});

test("a daemon that somebody stopped is not started behind their back, only when something is entered", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  await place.daimon(["stop"]);
  await mia.sees("the daemon was stopped; it starts again when something is entered here");
  expect((await place.daimon(["status"])) as object).toMatchObject({ code: 3 });
  mia.type("6*7\r");
  await mia.sees(/\]: 42/);
});

test("after the terminal became another size, the line that is typed stands below all output, once", async () => {
  await using place = await house();
  await using mia = at(place, "mia", { columns: 80 });
  await mia.sees("session ");
  mia.type(`${"long ".repeat(20)}end`);
  await mia.sees(/end$/);
  mia.resize(40, 20);
  mia.type("\x03");
  await mia.sees(last("py>"));
  mia.type("1 + 1\r");
  await mia.sees(/\]: 2/);
  mia.resize(100, 30);
  mia.type("3 + 4\r");
  await mia.sees(/\]: 7/);
  expect(mia.lines().filter((line) => line.startsWith("py> 1 + 1"))).toHaveLength(1);
});

test("nothing that a cell prints can take the terminal over", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  mia.type(String.raw`print("a\x1b[2J\x1b]0;owned\x07\u202eb")` + "\r");
  await mia.sees("a<U+202E>b");
  await mia.sees("session ");
  for (const attack of ["\x1b[2J", "owned\x07", "\u202e"]) expect(mia.bytes()).not.toContain(attack);
});

test("who only looks sends nothing, sees everything, and leaves with any way out", async () => {
  await using place = await house();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  await using ben = at(place, "ben", { args: ["attach", "--read-only"] });
  await ben.sees("session ");
  ben.type("1/0\r");
  mia.type("6*7\r");
  await ben.sees("mia py> 6*7");
  await ben.sees(/\]: 42/);
  expect(mia.lines().join("\n")).not.toContain("ZeroDivisionError");
  ben.type("\x03");
  expect(await ben.exited).toBe(0);
});

test("a session that is not there is said on one clean line", async () => {
  await using place = await house();
  await using mia = at(place, "mia", { args: ["attach", "nosuch"] });
  expect(await mia.exited).toBe(2);
  await mia.sees((lines) => lines.length === 1 && /^daimon: .*nosuch/.test(lines[0]!));
});

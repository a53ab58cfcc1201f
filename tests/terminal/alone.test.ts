import { afterAll, beforeAll, expect, test } from "vitest";
import { type House, house } from "../cli/daimon.ts";
import { at, last } from "./pty.ts";

/** One person at a real terminal. */

let shared: House;
beforeAll(async () => void (shared = await house()));
afterAll(() => shared[Symbol.asyncDispose]());

test("a newcomer gets a py> prompt, runs Python, asks the assistant with TAB, leaves with Ctrl-D and comes back as told", async () => {
  const place = await shared.room();
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
  const place = await shared.room();
  await using mia = at(place, "mia");
  await mia.sees("py>");
  mia.type("20 + 1\r20 + 2");
  await mia.sees(/\[\d+\]: 21/);
  await mia.sees(last("py> 20 + 2"));
  mia.type("\r");
  await mia.sees(/\[\d+\]: 22/);
});

test("Python is started anew with /restart and ended with /stop, and what that costs is said", async () => {
  const place = await shared.room();
  await using mia = at(place, "mia");
  await mia.sees("py>");
  mia.type("x = 1\rx\r");
  await mia.sees(/\]: 1/);
  mia.type("/restart\r");
  await mia.sees("Python stopped: restart");
  mia.type("x\r");
  await mia.sees("NameError");
  mia.type("/stop\r");
  await mia.sees("Python stopped: stop");
  mia.type("/stop\r");
  await mia.sees("no Python is live");
});

test("each mode keeps its own draft and its own history", async () => {
  const place = await shared.room();
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

test("Python that is not whole goes on below, with its indent, and Ctrl-C takes all of it back", async () => {
  const place = await shared.room();
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

test("Ctrl-D in a cell that goes on neither leaves nor takes anything away", async () => {
  const place = await shared.room();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  mia.type("f(\r");
  await mia.sees(last("..."));
  mia.type("\x04\x04");
  mia.type("still here)\x03");
  await mia.sees("... still here)^C");
  await mia.sees(last("py>"));
});

test("what was entered before Ctrl-D is done before the person leaves", async () => {
  const place = await shared.room();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  mia.type("x = 6*7\rif x:\r    y = x + 1\r\r\x04");
  expect(await mia.exited).toBe(0);
  expect(mia.lines().at(-1)).toContain("come back with");
  expect(await place.daimon(["py", "y"])).toMatchObject({ stdout: "43\n" });
});

test("a paste of many lines is one cell, tabs included, and runs only when Enter is pressed", async () => {
  const place = await shared.room();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  mia.type("\x1b[200~def f():\r\treturn 6*7\r\rf()\x1b[201~");
  await mia.sees(last("... f()"));
  mia.type("\r");
  await mia.sees(/\]: 42/);
  const typed = mia.lines().filter((line) => /^(?:py>|\.\.\.)/.test(line));
  expect(typed.slice(0, 4)).toEqual(["py> def f():", "...     return 6*7", "... ", "... f()"]);
});

test("after the terminal became another size, the line that is typed stands below all output, once", async () => {
  const place = await shared.room();
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
  const place = await shared.room();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  mia.type(String.raw`print("a\x1b[2J\x1b]0;owned\x07\u202eb")` + "\r");
  await mia.sees("a<U+202E>b");
  await mia.sees("session ");
  for (const attack of ["\x1b[2J", "owned\x07", "\u202e"]) expect(mia.bytes()).not.toContain(attack);
});

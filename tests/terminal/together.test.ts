import { afterAll, beforeAll, expect, test } from "vitest";
import { type House, house } from "../cli/daimon.ts";
import { at, last } from "./pty.ts";

/** Several people at real terminals, in one session. */

let shared: House;
beforeAll(async () => void (shared = await house()));
afterAll(() => shared[Symbol.asyncDispose]());

test("two people see each other's work as it happens, with names, and nobody's line is disturbed", async () => {
  const place = await shared.room();
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
  const place = await shared.room();
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

test("a line that input() waits for is typed where the cell was started, or given by somebody else with /answer", async () => {
  const place = await shared.room();
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

test("who only looks sends nothing, sees everything, and leaves with any way out", async () => {
  const place = await shared.room();
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

test("how the model is asked is changed with a word, everybody sees it, and what cannot be is refused and changes nothing", async () => {
  const place = await shared.room();
  await using mia = at(place, "mia");
  await mia.sees("session ");
  await using ben = at(place, "ben");
  await ben.sees("session ");
  mia.type("/thinking high\r/temperature 0.5\r/temperature default\r/model offline/guide\r");
  for (const person of [mia, ben]) {
    await person.sees("thinking is now high");
    await person.sees("the temperature is now 0.5");
    await person.sees("the temperature is now the usual one");
    await person.sees("the model is now offline/guide");
  }
  mia.type("/thinking hard\r");
  await mia.sees('there is no thinking "hard"; there are off, low, medium, high');
  mia.type("/temperature 3\r");
  await mia.sees("must be");
  mia.type("/maxtokens many\r");
  await mia.sees('"many" is no number; give one, or "default"');
  mia.type("/model nosuch/model\r");
  await mia.sees('no provider "nosuch" is set up');
  ben.type("/thinking\r/temperature\r/model\r");
  await ben.sees("thinking is high; there are");
  await ben.sees("the temperature is the usual one");
  await ben.sees('the model is offline/guide; "daimon models" lists others');
  ben.type("/status\r");
  await ben.sees(/^usage {4}0 tokens in, 0 out, cost \$0\.00$/m);
});

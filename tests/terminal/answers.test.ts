import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type House, house } from "../cli/daimon.ts";
import { type Running, startDaemon } from "../daemon-process/start.ts";
import { at, last } from "./pty.ts";

/** Answers and questions of the assistant, at real terminals. */

const script = {
  add: [[{ text: "I add it." }, { call: { tool: "append", input: { line: "once" } } }], [{ text: "Done with it." }]],
  "tell me": [[{ text: "Once upon " }, { gate: "gate" }, { text: "a time." }]],
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

test("an approval shows all of what is asked at every terminal, is answered at one, and the others see by whom", async () => {
  const place = await shared.room();
  await place.daimon(["run", "-m", "scripted/script", "hello"]);
  await using mia = at(place, "mia");
  await mia.sees("session ");
  await using ben = at(place, "ben");
  await ben.sees("session ");
  mia.type("\tadd\r");
  await mia.sees("the assistant asks to do this");
  await ben.sees("the assistant asks to do this");
  await ben.sees("/approve [session|project|always], or /deny with a reason");
  ben.type("/approve\r");
  await mia.sees("approved by ben");
  await mia.sees("ai: Done with it.");
  mia.type("add\r");
  await mia.sees((lines) => lines.filter((line) => line.includes("asks to do this")).length === 2);
  mia.type("/deny not now\r");
  await ben.sees("denied by mia: not now");
});

test("whoever comes in the middle of an answer sees the words so far, and everybody the rest, beside a line half typed", async () => {
  const place = await shared.room();
  await place.daimon(["run", "-m", "scripted/script", "hello"]);
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
});

test("daimon run asks at its terminal for an approval, and its exit code tells whether it was given", async () => {
  const place = await shared.room();
  const args = ["run", "-m", "scripted/script", "add"];
  await using mia = at(place, "mia", { args });
  await mia.sees(/the assistant asks to do this \(question \d+\): append[\s\S]*\| .*once[\s\S]*SHA-256 [0-9a-f]{12}$/m);
  await mia.sees(last("allow it? [y/n/s/p/a]"));
  mia.type("y\r");
  await mia.sees("Done with it.");
  expect(await mia.exited).toBe(0);
  await using again = at(place, "mia", { args });
  await again.sees(last("allow it? [y/n/s/p/a]"));
  again.type("\r");
  await again.sees((lines) => lines.filter((line) => line.startsWith("allow it?")).length === 2);
  again.type("n\r");
  await again.sees(last("why not? (Enter alone gives no reason)"));
  again.type("\r");
  await again.sees("Done with it.");
  expect(await again.exited).toBe(4);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, startDaemon } from "../daemon-process/start.ts";
import { sit } from "../terminal/pty.ts";
import { type House, house } from "./daimon.ts";

/** `run` with a model that plays a script: what it asks, how it ends, and how it is stopped. */

const script = {
  add: [[{ call: { tool: "append", input: { line: "once" } } }], [{ text: "Done with it." }]],
  fail: [[{ fail: "the model is gone" }]],
  wait: [[{ text: "First words. " }, { gate: "gate" }]],
};

let place: House;
let daemon: Running;
beforeAll(async () => {
  place = await house();
  daemon = await startDaemon({ home: place.home, script });
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
});
const scripted = ["run", "-m", "scripted/script"];

test("at an approval without a terminal and without anybody else, the answer is no at once, and the exit code 4", async () => {
  const mia = await place.room();
  const { code, stdout, stderr } = await mia.daimon([...scripted, "add"]);
  expect({ code, stdout }).toEqual({ code: 4, stdout: "Done with it.\n" });
  expect(stderr).toContain("daimon: denied: the assistant asked for approval, and there is nobody to ask\n");
});

test("somebody else who is attached at a terminal answers for a run that cannot ask", async () => {
  const mia = await place.room();
  await using ben = sit({ home: mia.home, cwd: mia.work, user: "ben" });
  await ben.sees("session ");
  const running = mia.start([...scripted, "add"]);
  await ben.sees("asks to do this");
  ben.type("/approve\r");
  expect(await running.ran).toMatchObject({ code: 0, stdout: "Done with it.\n" });
});

test("a turn that fails says why on one line, and the exit code is 1", async () => {
  const mia = await place.room();
  await mia.daimon([...scripted, "hello"]);
  const { code, stderr } = await mia.daimon([...scripted, "fail"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^daimon: the turn failed: .*the model is gone; "daimon show [0-9a-f]{8}" has all of it\n$/);
  expect(await mia.daimon([], { stdin: "/ai\nfail\n" })).toEqual({ code, stdout: "", stderr });
});

test("a model that a run was to have and that fails is not left to the session; one that answers is", async () => {
  const mia = await place.room();
  await mia.daimon(["run", "hello"]);
  const model = async () => JSON.parse((await mia.daimon(["sessions", "--json"])).stdout).sessions[0].model as string;
  const before = await model();
  const failed = await mia.daimon([...scripted, "fail"]);
  expect(failed.stderr).toContain(`the session has its model ${before} again\n`);
  expect(await model()).toBe(before);
  const refused = await mia.daimon(["run", "-m", "nosuch/model", "hello"]);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(await model()).toBe(before);
  await mia.daimon([...scripted, "hello"]);
  expect(await model()).toBe("scripted/script");
});

test("Ctrl-C interrupts the turn or the cell that the command started, keeps the words so far, and exits 130", async () => {
  const mia = await place.room();
  const turn = mia.start([...scripted, "wait"]);
  turn.stdout!.once("data", () => turn.kill("SIGINT"));
  expect(await turn.ran).toMatchObject({ code: 130, stdout: "First words. \n" });
  const cell = mia.start(["py", "import time; print('started', flush=True); time.sleep(60)"]);
  cell.stdout!.once("data", () => cell.kill("SIGINT"));
  expect(await cell.ran).toMatchObject({ code: 130, stdout: "started\n" });
});

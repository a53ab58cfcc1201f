import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Recorded } from "../../packages/protocol/src/index.ts";
import { type House, house } from "./daimon.ts";

/** What people and their scripts get from `py`, `run` and piped lines. */

let place: House;
beforeAll(async () => void (place = await house()));
afterAll(() => place[Symbol.asyncDispose]());

test("a cell's result and output are its stdout; the session's Python remembers from one command to the next", async () => {
  const mia = await place.room();
  expect(await mia.daimon(["py", "x = 6*7"])).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(await mia.daimon(["py", "x"])).toEqual({ code: 0, stdout: "42\n", stderr: "" });
  expect(await mia.daimon(["py", "print('no newline', end='')"])).toEqual({
    code: 0,
    stdout: "no newline",
    stderr: "",
  });
  expect(await mia.daimon(["py", "-"], { stdin: "for i in range(3):\n    print(i)\n" })).toMatchObject({
    code: 0,
    stdout: "0\n1\n2\n",
  });
  const { code, stdout, stderr } = await mia.daimon([
    "py",
    "import sys; print('out'); print('err', file=sys.stderr); 1/0",
  ]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "out\n" });
  expect(stderr).toMatch(/^err\nTraceback[\s\S]*ZeroDivisionError: division by zero\n$/);
});

test("what a cell reads with input() comes from stdin, and its end is an end", async () => {
  const mia = await place.room();
  expect(await mia.daimon(["py", "a = input(); b = input(); print(b, a)"], { stdin: "one\ntwo\n" })).toMatchObject({
    code: 0,
    stdout: "two one\n",
  });
  expect((await mia.daimon(["py", "input()"])).stderr).toContain("EOFError");
});

test("a long output reaches stdout whole", async () => {
  const mia = await place.room();
  const { stdout } = await mia.daimon(["py", "for i in range(30000): print(i)"]);
  // Compared by hand: nobody wants to read the difference of two long texts.
  expect(stdout === Array.from({ length: 30_000 }, (_, i) => `${i}\n`).join("")).toBe(true);
});

test("the assistant's answer is stdout, what it does on the way is stderr", async () => {
  const mia = await place.room();
  await mia.daimon(["py", "x = 6*7"]);
  const { code, stdout, stderr } = await mia.daimon(["run", "what is x?"]);
  expect(code).toBe(0);
  expect(stdout).toContain("42");
  expect(stdout.endsWith("\n")).toBe(true);
  expect(stderr).toContain("get_repr(x)");
  expect(stdout).not.toContain("get_repr(x)");
});

test("--json prints the events of this work as JSON Lines, from its beginning to its end, and nothing else", async () => {
  const mia = await place.room();
  await mia.daimon(["py", "before = 1"]);
  const { stdout } = await mia.daimon(["py", "--json", "print('hi'); 1"]);
  const frames = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded | { block: number; text: string });
  const events = frames.filter((frame) => "seq" in frame);
  expect(events.map(({ event }) => event.type)).toEqual([
    "cell.queued",
    "cell.started",
    "cell.opened",
    "cell.closed",
    "cell.finished",
  ]);
  expect(events.at(-1)?.event).toMatchObject({ ok: true, result: { text: "1" } });
  const turn = await mia.daimon(["run", "--json", "help"]);
  const types = turn.stdout
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as Recorded).event?.type);
  expect([types[0], types.at(-1)]).toEqual(["input.queued", "turn.ended"]);
});

test("files and piped text are attached to the prompt; what is no text is refused before anything is asked", async () => {
  const mia = await place.room();
  await writeFile(join(mia.work, "notes.txt"), "buy milk\n");
  await writeFile(join(mia.work, "picture.png"), Buffer.from([0x89, 0x50, 0xff]));
  const { stdout } = await mia.daimon(["run", "--json", "-f", "notes.txt", "sum up"], { stdin: "piped words\n" });
  const input = JSON.parse(stdout.split("\n", 1)[0]!) as Recorded;
  expect(input.event).toMatchObject({
    text: "sum up\n\n--- notes.txt ---\nbuy milk\n--- end of notes.txt ---\n\n--- stdin ---\npiped words\n--- end of stdin ---",
  });
  expect(await mia.daimon(["run", "-f", "picture.png", "look"])).toMatchObject({
    code: 2,
    stderr: "daimon: picture.png is not valid UTF-8; convert it first\n",
  });
  expect(await mia.daimon(["run", "-f", "nowhere", "look"])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^daimon: nowhere cannot be read: .*\n$/),
  });
  expect(await mia.daimon(["run", "-"], { stdin: Buffer.from([0x61, 0xff]) })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("not valid UTF-8"),
  });
});

test("an empty prompt and one of 10 MB are refused with one plain line", async () => {
  const mia = await place.room();
  for (const args of [["run"], ["run", "  "], ["run", "-"], ["py", " "]])
    expect(await mia.daimon(args)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^daimon: .*; give it as an argument.*\n$/),
    });
  const large = await mia.daimon(["run", "-"], { stdin: "x".repeat(10 * 1024 * 1024) });
  expect(large).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/^daimon: .* larger than .*\n$/) });
});

test("a pipe that nobody writes to and nobody closes does not hold a prompt for ever, and that is said", async () => {
  const mia = await place.room();
  const { code, stderr } = await mia.daimon(["run", "help"], { stdin: null });
  expect(code).toBe(0);
  expect(stderr).toContain("nothing came on stdin");
});

test("lines on stdin are run one after the other, each to its end, blocks included, and /ai talks to the assistant", async () => {
  const mia = await place.room();
  const lines = [
    "x = 6*7",
    "x",
    "def f(n):",
    "    return n + 1",
    "",
    "f(x)",
    "name = input('who? ')",
    "mia",
    "name",
    "/ai",
    "what is x?",
    "/py",
    "1/0",
    "'after'",
  ];
  const { code, stdout, stderr } = await mia.daimon([], { stdin: `${lines.join("\n")}\n` });
  expect(stdout).toMatch(/^42\n43\n'mia'\n.*42.*\n'after'\n$/);
  expect(stderr).toContain("ZeroDivisionError");
  expect(code).toBe(1);
});

test("a line that begins with TAB toggles py> and ai>, as the key does", async () => {
  const mia = await place.room();
  const { code, stdout } = await mia.daimon(["attach"], { stdin: "x = 42\n\twhat is x?\n\tx + 1" });
  expect(code).toBe(0);
  expect(stdout).toMatch(/42[\s\S]*\n43\n$/);
});

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SessionView, Summary } from "../../packages/protocol/src/index.ts";
import { startDaemon } from "../daemon-process/start.ts";
import { type House, house } from "./daimon.ts";

/** Looking after sessions, and answering from outside. */

const list = async (mia: House, ...query: string[]): Promise<Summary[]> =>
  (JSON.parse((await mia.daimon(["sessions", "--json", ...query])).stdout) as { sessions: Summary[] }).sessions;
const view = async (mia: House, name: string): Promise<SessionView> =>
  JSON.parse((await mia.daimon(["show", name, "--json"])).stdout) as SessionView;
const words = ({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }) => [
  code,
  stdout + stderr,
];

test("each folder has its session; they are listed newest first, shown as text or as a view, moved and deleted", async () => {
  await using mia = await house();
  const other = join(mia.work, "other");
  await mkdir(other);
  expect(words(await mia.daimon(["sessions"]))).toEqual([0, "no sessions\n"]);
  await mia.daimon(["py", "x = 1"]);
  await mia.daimon(["py", "print('hello')\n7"], { cwd: other });
  const [newest, oldest] = await list(mia);
  expect([newest?.cwd, oldest?.cwd]).toEqual([other, mia.work]);
  expect((await mia.daimon(["sessions"])).stdout.split("\n").map((line) => line.slice(0, 8))).toEqual([
    newest!.id.slice(0, 8),
    oldest!.id.slice(0, 8),
    "",
  ]);

  const shown = await mia.daimon(["show", newest!.id.slice(0, 12)]);
  expect(shown.stdout).toContain("mia py> print('hello')\n   ...  7\nhello\n7\n");
  expect(await view(mia, newest!.id)).toMatchObject({
    id: newest!.id,
    cwd: other,
    items: [{ kind: "cell", ok: true }],
  });

  expect(await mia.daimon(["move", oldest!.id, other])).toEqual({ code: 0, stdout: "", stderr: "" });
  expect((await view(mia, oldest!.id)).cwd).toBe(other);
  expect(words(await mia.daimon(["move", oldest!.id, "/nowhere"]))).toEqual([
    2,
    "daimon: /nowhere is not a folder; name one that exists\n",
  ]);
  expect(words(await mia.daimon(["move", oldest!.id, ""]))).toEqual([
    2,
    'daimon: "" is not a folder; name one that exists\n',
  ]);

  expect(await mia.daimon(["delete", oldest!.id])).toEqual({ code: 0, stdout: "", stderr: "" });
  expect((await list(mia)).map(({ id }) => id)).toEqual([newest!.id]);
});

test("a session that is not there, or a name that several have, is refused with what to do", async () => {
  await using mia = await house();
  await mia.daimon(["run", "--new", "help"]);
  await mia.daimon(["run", "--new", "help"]);
  const title = (await list(mia))[0]!.title;
  expect(await mia.daimon(["show", "nosuch"])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^daimon: .*nosuch.*daimon sessions.*\n$/),
  });
  expect(await mia.daimon(["show", title])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^daimon: [^\n]*\n$/),
  });
  expect(await mia.daimon(["show", " "])).toMatchObject({ code: 2, stderr: expect.stringContaining("is empty") });
  expect(words(await mia.daimon(["run", "-c", "hi"], { cwd: "/" }))).toEqual([
    2,
    "daimon: there is no session in this folder to continue; leave --continue out to begin one\n",
  ]);
  expect(words(await mia.daimon(["run", "-c", "--new", "hi"]))).toEqual([
    2,
    "daimon: --session, --continue and --new exclude each other; give one of them\n",
  ]);
  expect(words(await mia.daimon(["run", "--mode", "aks", "hi"]))).toEqual([
    2,
    'daimon: there is no mode "aks"; did you mean "ask"?\n',
  ]);
});

test("run goes on in the folder's session unless it is told otherwise, and sets its mode and model", async () => {
  await using mia = await house();
  await mia.daimon(["py", "1"]);
  const [here] = await list(mia);
  await mia.daimon(["run", "--mode", "read-only", "help"]);
  await mia.daimon(["run", "-c", "help"]);
  await mia.daimon(["run", "-s", here!.id, "help"]);
  expect(await list(mia)).toHaveLength(1);
  expect((await view(mia, here!.id)).mode).toBe("read-only");
  await mia.daimon(["run", "--new", "help"]);
  expect(await list(mia)).toHaveLength(2);
});

const script = {
  add: [[{ call: { tool: "append", input: { line: "once" } } }], [{ text: "Said and done." }]],
  wait: [[{ text: "First words. " }, { gate: "gate" }]],
};

test("what a turn asks is approved or denied from outside, once, and nothing is answered that is not asked", async () => {
  await using mia = await house();
  await using daemon = await startDaemon({ home: mia.home, script });
  const { sit } = await import("../terminal/pty.ts");
  await mia.daimon(["run", "--new", "-m", "scripted/script", "hello"]);
  const [{ id } = { id: "" }] = await list(mia);
  await using ben = sit({ home: mia.home, cwd: mia.work, user: "ben", args: ["attach", id] });
  await ben.sees("session ");
  expect(words(await mia.daimon(["approve", id]))).toEqual([2, "daimon: nothing is asked right now\n"]);

  ben.type("\tadd\r");
  await ben.sees("asks to do this");
  const ask = (await view(mia, id)).asks[0]!;
  expect((await mia.daimon(["show", id])).stdout).toContain(`the assistant asks to do this (question ${ask.id}):`);
  expect(words(await mia.daimon(["answer", id, String(ask.id), "yes"]))[1]).toContain("approve or deny it");
  const shown = `the assistant asks to do this (question ${ask.id}): append\n  | append once\n  in ${mia.work}\n  SHA-256 ${ask.digest.slice(0, 12)}\n`;
  expect(words(await mia.daimon(["deny", id, String(ask.id), "--reason", "not today"]))).toEqual([
    0,
    `${shown}denied: not today\n`,
  ]);
  await ben.sees("denied by mia: not today");
  await ben.sees("Said and done.");
  expect(words(await mia.daimon(["deny", id, String(ask.id)]))[0]).toBe(2);

  ben.type("add\r");
  await ben.sees((lines) => lines.filter((line) => line.includes("asks to do this")).length === 2);
  const given = await mia.daimon(["approve", id, "--scope", "session"]);
  expect(given).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\| append once\n[^]*\napproved for this session\n$/),
  });
  await ben.sees("approved by mia");
  expect(daemon.pid).toBe(mia.pid());
});

test("a line that a cell waits for can be given from outside, and what runs can be interrupted from outside", async () => {
  await using mia = await house();
  const { sit } = await import("../terminal/pty.ts");
  await using ben = sit({ home: mia.home, cwd: mia.work, user: "ben" });
  await ben.sees("session ");
  const [{ id } = { id: "" }] = await list(mia);
  ben.type("name = input('who? ')\r");
  await ben.sees(/^who\?/m);
  const { asks } = await view(mia, id);
  expect(words(await mia.daimon(["answer", id, String(asks[0]!.id), "mia"]))).toEqual([0, ""]);
  ben.type("name\r");
  await ben.sees("]: 'mia'");
  ben.type("while True: pass\r\r");
  await expect.poll(async () => (await view(mia, id)).kernel.is).toBe("running");
  expect(words(await mia.daimon(["interrupt", id]))).toEqual([0, "the running cell is interrupted\n"]);
  await ben.sees("KeyboardInterrupt");
  expect(words(await mia.daimon(["interrupt", id]))).toEqual([1, "daimon: nothing is running\n"]);
});

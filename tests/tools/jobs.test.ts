import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ToolContext } from "../../packages/server/src/core/ports.ts";
import { bashKill, bashOutput } from "../../packages/server/src/tools/bash/following.ts";
import { bash } from "../../packages/server/src/tools/bash/index.ts";
import { git } from "../../packages/server/src/tools/git/index.ts";
import { put } from "./place.ts";
import { calling, gone, mark, session, wholeOf } from "./programs.ts";

const start = (command: string, context: ToolContext, call = 1) =>
  calling(bash, { command, background: true }, { ...context, call });
const look = (context: ToolContext, input: object = { job: "job:1" }) => calling(bashOutput, input, context);
const kill = (context: ToolContext, job = "job:1") => calling(bashKill, { job }, context);
/** What it says until it has ended. */
async function followed(context: ToolContext, job = "job:1"): Promise<string> {
  let all = "";
  for (;;) {
    const { text, exit } = await look(context, { job, wait: 60 });
    all += `${text}\n`;
    if (exit !== undefined) return all;
  }
}

test("a job goes on after its call, is named after it, and people see that it runs", async () => {
  const context = session();
  const begun = await start("until [ -e go ]; do sleep 0.01; done; echo done", context, 57);
  expect(begun).toMatchObject({ text: expect.stringMatching(/^It runs as job:57\./), said: `${begun.text}\n` });
  expect(bash.show({ command: "x", background: true }).text).toBe("$ x\n(in the background)");
  expect((await look(context, { job: "job:57" })).text).toMatch(
    /^\(nothing new\)\n\[job:57 has been running for \d+ s\]$/,
  );
  put(join(context.cwd, "go"));
  expect(await followed(context, "job:57")).toMatch(/done\n\[job:57 exited with code 0 after \d+ s\]/);
});

test("what a job says is read once, whole and in order, however often one looks", async () => {
  const context = session();
  await start("for i in 1 2 3 4 5 6; do echo line $i; sleep 0.03; done; exit 3", context);
  const lines = (await followed(context)).match(/line \d/g);
  expect(lines).toEqual([1, 2, 3, 4, 5, 6].map((line) => `line ${line}`));
  expect(await look(context)).toMatchObject({
    exit: 3,
    text: expect.stringMatching(/^\(nothing new\)\n\[job:1 exited with code 3 after/),
  });
});

test("a job that says more than anybody reads takes no memory of its size", async () => {
  const context = session();
  await start("yes | head -c 50000000; echo last", context);
  while ((await look(context, {})).text.includes("running")) await new Promise((resolve) => setTimeout(resolve, 10));
  const result = await look(context);
  expect(result.text).toMatch(
    /^\[\.\.\. \d+ of 25000001 lines are left out \.\.\.\]\n(y\n)+last\n\[job:1 exited with code 0/,
  );
  expect(wholeOf(result, context)?.length).toBeLessThan(1.2 * 1024 ** 2);
});

test("a job that is killed is gone with all that it started, and its last words are told", async () => {
  const wanted = mark();
  const context = session();
  await start(`setsid sleep ${wanted} & echo words; sleep ${wanted}`, context);
  expect((await look(context, { job: "job:1", wait: 60 })).text).toContain("words");
  expect((await kill(context)).text).toMatch(/\[job:1 was killed by SIGKILL after \d+ s\]/);
  await gone(wanted);
  expect((await kill(context)).text).toContain("was killed by SIGKILL");
});

test("a job outlives the interrupt of the turn that started it, and not its session", async () => {
  const wanted = mark();
  const abort = new AbortController();
  const context = session({ signal: abort.signal });
  await start(`sleep ${wanted}`, context);
  abort.abort();
  const later = { ...context, signal: new AbortController().signal };
  // It would hear of its end.
  expect((await look(later, { job: "job:1", wait: 1 })).text).toContain("has been running");
  bashOutput.forget?.(context.session);
  await gone(wanted);
  expect(await look(later)).toMatchObject({ ok: false, text: expect.stringContaining('no "job:1" any more') });
});

test("jobs are listed, those of other sessions never; one that never was is said to be none", async () => {
  const [mine, other] = [session(), session()];
  expect((await look(mine, {})).text).toBe("There are no jobs.");
  await start("echo mine\nsleep 1000", mine);
  expect((await look(mine, {})).text).toMatch(/^job:1 has been running for \d+ s: echo mine \.\.\.$/);
  expect((await look(other, {})).text).toBe("There are no jobs.");
  for (const result of [await look(other), await kill(other)])
    expect(result).toMatchObject({ ok: false, text: expect.stringContaining("There are no jobs") });
  expect((await look(mine, { job: "job:2" })).text).toContain("There are job:1.");
  await kill(mine);
});

test("eight jobs run at once in a session, and a ninth is refused until one ends", async () => {
  const context = session();
  for (let job = 1; job <= 8; job++) await start("sleep 1000", context, job);
  expect(await start("sleep 1000", context, 9)).toMatchObject({
    ok: false,
    text: expect.stringContaining("8 jobs run already"),
  });
  await kill(context, "job:3");
  expect(await start("sleep 1000", context, 10)).toMatchObject({ text: expect.stringContaining("job:10") });
  for (const job of [1, 2, 4, 5, 6, 7, 8, 10]) await kill(context, `job:${job}`);
});

test("whoever waits for a job is not kept when they are told to stop", async () => {
  const abort = new AbortController();
  const context = session();
  await start("sleep 1000", context);
  const waiting = look({ ...context, signal: abort.signal }, { job: "job:1", wait: 120 });
  setImmediate(() => abort.abort());
  expect(await waiting).toMatchObject({ ok: false, outcome: "interrupted" });
  await kill(context);
});

test("following a job is no circle: the same look again is made again", () => {
  expect(bashOutput).toMatchObject({ polls: true, touches: "nothing", repeatable: true, parallel: true });
  expect(bashKill).toMatchObject({ touches: "nothing", repeatable: true });
});

test("no model is told of following jobs where there are none, and of git only in a repository", async () => {
  const context = session();
  const here = { id: context.session, cwd: context.cwd };
  const told = () => [bashOutput, bashKill].map(({ useful }) => useful?.(here));
  expect(told()).toEqual([false, false]);
  await start("sleep 1000", context);
  expect(told()).toEqual([true, true]);
  await kill(context);

  expect(git.useful?.(here)).toBe(false);
  mkdirSync(join(context.cwd, ".git"));
  mkdirSync(join(context.cwd, "deep", "down"), { recursive: true });
  expect(git.useful?.({ ...here, cwd: join(context.cwd, "deep", "down") })).toBe(true);
});

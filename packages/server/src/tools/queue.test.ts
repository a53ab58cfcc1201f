import { expect, test } from "vitest";
import { inTurn } from "./queue.ts";

const never = new AbortController().signal;

/** Work that says when it begins, and ends when it is let. */
function work(log: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const run = async () => {
    log.push(`${name} begins`);
    await promise;
    log.push(`${name} ends`);
  };
  return { run, end: resolve };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("who changes the same goes one after the other, in the order in which they came; others do not wait", async () => {
  const log: string[] = [];
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => work(log, name)) as [Work, Work, Work, Work];
  const all = [
    inTurn(["/x/file"], never, a.run),
    inTurn(["/x"], never, b.run),
    inTurn(["/x/file", "/y"], never, c.run),
    inTurn(["/xy"], never, d.run),
  ];
  await settled();
  expect(log).toEqual(["a begins", "d begins"]);
  for (const one of [b, c, d, a]) one.end();
  await Promise.all(all);
  expect(log.filter((said) => !said.startsWith("d"))).toEqual([
    ...["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"],
  ]);
});
type Work = ReturnType<typeof work>;

test("whoever fails lets the next one go on", async () => {
  const failing = inTurn(["/x"], never, () => Promise.reject(new Error("no")));
  const next = inTurn(["/x"], never, () => Promise.resolve("done"));
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("done");
});

test("whoever gives up waiting is not run, and those behind still wait for those before", async () => {
  const log: string[] = [];
  const abort = new AbortController();
  const [first, second, third] = ["first", "second", "third"].map((name) => work(log, name)) as [Work, Work, Work];
  const running = inTurn(["/x"], never, first.run);
  const waiting = inTurn(["/x"], abort.signal, second.run);
  const last = inTurn(["/x"], never, third.run);
  abort.abort();
  await expect(waiting).rejects.toThrow("aborted");
  third.end();
  await settled();
  expect(log).toEqual(["first begins"]);
  first.end();
  await Promise.all([running, last]);
  expect(log).toEqual(["first begins", "first ends", "third begins", "third ends"]);
});

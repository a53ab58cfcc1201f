import { expect, test } from "vitest";
import { ManualClock } from "../../../../tests/model/clock.ts";
import type { CellResult, CellWatcher, Kernel } from "./ports.ts";
import { runStartup } from "./startup.ts";

/** A Python at its start-up file, which does what the test says. */
function starting() {
  const clock = new ManualClock();
  const result = Promise.withResolvers<CellResult>();
  const heard: string[] = [];
  let watcher: CellWatcher | undefined;
  const kernel = {
    exec: (_: unknown, watching: CellWatcher) => ((watcher = watching), result.promise),
    interrupt: () => void heard.push("interrupt"),
    kill: (why: string) => void heard.push(`kill: ${why}`),
    answer: (text: string | null) => void heard.push(`answer: ${text}`),
  } as Partial<Kernel> as Kernel;
  const note = runStartup(kernel, { path: "startup.py", code: "pass" }, clock);
  return { clock, heard, note, end: result.resolve, watcher };
}

test("a start-up file that says nothing leaves no note; what it prints is told", async () => {
  const quiet = starting();
  quiet.end({ ok: true });
  expect(await quiet.note).toBeUndefined();
  const loud = starting();
  loud.watcher?.output("stdout", "hello ");
  loud.watcher?.output("stdout", "x".repeat(10_000));
  loud.end({ ok: true });
  expect(await loud.note).toMatch(/^startup\.py:\nhello x+/);
  expect((await loud.note)?.length).toBeLessThan(4200);
});

test("one that waits for a line gets none: nobody is there yet", () => {
  const asking = starting();
  asking.watcher?.input("name?", false);
  expect(asking.heard).toEqual(["answer: null"]);
});

test("one that does not end is interrupted after 30 s and killed 2 s later, and either is told", async () => {
  const endless = starting();
  await endless.clock.advance(29_999, async () => {});
  expect(endless.heard).toEqual([]);
  await endless.clock.advance(1, async () => {});
  expect(endless.heard).toEqual(["interrupt"]);
  endless.end({ ok: false, outcome: "interrupted" });
  expect(await endless.note).toBe("startup.py:\nit ran for 30 s and was interrupted");
  await endless.clock.advance(10_000, async () => {});
  expect(endless.heard).toEqual(["interrupt"]);

  const stubborn = starting();
  await stubborn.clock.advance(32_000, async () => {});
  expect(stubborn.heard.at(-1)).toBe("kill: startup.py ran for 30 s and ignored its interrupt");
  stubborn.end({ ok: false, outcome: "died", error: { name: "KernelDied", message: "it is gone", traceback: "" } });
  await expect(stubborn.note).rejects.toThrow("startup.py: it is gone");
});

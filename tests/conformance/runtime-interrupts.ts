import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { runIn, watchIn, type World } from "./runtime-world.ts";

export function runtimeInterrupts(world: World): void {
  const { run, value, watch } = world;

  describe("an interrupt", () => {
    const endless = {
      "a busy loop": "while True: pass",
      "time.sleep": "import time; time.sleep(1000)",
      "asyncio.sleep": "import asyncio; await asyncio.sleep(1000)",
      "a regular expression gone wild": "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')",
      "a comprehension": "[n for n in iter(int, 1)]",
    };
    for (const [what, code] of Object.entries(endless)) {
      it(`ends ${what} and leaves the Python as it was`, async () => {
        await run("stays = 'kept'");
        // It may come so soon that print itself has not returned, and nothing tells when it has: then a later one is tried.
        let traceback: string | undefined;
        for (let tries = 0; tries < 20 && !traceback?.includes("line 2, in"); tries++) {
          const watched = watch(`print('go')\n${code}`);
          await watched.says("go\n");
          if (tries > 0) await pause(tries);
          world.kernel.interrupt();
          const { ok, outcome, error } = await watched.result;
          const told = { ok, outcome, name: error?.name };
          expect(told).toEqual({ ok: false, outcome: "interrupted", name: "KeyboardInterrupt" });
          traceback = error?.traceback;
        }
        expect(traceback).toMatch(/^ {2}File "<cell \d+>", line 2, in <module>\n[^]*KeyboardInterrupt\n$/);
        expect(await value("stays")).toBe("'kept'");
      });
    }

    it("ends a cell that has only just begun, whatever Python is at", async () => {
      const outcomes = new Set<unknown>();
      for (let n = 0; n < 120; n++) {
        // Python looks for interrupts every so many steps: each time elsewhere in what comes before the cell's own code.
        await run(`for n in range(${n}): pass`);
        const begun = run("for n in range(5_000_000): pass");
        world.kernel.interrupt();
        outcomes.add((await begun).outcome);
      }
      expect([...outcomes]).toEqual(["interrupted"]);
    });

    it("ends a cell that awaits, wherever it hits the loop", async () => {
      const outcomes = new Set<unknown>();
      for (let n = 0; n < 120; n++) {
        const begun = watch(
          `import asyncio\nprint('go')\nfor n in range(${n * 10}): await asyncio.sleep(0)\nawait asyncio.sleep(1000)`,
        );
        await begun.says("go");
        world.kernel.interrupt();
        outcomes.add((await begun.result).outcome);
      }
      expect([...outcomes]).toEqual(["interrupted"]);
    });

    it("that comes too late for a cell is none for the next", async () => {
      const { kernel } = await world.alone();
      // So many names take a while to be looked through when a cell is over.
      await runIn(kernel, "globals().update({f'name{n}': n for n in range(200_000)})");
      for (let n = 0; n < 3; n++) {
        const ending = watchIn(kernel, "print('over')");
        await ending.says("over");
        kernel.interrupt();
        await ending.result;
        expect((await runIn(kernel, "1 + 1")).result?.text).toBe("2");
      }
      kernel.kill("tested");
    });

    it("is never lost, however often it comes and whatever Python is at", async () => {
      for (let n = 0; n < 100; n++) {
        const busy = watch("print('on')\nwhile True: pass");
        await busy.says("on");
        world.kernel.interrupt();
        expect((await busy.result).outcome).toBe("interrupted");
      }
    });

    it("is not lost in a finalizer, where what is raised goes nowhere", async () => {
      const code = `
import time
class Ending:
    def __del__(self):
        print('ending')
        until = time.monotonic() + 0.5
        while time.monotonic() < until: pass
Ending()
while True: pass`;
      const watched = watch(code);
      await watched.says("ending\n");
      world.kernel.interrupt();
      expect(await watched.result).toMatchObject({ ok: false, outcome: "interrupted" });
    });

    it("can be handled by the cell itself", async () => {
      const watched = watch(
        "try:\n    print('go')\n    while True: pass\nexcept KeyboardInterrupt:\n    'tidied up'\n'tidied up'",
      );
      await watched.says("go\n");
      world.kernel.interrupt();
      expect(await watched.result).toMatchObject({ ok: true, result: { text: "'tidied up'" } });
    });

    it("does nothing where nothing runs", async () => {
      world.kernel.interrupt();
      expect(await value("'calm'")).toBe("'calm'");
    });
  });
}

import { describe, expect, it } from "vitest";
import type { World } from "./runtime-world.ts";

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
        await run("before = 'kept'");
        const watched = watch(`print('go')\n${code}`);
        await watched.says("go\n");
        world.kernel.interrupt();
        const { ok, outcome, error } = await watched.result;
        expect({ ok, outcome, name: error?.name }).toEqual({
          ok: false,
          outcome: "interrupted",
          name: "KeyboardInterrupt",
        });
        expect(error?.traceback).toMatch(/^ {2}File "<cell \d+>", line 2, in <module>\n[^]*KeyboardInterrupt\n$/);
        expect(await value("before")).toBe("'kept'");
      });
    }

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

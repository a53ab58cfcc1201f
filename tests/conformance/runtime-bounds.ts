import { describe, expect, it } from "vitest";
import { runIn, type World } from "./runtime-world.ts";

export function runtimeBounds(world: World): void {
  const { run, value } = world;

  describe("what goes too far", () => {
    it("is no end: deep recursion, in Python and in C", async () => {
      expect((await run("def down(): return down()\ndown()")).error?.name).toBe("RecursionError");
      const nested = "deep = []\nfor n in range(100_000): deep = [deep]\ndeep";
      expect((await run(nested)).ok).toBe(true);
      await run("len(repr(deep))");
      await run("import json; json.dumps(deep)");
      await run("deep == [deep]");
      await run("del deep");
      expect(await value("1 + 1")).toBe("2");
    });

    it("is a MemoryError where memory is the limit, and the Python lives", async () => {
      // One of its own: how much room there is in one piece depends on all that ran before.
      const { kernel } = await world.alone();
      const hog = "def hog():\n    all = []\n    while True: all.append(bytes(10 << 20))\nhog()";
      expect((await runIn(kernel, hog)).error?.name).toBe("MemoryError");
      expect((await runIn(kernel, "len(bytearray(200 << 20))")).result?.text).toBe(String(200 << 20));
      expect((await runIn(kernel, `much = bytes(${world.under.memory})`)).error?.name).toBe("MemoryError");
      expect((await runIn(kernel, "1 + 1")).result?.text).toBe("2");
      kernel.kill("tested");
    });

    it("is harmless: nothing Python forges reaches beyond its own kernel", async () => {
      let other = await world.start();
      for (const code of world.under.forgery) {
        await runIn(other, code);
        if ((await runIn(other, "1 + 1")).outcome === "died") other = await world.start();
      }
      other.kill("tested");
      expect(await value("1 + 1")).toBe("2");
    });
  });
}

import { describe, expect, it } from "vitest";
import type { World } from "./runtime-world.ts";

export function runtimeTyping(world: World): void {
  const { run } = world;

  describe("typing", () => {
    const matches = async (code: string) => (await world.kernel.complete(code, code.length)).matches;

    it("is completed: names, attributes, imports, keys", async () => {
      await run("completable = {'key one': 1}\nclass Thing:\n    def method(self): pass\nthing = Thing()");
      expect(await matches("complet")).toEqual(["completable"]);
      expect(await matches("print(thing.me")).toEqual(["method"]);
      expect(await matches("import jso")).toContain("json");
      expect(await matches("from collections import Coun")).toContain("Counter");
      expect(await matches("completable['k")).toEqual(["key one"]);
      expect(await matches("no.such.thing")).toEqual([]);
    });

    it("is completed at the right place after characters of any size", async () => {
      const code = "s = 'é😀'; complet";
      expect(await world.kernel.complete(code + " + 1", code.length)).toEqual({
        matches: ["completable"],
        start: code.length - "complet".length,
        end: code.length,
      });
    });

    it("is known to be finished, to go on, or to be wrong", async () => {
      const incomplete = (indent: string) => ({ is: "incomplete", indent });
      const judged = {
        "1 + 1": { is: "complete" },
        "": { is: "complete" },
        "await x": { is: "complete" },
        "for n in x:": incomplete("    "),
        "for n in x:\n    print(n)": incomplete("    "),
        "for n in x:\n    print(n)\n": { is: "complete" },
        "def f():\n    if x:\n        return 1": incomplete("    "),
        "x = (1,": incomplete(""),
        '"""open': incomplete(""),
        "def f(:": { is: "invalid" },
        "a\0b": { is: "invalid" },
      };
      const told: Record<string, unknown> = {};
      for (const code of Object.keys(judged)) told[code] = await world.kernel.isComplete(code);
      expect(told).toEqual(judged);
    });
  });
}

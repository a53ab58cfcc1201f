import { describe, expect, it } from "vitest";
import type { World } from "./runtime-world.ts";

export function runtimeTyping(world: World): void {
  const { run } = world;

  describe("typing", () => {
    const matches = async (code: string) => (await world.kernel.complete(code, code.length)).matches;

    const offered: Record<string, string[]> = {
      complet: ["completable"],
      "print(thing.me": ["method"],
      "thing.method(1, dep": ["depth="],
      "thing.method(depth=1, dep": [],
      "take(1,\n  bet": ["beta="],
      "take('a', bet": ["beta="],
      "take(alph": ["alphabet="],
      "Thing(si": ["size="],
      "sorted([1], rev": ["reverse=", "reversed"],
      "import jso": ["json"],
      "import os, jso": ["json"],
      "import xml.do": ["dom"],
      "from xml.do": ["dom"],
      "from xml import do": ["dom"],
      "from collections import Counte": ["Counter"],
      "from making.made import def": ["defined"],
      "import making.mad": ["made"],
      "from making import mad": ["made"],
      "completable['k": ["key one"],
      'completable["inner"]["dee': ["deep"],
      "completable[": ["'inner'", "'key one'", "5"],
      "completable[5": ["5"],
      "'making/ma": ["made.py"],
      "open('maki": ["making/"],
      "'''making/ma": ["made.py"],
      "b'making/ma": [],
      "f'making/ma": [],
      whil: ["while"],
      "# take(alphab": [],
      "take(no.such.thing(alphab": [],
      "no.such.thing": [],
      "noisy().": [],
      "noisy().x['": [],
    };

    it("is completed: names, attributes, arguments, modules and what is in them, keys, files, keywords", async () => {
      await run(`
import os, sys
os.makedirs("making", exist_ok=True)
open("making/__init__.py", "w").close()
with open("making/made.py", "w") as file: file.write("ran = open('making/ran', 'w')\\ndef defined(): pass\\n")
sys.path.insert(0, "")
completable = {'key one': 1, 'inner': {'deep': 1}, 5: 2, (1, 2): 3}
ran = []
def noisy(): ran.append(1)
def take(alpha, /, beta, *rest, alphabet=1): pass
class Thing:
    def __init__(self, size=1): pass
    def method(self, depth=1): pass
thing = Thing()`);
      const told: Record<string, string[]> = {};
      for (const code of Object.keys(offered)) told[code] = await matches(code);
      expect(told).toEqual(offered);
      const untouched = "del sys.path[0]; ran, os.path.exists('making/ran'), 'making' in sys.modules";
      expect(await world.value(untouched)).toBe("([], False, False)");
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

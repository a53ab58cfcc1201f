import { describe, expect, it } from "vitest";
import type { World } from "./runtime-world.ts";

/** What is typed beside Python, while it is typed. What comes of it is in tests/journeys/ipython. */
export function runtimeIPython(world: World): void {
  describe("typing a magic", () => {
    const matches = async (code: string) => (await world.kernel.complete(code, code.length)).matches;

    it("is completed: where one may stand, and what it may be there", async () => {
      expect(await matches("%tim")).toEqual(["%time", "%timeit"]);
      expect(await matches("%%tim")).toEqual(["%%time", "%%timeit"]);
      expect(await matches("if x:\n    y = %who_")).toEqual(["%who_ls"]);
      expect(await matches("%load_")).toEqual(["%load_ext"]);
      expect(await matches("7 %tim")).not.toContain("%time");
      expect(await world.kernel.complete("x = %tim", 8)).toMatchObject({ start: 4, end: 8 });
    });

    it("goes on with names in its code", async () => {
      await world.run("completable = 1");
      expect(await matches("%time completab")).toEqual(["completable"]);
    });

    it("takes no longer for long words and many spaces", async () => {
      const word = "a".repeat(500_000);
      const spaces = " ".repeat(20_000);
      await world.run("completable = 1");
      expect(await matches(`x = '${word}'\ncompletab`)).toEqual(["completable"]);
      expect(await matches(`${word} `)).toContain("completable");
      expect(await world.kernel.isComplete(`x${spaces}\ny`)).toEqual({ is: "complete" });
      expect(await world.kernel.isComplete(`${word} ?`)).toEqual({ is: "invalid" });
      expect((await world.run(`${word} + ?`)).error?.name).toBe("SyntaxError");
    });

    it("is known to be finished, to go on, or to be wrong", async () => {
      const incomplete = (indent: string) => ({ is: "incomplete", indent });
      const complete = { is: "complete" };
      const judged = {
        "%time foo(": complete,
        "x = %time foo": complete,
        "!ls | (": complete,
        "!echo \\": incomplete(""),
        "!echo \\\n  more": complete,
        "x = !ls": complete,
        "print?": complete,
        "?print": complete,
        "cd ..": complete,
        pwd: complete,
        "if x:\n    %time y": incomplete("    "),
        "if x:\n    !ls\n": complete,
        "for n in x:\n    if n:\n        n?": incomplete("        "),
        "%time x\nfoo(": incomplete(""),
        "%time x\n)": { is: "invalid" },
        "'''\n%time": incomplete(""),
        "x = [\n%time": { is: "invalid" },
        "%%time": incomplete(""),
        "%%time\nfor n in x:": incomplete("    "),
        "%%time\nfor n in x:\n    n": incomplete("    "),
        "%%time\nx = 1\n": complete,
        "%%bash\nif true; then\n": complete,
        "@decorated": incomplete(""),
        "    x = 1\n    x": complete,
        ">>> x = 1": complete,
        ">>> for n in x:": incomplete("    "),
        "if x:\n    y\nelse:": incomplete("    "),
        "try:\n    y\n": incomplete("    "),
      };
      const told: Record<string, unknown> = {};
      for (const code of Object.keys(judged)) told[code] = await world.kernel.isComplete(code);
      expect(told).toEqual(judged);
    });
  });
}

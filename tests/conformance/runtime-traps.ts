import { describe, expect, it } from "vitest";
import { runIn, type World } from "./runtime-world.ts";

/** Errors and values that do something else than they should when they are told of. */
const errors: Record<string, { code: string; tells: RegExp }> = {
  "whose text ends Python": {
    code: "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
    tells: /line 3, in <module>\n {4}raise E\n[^]*E: <exception str\(\) failed>\n$/,
  },
  "that lies about what it is": {
    code: "class E(Exception):\n    @property\n    def __class__(self): raise RuntimeError\nraise E('mine')",
    tells: /line 4, in <module>[^]*E: mine\n/,
  },
  "that answers nothing": {
    code: "class E(SyntaxError):\n    def __getattribute__(self, name): raise RuntimeError\nraise E('mine')",
    tells: /line 3, in <module>[^]*E: mine\n\(the rest could not be written: RuntimeError\)\n$/,
  },
  "that is the last of three thousand": {
    code: `error = None
for n in range(3000):
    try:
        raise ValueError(n) from error
    except ValueError as caught:
        error = caught
raise error`,
    tells:
      /^Traceback[^]*ValueError: 0\n\nThe above exception was the direct cause[^]*bytes left out[^]*ValueError: 2999\n$/,
  },
};

export function runtimeTraps(world: World): void {
  const { run, value } = world;

  describe("an error is told of", () => {
    it.for(Object.entries(errors))("%s", async ([, { code, tells }]) => {
      expect((await run(code)).error?.traceback).toMatch(tells);
      expect(await value("1 + 1")).toBe("2");
    });

    it("whole in every mode, though it is the last of three thousand", async () => {
      const { kernel } = await world.alone();
      await runIn(kernel, "%xmode Context");
      const told = (await runIn(kernel, errors["that is the last of three thousand"]?.code ?? "")).error?.traceback;
      expect(told).toMatch(/ValueError: 0\n\nThe above exception was the direct cause[^]*ValueError: 2999\n$/);
      kernel.kill("tested");
    });
  });

  describe("a result", () => {
    it("whose size cannot be asked is a result, and so are those after it", async () => {
      const sized =
        "class Sized:\n    def __repr__(self): return 'sized'\n    __sizeof__ = property(lambda self: 1 / 0)\nSized()";
      expect(await value(sized)).toBe("sized");
      expect(await value("1 + 1")).toBe("2");
    });

    it("whose richer form ends Python is told by its text", async () => {
      const rich =
        "class Rich:\n    def __repr__(self): return 'rich'\n    def _repr_html_(self): raise SystemExit\nRich()";
      expect(await value(rich)).toBe("rich");
    });

    it("is there though threads make and delete variables all the time", async () => {
      const { kernel } = await world.alone();
      const begun = await runIn(
        kernel,
        `import threading
def busy():
    while not over:
        for n in range(2000): globals()[f"made{n}"] = n
        for n in range(2000): del globals()[f"made{n}"]
over = False
thread = threading.Thread(target=busy)
thread.start()`,
      );
      if (begun.ok) {
        for (let n = 0; n < 100; n++) expect(await runIn(kernel, `${n}`)).toMatchObject({ ok: true });
        for (let n = 0; n < 30; n++) expect(await kernel.variables()).toBeTruthy();
        expect((await runIn(kernel, "over = True; thread.join()")).ok).toBe(true);
      } else expect(begun.error?.message).toContain("can't start new thread");
      kernel.kill("tested");
    });
  });
}

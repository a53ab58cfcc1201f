import { describe, expect, it } from "vitest";
import { runIn, type World } from "./runtime-world.ts";

export function runtimeCells(world: World): void {
  const { run, value, watch } = world;

  describe("a cell", () => {
    it("answers with its last expression", async () => {
      expect(await run("x = 6 * 7\nx")).toMatchObject({ ok: true, result: { text: "42" } });
    });

    it("has no result when it ends with a statement, with None or with a semicolon", async () => {
      for (const code of ["y = 1", "None", "41 + 1;", "", "# nothing"]) {
        expect(await run(code)).toEqual({ ok: true, variables: expect.anything() });
      }
    });

    it("finds what earlier cells left, and the last result as _", async () => {
      await run("names = ['a']\nnames * 2");
      expect(await value("_")).toBe("['a', 'a']");
      await run("names.append('b')");
      expect(await value("names")).toBe("['a', 'b']");
    });

    it("finds the texts that it is given under their names, however long, and tells that it has them", async () => {
      const log = `größe 😀\n'''"\\`.repeat(100_000);
      const code = "len(log), log[:7], who";
      const watcher = { output() {}, display() {}, input() {} };
      const result = await world.kernel.exec({ id: 900_001, code, given: { log, who: "\u2028" } }, watcher);
      expect(result).toMatchObject({ ok: true, result: { text: `(1300000, 'größe 😀', '\\u2028')` } });
      expect(result.variables?.map(({ name }) => name).toSorted()).toEqual(["log", "who"]);
      expect(await value("log.count('größe')")).toBe("100000");
    });

    it("finds nothing among its names but what every Python has there", async () => {
      const fresh = await world.start();
      const { result } = await runIn(fresh, "sorted(globals()), '_' in dir(__builtins__)");
      expect(result?.text).toBe(
        "(['__builtins__', '__doc__', '__loader__', '__name__', '__package__',\n  '__spec__'],\n False)",
      );
      expect((await fresh.capability("list_globals")).value).toEqual([]);
      fresh.kill("tested");
    });

    it("may await at its top, and may sleep in asyncio", async () => {
      expect(
        await value("import asyncio\nasync def later(): await asyncio.sleep(0.01); return 'done'\nawait later()"),
      ).toBe("'done'");
      const generated = "async def numbers():\n    for n in range(3): yield await later(n)";
      await run(`async def later(n): await asyncio.sleep(0); return n\n${generated}`);
      expect(await value("[n async for n in (m async for m in numbers())]")).toBe("[0, 1, 2]");
    });

    it("may run asyncio by itself", async () => {
      expect(await value("import asyncio\nasync def one(): return 1\nasyncio.run(one())")).toBe("1");
    });

    it("keeps its __future__ imports for later cells", async () => {
      const fresh = "from __future__ import annotations\ndef annotated(a: Nowhere): pass\nannotated.__annotations__";
      expect(await value(fresh)).toBe("{'a': 'Nowhere'}");
    });

    it("is refused in Python's own words when it is no Python", async () => {
      const { ok, error } = await run("def f(:\n  pass");
      expect(ok).toBe(false);
      expect(error?.name).toBe("SyntaxError");
      expect(error?.traceback).toMatch(/File "<cell \d+>", line 1\n +def f\(:\n +\^\nSyntaxError: invalid syntax/);
    });

    it("may be as long as 5 MB", async () => {
      const letters = 5_000_000;
      expect((await run(`text = '${"x".repeat(letters)}'\nlen(text)`)).result?.text).toBe(`${letters}`);
      await run("del text");
    });

    it("may hold null bytes, lone surrogates or ten thousand brackets and only fails", async () => {
      for (const code of ["a = 1\0", "'\ud800'", "\ud83d", "(".repeat(10_000), "-".repeat(100_000) + "1"]) {
        const { ok, outcome } = await run(code);
        if (code !== "'\ud800'") expect(ok).toBe(false);
        expect(outcome).toBeUndefined();
      }
      expect(await value("1 + 1")).toBe("2");
    });

    it("that raises shows its own lines and none of ours", async () => {
      await run("def inner(n):\n    return 1 / n");
      const { error } = await run("def outer():\n    return inner(0)\nouter()");
      expect(error).toMatchObject({ name: "ZeroDivisionError", message: "division by zero" });
      expect(error?.traceback.replace(/<cell \d+>/g, "<cell N>").replace(/^ +[~^]+\n/gm, "")).toBe(
        [
          "Traceback (most recent call last):",
          '  File "<cell N>", line 3, in <module>',
          "    outer()",
          '  File "<cell N>", line 2, in outer',
          "    return inner(0)",
          '  File "<cell N>", line 2, in inner',
          "    return 1 / n",
          "ZeroDivisionError: division by zero",
          "",
        ].join("\n"),
      );
    });

    it("that raises inside await or input shows none of our frames either", async () => {
      await run("async def failing(): raise KeyError('deep')");
      const awaited = await run("await failing()");
      expect(awaited.error?.traceback.match(/File/g)).toHaveLength(2);
      const asked = watch("input()");
      await asked.asks();
      world.kernel.answer(null);
      expect((await asked.result).error?.traceback.match(/File/g)).toHaveLength(1);
    });

    it("that raises what cannot be told is told all the same", async () => {
      const hostile = "class Mute(Exception):\n    def __str__(self): raise RuntimeError\nraise Mute('x')";
      expect((await run(hostile)).error?.name).toBe("Mute");
      expect((await run("raise ValueError('\\ud800')")).error?.message).toBe("\\ud800");
      expect((await run("raise ValueError('x' * 10_000_000)")).error?.traceback.length).toBeLessThan(64 * 1024);
    });

    it("that calls exit() ends itself and not the Python", async () => {
      await run("survivor = 1\nimport sys\nsys.exit(3)");
      expect(await value("survivor")).toBe("1");
    });

    it("tells which variables it created or changed, and not the others", async () => {
      await run("kept = 1\nchanged = 2\ngrown = [1]");
      const { variables } = await run("changed = 3\ngrown.append(2)\ncreated = {'k': kept}\ndef act(a, b=1): pass");
      expect(variables).toEqual([
        { name: "changed", type: "int", preview: "3" },
        { name: "grown", type: "list", preview: "[1, 2]" },
        { name: "created", type: "dict", preview: "{'k': 1}" },
        { name: "act", type: "function", preview: "def act(a, b=1)" },
      ]);
    });

    it("that creates thousands of variables tells of a hundred", async () => {
      const { variables } = await run("for n in range(3000): globals()[f'many{n}'] = n");
      expect(variables).toHaveLength(100);
      await run("for n in range(3000): del globals()[f'many{n}']");
    });

    it("with an endless or hostile result is cut or told, never lost", async () => {
      const long = await run("'é' * 1_000_000");
      expect(long.result?.cut).toBe(true);
      expect(Buffer.byteLength(long.result?.text ?? "")).toBeLessThanOrEqual(48 * 1024);
      expect((await run("list(range(10_000_000))")).result).toMatchObject({ cut: true });
      expect(await value("loop = []; loop.append(loop); loop")).toBe("[[...]]");
      expect(await value("type('Raises', (), {'__repr__': lambda self: 1 / 0})()")).toMatch(
        /its __repr__ raised ZeroDivision/,
      );
      expect(await value("'\\ud800'")).toBe("'\\ud800'");
      expect(await value("1 << 1_000_000")).toMatch(/int of 1000001 bits/);
    });

    it("shows richer forms of a result that offers them", async () => {
      const table =
        "class Table:\n    def _repr_html_(self): return '<table></table>'\n    def __repr__(self): return 'Table'\nTable()";
      expect((await run(table)).result).toEqual({
        text: "Table",
        bundle: { "text/html": "<table></table>" },
      });
    });

    it("can display values in between", async () => {
      const watched = watch("print('before')\ndisplay([1], 'two')\n3");
      expect((await watched.result).result?.text).toBe("3");
      expect(watched.displays).toEqual([{ text: "[1]" }, { text: "'two'" }]);
    });

    it("finds the files that an earlier one wrote", async () => {
      await run("with open('note.txt', 'w') as file: file.write('kept')");
      expect(await value("open('note.txt').read()")).toBe("'kept'");
      await run("import os; os.remove('note.txt')");
    });
  });
}

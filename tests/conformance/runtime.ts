import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type {
  CapabilityAnswer,
  CapabilityName,
  CellResult,
  Child,
  Kernel,
  KernelExit,
  Runtime,
  Sandbox,
} from "../../packages/server/src/core/ports.ts";

/** What every live Python promises, whichever runtime it comes from. */

export type RuntimeUnderTest = {
  runtime: Runtime;
  sandbox: Sandbox;
  /** A file of the host that a sealed Python must not reach. */
  secret: string;
  /** Python that does its worst to whatever connects it with the daemon. */
  forgery: string[];
  end(): Promise<void>;
};

type Watched = {
  result: Promise<CellResult>;
  out(): string;
  err(): string;
  displays: unknown[];
  /** Settles when the output so far contains the text. */
  says(text: string): Promise<void>;
  /** Settles with the prompt when Python waits for a line. */
  asks(): Promise<{ prompt: string; password: boolean }>;
};

let cells = 0;

/** Runs a cell and keeps what it says. */
export function watch(kernel: Kernel, code: string): Watched {
  const texts = { stdout: "", stderr: "" };
  const displays: unknown[] = [];
  const questions: { prompt: string; password: boolean }[] = [];
  let changed = Promise.withResolvers<void>();
  const tell = () => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  const result = kernel.exec(
    { id: ++cells, code },
    {
      output: (stream, text) => {
        texts[stream] += text;
        tell();
      },
      display: (value) => void displays.push(value),
      input: (prompt, password) => {
        questions.push({ prompt, password });
        tell();
      },
    },
  );
  return {
    result,
    out: () => texts.stdout,
    err: () => texts.stderr,
    displays,
    says: async (text) => {
      while (!(texts.stdout + texts.stderr).includes(text)) await changed.promise;
    },
    asks: async () => {
      for (;;) {
        const question = questions.shift();
        if (question !== undefined) return question;
        await changed.promise;
      }
    },
  };
}

export const run = (kernel: Kernel, code: string): Promise<CellResult> => watch(kernel, code).result;

const never = new AbortController().signal;

export function runtimeSuite(name: string, make: () => Promise<RuntimeUnderTest>): void {
  describe(`the live Python of ${name}`, { timeout: 120_000 }, () => {
    let under: RuntimeUnderTest;
    let kernel: Kernel;
    const children: Child[] = [];
    let recording: Sandbox;
    let spawned = Promise.withResolvers<void>();

    const start = () => under.runtime.start({ session: "s", cwd: "/", generation: 7 }, recording, never);
    const exitOf = (of: Kernel) => new Promise<KernelExit>((resolve) => of.onExit(resolve));
    const value = async (code: string) => (await run(kernel, code)).result?.text;
    const look = (way: CapabilityName, argument?: string): Promise<CapabilityAnswer> =>
      kernel.capability(way, argument);

    beforeAll(async () => {
      under = await make();
      recording = {
        ...under.sandbox,
        spawn: async (argv, profile, signal) => {
          const child = await under.sandbox.spawn(argv, profile, signal);
          children.push(child);
          spawned.resolve();
          return child;
        },
      };
      kernel = await start();
    }, 120_000);
    afterAll(async () => {
      under.runtime.warm(recording, false);
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(children.map((child) => child.exited));
      await under.end();
    });

    describe("a cell", () => {
      it("answers with its last expression", async () => {
        expect(await run(kernel, "x = 6 * 7\nx")).toMatchObject({ ok: true, result: { text: "42" } });
      });

      it("has no result when it ends with a statement, with None or with a semicolon", async () => {
        for (const code of ["y = 1", "None", "41 + 1;", "", "# nothing"]) {
          expect(await run(kernel, code)).toEqual({ ok: true, variables: expect.anything() });
        }
      });

      it("finds what earlier cells left, and the last result as _", async () => {
        await run(kernel, "names = ['a']\nnames * 2");
        expect(await value("_")).toBe("['a', 'a']");
        await run(kernel, "names.append('b')");
        expect(await value("names")).toBe("['a', 'b']");
      });

      it("finds nothing among its names but what every Python has there", async () => {
        const fresh = await start();
        const { result } = await run(fresh, "sorted(globals()), '_' in dir(__builtins__)");
        expect(result?.text).toBe(
          "(['__builtins__', '__doc__', '__loader__', '__name__', '__package__', '__spec__'], False)",
        );
        expect((await fresh.capability("list_globals")).value).toEqual([]);
        fresh.kill("tested");
      });

      it("may await at its top, and may sleep in asyncio", async () => {
        expect(
          await value("import asyncio\nasync def later(): await asyncio.sleep(0.01); return 'done'\nawait later()"),
        ).toBe("'done'");
        expect(await value("[n async for n in (m async for m in __import__('asyncio').as_completed([]))]")).toBe("[]");
      });

      it("may run asyncio by itself", async () => {
        expect(await value("import asyncio\nasync def one(): return 1\nasyncio.run(one())")).toBe("1");
      });

      it("keeps its __future__ imports for later cells", async () => {
        const fresh = "from __future__ import annotations\ndef annotated(a: Nowhere): pass\nannotated.__annotations__";
        expect(await value(fresh)).toBe("{'a': 'Nowhere'}");
      });

      it("is refused in Python's own words when it is no Python", async () => {
        const { ok, error } = await run(kernel, "def f(:\n  pass");
        expect(ok).toBe(false);
        expect(error?.name).toBe("SyntaxError");
        expect(error?.traceback).toMatch(/File "<cell \d+>", line 1\n +def f\(:\n +\^\nSyntaxError: invalid syntax/);
      });

      it("may hold null bytes, lone surrogates or ten thousand brackets and only fails", async () => {
        for (const code of ["a = 1\0", "'\ud800'", "\ud83d", "(".repeat(10_000), "-".repeat(100_000) + "1"]) {
          const { ok, outcome } = await run(kernel, code);
          if (code !== "'\ud800'") expect(ok).toBe(false);
          expect(outcome).toBeUndefined();
        }
        expect(await value("1 + 1")).toBe("2");
      });

      it("that raises shows its own lines and none of ours", async () => {
        await run(kernel, "def inner(n):\n    return 1 / n");
        const { error } = await run(kernel, "def outer():\n    return inner(0)\nouter()");
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
        await run(kernel, "async def failing(): raise KeyError('deep')");
        const awaited = await run(kernel, "await failing()");
        expect(awaited.error?.traceback.match(/File/g)).toHaveLength(2);
        const asked = watch(kernel, "input()");
        await asked.asks();
        kernel.answer(null);
        expect((await asked.result).error?.traceback.match(/File/g)).toHaveLength(1);
      });

      it("that raises what cannot be told is told all the same", async () => {
        const hostile = "class Mute(Exception):\n    def __str__(self): raise RuntimeError\nraise Mute('x')";
        expect((await run(kernel, hostile)).error?.name).toBe("Mute");
        expect((await run(kernel, "raise ValueError('\\ud800')")).error?.message).toBe("\\ud800");
        expect((await run(kernel, "raise ValueError('x' * 10_000_000)")).error?.traceback.length).toBeLessThan(
          64 * 1024,
        );
      });

      it("that calls exit() ends itself and not the Python", async () => {
        await run(kernel, "survivor = 1\nimport sys\nsys.exit(3)");
        expect(await value("survivor")).toBe("1");
      });

      it("tells which variables it created or changed, and not the others", async () => {
        await run(kernel, "kept = 1\nchanged = 2\ngrown = [1]");
        const { variables } = await run(
          kernel,
          "changed = 3\ngrown.append(2)\ncreated = {'k': kept}\ndef act(a, b=1): pass",
        );
        expect(variables).toEqual([
          { name: "changed", type: "int", preview: "3" },
          { name: "grown", type: "list", preview: "[1, 2]" },
          { name: "created", type: "dict", preview: "{'k': 1}" },
          { name: "act", type: "function", preview: "def act(a, b=1)" },
        ]);
      });

      it("that creates thousands of variables tells of a hundred", async () => {
        const { variables } = await run(kernel, "for n in range(3000): globals()[f'many{n}'] = n");
        expect(variables).toHaveLength(100);
        await run(kernel, "for n in range(3000): del globals()[f'many{n}']");
      });

      it("with an endless or hostile result is cut or told, never lost", async () => {
        const long = await run(kernel, "'é' * 1_000_000");
        expect(long.result?.cut).toBe(true);
        expect(Buffer.byteLength(long.result?.text ?? "")).toBeLessThanOrEqual(48 * 1024);
        expect((await run(kernel, "list(range(10_000_000))")).result).toMatchObject({ cut: true });
        expect(await value("loop = []; loop.append(loop); loop")).toBe("[...]");
        expect(await value("type('Raises', (), {'__repr__': lambda self: 1 / 0})()")).toMatch(
          /its __repr__ raised ZeroDivision/,
        );
        expect(await value("'\\ud800'")).toBe("'\\ud800'");
        expect(await value("1 << 1_000_000")).toMatch(/int of 1000001 bits/);
      });

      it("shows richer forms of a result that offers them", async () => {
        const table =
          "class Table:\n    def _repr_html_(self): return '<table></table>'\n    def __repr__(self): return 'Table'\nTable()";
        expect((await run(kernel, table)).result).toEqual({
          text: "Table",
          bundle: { "text/html": "<table></table>" },
        });
      });

      it("can display values in between", async () => {
        const watched = watch(kernel, "print('before')\ndisplay([1], 'two')\n3");
        expect((await watched.result).result?.text).toBe("3");
        expect(watched.displays).toEqual([{ text: "[1]" }, { text: "'two'" }]);
      });
    });

    describe("output", () => {
      it("is heard while the cell still runs", async () => {
        const watched = watch(kernel, "print('first')\nimport time\ntime.sleep(1000)");
        await watched.says("first\n");
        kernel.interrupt();
        await watched.result;
      });

      it("is heard without a newline and without a flush, though the cell is busy", async () => {
        const watched = watch(kernel, "print('dots', end='')\nwhile True: pass");
        await watched.says("dots");
        kernel.interrupt();
        await watched.result;
      });

      it("comes in order and before the result, each stream as what it is", async () => {
        const order: string[] = [];
        const code = "import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')";
        await kernel.exec(
          { id: ++cells, code },
          { output: (stream, text) => void order.push(`${stream} ${text}`), display: () => {}, input: () => {} },
        );
        expect(order).toEqual(["stdout one\n", "stderr two\n", "stdout three\n"]);
      });

      it("carries every character whole, and shows what is none", async () => {
        const code =
          "import os, sys\nfor n in range(20_000): print('é😀', end='')\nprint('\\ud800')\n" +
          "sys.stdout.buffer.write(b'\\xff\\x00\\n'); os.write(1, 'ü'.encode()[:1]); os.write(1, 'ü'.encode()[1:])";
        const watched = watch(kernel, code);
        await watched.result;
        expect(watched.out()).toBe("é😀".repeat(20_000) + "\\ud800\n\ufffd\0\nü");
      });

      it("of 10 MB without a newline arrives whole", async () => {
        const watched = watch(kernel, "print('x' * 10_000_000, end='')");
        await watched.result;
        expect(watched.out().length).toBe(10_000_000);
      });

      it("without an end can be stopped", async () => {
        const watched = watch(kernel, "while True: print('flood ' * 1000)");
        await watched.says("flood");
        kernel.interrupt();
        expect((await watched.result).outcome).toBe("interrupted");
        expect(await value("1 + 1")).toBe("2");
      });
    });

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
          await run(kernel, "before = 'kept'");
          const watched = watch(kernel, `print('go')\n${code}`);
          await watched.says("go\n");
          kernel.interrupt();
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
          kernel,
          "try:\n    print('go')\n    while True: pass\nexcept KeyboardInterrupt:\n    'tidied up'\n'tidied up'",
        );
        await watched.says("go\n");
        kernel.interrupt();
        expect(await watched.result).toMatchObject({ ok: true, result: { text: "'tidied up'" } });
      });

      it("does nothing where nothing runs", async () => {
        kernel.interrupt();
        expect(await value("'calm'")).toBe("'calm'");
      });
    });

    describe("input()", () => {
      it("waits for a line and gets it as it was typed", async () => {
        const watched = watch(kernel, "line = input('name? ')\nline");
        expect(await watched.asks()).toEqual({ prompt: "name? ", password: false });
        kernel.answer("Ada 😀 Lovelace");
        expect((await watched.result).result?.text).toBe("'Ada 😀 Lovelace'");
      });

      it("may be asked again and again, for passwords too, and through sys.stdin", async () => {
        const watched = watch(kernel, "import getpass, sys\n(input('a'), getpass.getpass('b'), sys.stdin.readline())");
        expect(await watched.asks()).toEqual({ prompt: "a", password: false });
        kernel.answer("1");
        expect(await watched.asks()).toEqual({ prompt: "b", password: true });
        kernel.answer("2");
        expect(await watched.asks()).toEqual({ prompt: "", password: false });
        kernel.answer("3");
        expect((await watched.result).result?.text).toBe("('1', '2', '3\\n')");
      });

      it("ends with EOFError when nobody will answer", async () => {
        const watched = watch(kernel, "input()");
        await watched.asks();
        kernel.answer(null);
        expect((await watched.result).error?.name).toBe("EOFError");
      });

      it("that was interrupted never gets the next one's place in line", async () => {
        const twice = "try: input('first')\nexcept KeyboardInterrupt: pass\ninput('second')";
        const watched = watch(kernel, twice);
        await watched.asks();
        kernel.interrupt();
        kernel.answer("late");
        await watched.asks();
        kernel.answer("right");
        expect((await watched.result).result?.text).toBe("'right'");
      });

      it("can be interrupted, and a late answer is nobody's", async () => {
        const first = watch(kernel, "input('first')");
        await first.asks();
        kernel.interrupt();
        expect((await first.result).outcome).toBe("interrupted");
        kernel.answer("late");
        const second = watch(kernel, "input('second')");
        await second.asks();
        kernel.answer("right");
        expect((await second.result).result?.text).toBe("'right'");
      });
    });

    describe("looking into it", () => {
      beforeAll(async () => {
        const hostile = `
class Raises:
    def __repr__(self): raise ValueError('boom')
class Endless:
    def __repr__(self):
        while True: pass
class Exits:
    def __repr__(self): raise SystemExit(1)
class NoText:
    def __repr__(self): return 5
class Huge:
    def __repr__(self): return 'x' * 10_000_000
class Spy:
    touched = 0
    def __getattr__(self, name): Spy.touched += 1; return 1
    def __eq__(self, other): Spy.touched += 1; return True
    def __hash__(self): Spy.touched += 1; return 1
    def __len__(self): Spy.touched += 1; return 1
    def __bool__(self): Spy.touched += 1; return True
    def __iter__(self): Spy.touched += 1; return iter(())
    def __getitem__(self, key): Spy.touched += 1; return 1
    def __index__(self): Spy.touched += 1; return 1
    def __add__(self, other): Spy.touched += 1; return 1
    def __format__(self, how): Spy.touched += 1; return ''
    def __str__(self): Spy.touched += 1; return ''
    def __dir__(self): Spy.touched += 1; return []
    def __call__(self): Spy.touched += 1
    @property
    def secret(self): Spy.touched += 1; return 1
    @property
    def __class__(self): Spy.touched += 1; raise RuntimeError
    @property
    def __dict__(self): Spy.touched += 1; raise RuntimeError
class Meta(type):
    def __getattribute__(cls, name): Spy.touched += 1; raise RuntimeError(name)
    def __instancecheck__(cls, other): Spy.touched += 1; return True
    def __repr__(cls): Spy.touched += 1; raise RuntimeError
class Metal(metaclass=Meta): pass
class Point:
    """A place."""
    def __init__(self, x, y=0): self.x, self.y = x, y
    def __repr__(self): return f'Point({self.x})'
    def norm(self):
        """How far."""
        return self.x
spy, metal, point = Spy(), Metal(), Point(1, 2)
numbers = list(range(100))
table = {'a': [1, {'b': 2}], 'spy': spy}
gen = (n for n in [1, 2, 3])
started = enumerate(['only', 'once'])
keyed = {spy: 'x'}
Spy.touched = 0
`;
        expect(await run(kernel, hostile)).toMatchObject({ ok: true });
      });

      it("list_globals lists variables with type and glimpse, and can look for some", async () => {
        const all = await look("list_globals");
        expect(all.ok).toBe(true);
        expect(all.value).toContainEqual({ name: "point", type: "Point", preview: "<Point x=1 y=2>" });
        expect(all.text).toMatch(/^point +Point {2}<Point x=1 y=2>$/m);
        expect((await look("list_globals", "poin")).value).toHaveLength(1);
      });

      it("get_type names the type, its bases and its length", async () => {
        expect(await look("get_type", "numbers")).toMatchObject({
          ok: true,
          text: "numbers is a list of length 100",
          value: { type: "list", length: 100 },
        });
        expect((await look("get_type", "True")).text).toBe("True is a bool (also int)");
        expect((await look("get_type", "Point")).text).toBe("Point is the class Point");
      });

      it("get_repr says whose code had to run, and that none had to", async () => {
        expect(await look("get_repr", "point")).toMatchObject({ ok: true, text: "Point(1)", ran: "Point.__repr__" });
        const plain = await look("get_repr", "numbers[:3]");
        expect(plain).toMatchObject({ ok: true, text: "[0, 1, 2]" });
        expect(plain).not.toHaveProperty("ran");
      });

      it("get_repr survives every __repr__", async () => {
        const told = async (expression: string) => {
          await run(kernel, `victim = ${expression}`);
          return (await look("get_repr", "victim")).text;
        };
        expect(await told("Raises()")).toBe("<Raises: its __repr__ raised ValueError: boom>");
        expect(await told("Endless()")).toBe("<Endless: its __repr__ took too long>");
        expect(await told("Exits()")).toBe("<Exits: its __repr__ raised SystemExit: 1>");
        expect(await told("NoText()")).toBe("<NoText: its __repr__ returned int, not str>");
        expect((await told("Huge()")).length).toBeLessThan(10_000);
      });

      it("get_dir lists attributes and methods without asking the value", async () => {
        expect((await look("get_dir", "point")).text).toBe("attributes: x, y\nmethods: norm");
        expect((await look("get_dir", "spy")).ok).toBe(true);
      });

      it("get_doc gives documentation and how to call it", async () => {
        expect((await look("get_doc", "Point")).text).toBe("Point(x, y=0)\n\nA place.");
        expect((await look("get_doc", "point.norm")).text).toBe("Point.norm(self)\n\nHow far.");
        expect((await look("get_doc", "len")).text).toMatch(/^len\(obj, \/\)\n\nReturn the number of items/);
      });

      it("eval_expr reads expressions over plain values", async () => {
        const readings = {
          "table['a'][1]['b'] + len(numbers)": 102,
          "[n * n for n in numbers if n % 40 == 0]": [0, 1600, 6400],
          "point.x if numbers else None": 1,
          "sum(numbers) / max(numbers)": 50,
          "f'{numbers[3]:03d}' + 'é'.upper()": "003É",
          "sorted({'b': 1, 'a': 2}.items())": [
            ["a", 2],
            ["b", 1],
          ],
          "isinstance(point, Point) and 'a' in table": true,
          "Point.__name__": "Point",
        };
        const read: Record<string, unknown> = {};
        for (const expression of Object.keys(readings)) {
          read[expression] = ((await look("eval_expr", expression)).value as { json: unknown }).json;
        }
        expect(read).toEqual(readings);
      });

      it("eval_expr refuses what would run or fill something, and says so", async () => {
        const refused = [
          ...[
            "open('x')",
            "print(1)",
            "numbers.append(1)",
            "point.norm()",
            "next(gen)",
            "__import__('os')",
            "exec('1')",
          ],
          ...[
            "(n := 5)",
            "lambda: 1",
            "'{0.__class__}'.format(1)",
            "'%s' % point",
            "spy + 1",
            "spy == 1",
            "spy.secret",
          ],
          ...[
            "spy[0]",
            "len(spy)",
            "[*spy]",
            "bool(spy)",
            "spy in numbers",
            "{spy: 1}",
            "f'{spy}' if spy else 0",
            "spy()",
          ],
          ...[
            "isinstance(point, Metal)",
            "'a' * 10**10",
            "10 ** 10 ** 9",
            "1 << 10**9",
            "sum(range(10**12))",
            "[0] * 10**9",
          ],
          ...["f'{1:1000000000}'", "' '.join(['x' * 100000] * 100000)", "list(gen)", "await gen", "numbers.sort()"],
          ...["[pair for pair in started]", "keyed[1]", "1 in keyed", "'x'.encode('anybody')", "[spy] == [1]"],
        ];
        const nonsense = ["", "1 +", "nowhere", "(".repeat(1000)];
        const answered: string[] = [];
        for (const expression of [...refused, ...nonsense]) {
          if ((await look("eval_expr", expression)).ok) answered.push(expression);
        }
        expect(answered).toEqual([]);
        expect(await value("next(gen), next(started)")).toBe("(1, (0, 'only'))");
      });

      it("touches nothing, whatever is looked at", async () => {
        for (const way of ["get_type", "get_dir", "get_doc", "eval_expr", "get_repr"] as const) {
          for (const what of ["spy", "metal", "Metal", "Spy", "table", "[spy]", "spy.anything", "metal.x", "Metal.x"]) {
            await look(way, what);
          }
        }
        await look("list_globals");
        for (const code of ["spy.", "metal.", "Metal.", "table['spy'].", "spy[0]."])
          await kernel.complete(code, code.length);
        expect(await value("Spy.touched")).toBe("0");
        expect(await value("numbers == list(range(100))")).toBe("True");
      });

      it("get_last_exception tells what failed, where, and what was known there", async () => {
        await run(
          kernel,
          "def divide(by):\n    half = by / 2\n    return 1 / by\ntry:\n    divide(0)\nexcept Exception as e:\n    raise KeyError('k') from e",
        );
        await run(kernel, "def divide(by):\n    half = by / 2\n    return 1 / by\ndivide(0)");
        const told = await look("get_last_exception");
        expect(told.text).toContain("ZeroDivisionError: division by zero");
        expect(told.text).toContain("in divide, line 3: by = 0, half = 0.0");
        expect(told.value).toMatchObject({
          name: "ZeroDivisionError",
          frames: [
            { function: "<module>" },
            { function: "divide", line: 3, source: "return 1 / by", locals: { by: "0" } },
          ],
        });
      });
    });

    describe("typing", () => {
      const matches = async (code: string) => (await kernel.complete(code, code.length)).matches;

      it("is completed: names, attributes, imports, keys", async () => {
        await run(kernel, "completable = {'key one': 1}\nclass Thing:\n    def method(self): pass\nthing = Thing()");
        expect(await matches("complet")).toEqual(["completable"]);
        expect(await matches("print(thing.me")).toEqual(["method"]);
        expect(await matches("import jso")).toContain("json");
        expect(await matches("from collections import Coun")).toContain("Counter");
        expect(await matches("completable['k")).toEqual(["key one"]);
        expect(await matches("no.such.thing")).toEqual([]);
      });

      it("is completed at the right place after characters of any size", async () => {
        const code = "s = 'é😀'; complet";
        expect(await kernel.complete(code + " + 1", code.length)).toEqual({
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
        for (const code of Object.keys(judged)) told[code] = await kernel.isComplete(code);
        expect(told).toEqual(judged);
      });
    });

    describe("what goes too far", () => {
      it("is no end: deep recursion, in Python and in C", async () => {
        expect((await run(kernel, "def down(): return down()\ndown()")).error?.name).toBe("RecursionError");
        const nested = "deep = []\nfor n in range(100_000): deep = [deep]\ndeep";
        expect((await run(kernel, nested)).ok).toBe(true);
        await run(kernel, "len(repr(deep))");
        await run(kernel, "import json; json.dumps(deep)");
        await run(kernel, "deep == [deep]");
        await run(kernel, "del deep");
        expect(await value("1 + 1")).toBe("2");
      });

      it("is a MemoryError where memory is the limit, and the Python lives", async () => {
        const hog = "def hog():\n    all = []\n    while True: all.append(bytearray(10 << 20))\nhog()";
        expect((await run(kernel, hog)).error?.name).toBe("MemoryError");
        expect((await run(kernel, "much = bytearray(1 << 30)")).error?.name).toBe("MemoryError");
        expect(await value("len(bytearray(50 << 20))")).toBe(String(50 << 20));
      });

      it("is harmless: nothing Python forges reaches beyond its own kernel", async () => {
        const other = await start();
        for (const code of under.forgery) await run(other, code);
        expect(await value("1 + 1")).toBe("2");
        other.kill("tested");
      });
    });

    it("is one Python for its files: what a cell writes, the next reads", async () => {
      await run(kernel, "with open('note.txt', 'w') as file: file.write('kept')");
      expect(await value("open('note.txt').read()")).toBe("'kept'");
      await run(kernel, "import os; os.remove('note.txt')");
    });

    describe("a checkpoint", () => {
      it("takes the whole Python back, running generators included", async () => {
        await run(kernel, "counting = iter(range(10))\nnext(counting)\nlisted = [1]\nalias = listed");
        const checkpoint = await kernel.checkpoint();
        if (checkpoint === undefined) return; // this runtime keeps none, and says so
        await run(
          kernel,
          "next(counting); next(counting); listed.append(2); afterwards = 1; hole = bytearray(30 << 20)",
        );
        expect(await kernel.restore(checkpoint)).toBe(true);
        expect(await value("(next(counting), listed, alias is listed, 'afterwards' in globals())")).toBe(
          "(1, [1], True, False)",
        );
        expect((await run(kernel, "print('still'); import asyncio; await asyncio.sleep(0.001)")).ok).toBe(true);
        expect((await run(kernel, "1 / 0")).error?.name).toBe("ZeroDivisionError");
      });

      it("that is not kept any more is refused", async () => {
        expect(await kernel.restore("no such checkpoint")).toBe(false);
      });
    });

    describe("the end", () => {
      it("is told when Python ends itself, and every waiting and later cell hears it", async () => {
        const doomed = await start();
        const exited = exitOf(doomed);
        const last = run(doomed, "import os\nos._exit(3)");
        expect((await last).outcome).toBe("died");
        expect(await exited).toMatchObject({ is: "died", why: expect.stringMatching(/exited with status 3$/) });
        expect((await run(doomed, "1")).outcome).toBe("died");
        expect((await doomed.capability("list_globals")).ok).toBe(false);
        expect(await doomed.checkpoint()).toBeUndefined();
        expect(await doomed.isComplete("1")).toEqual({ is: "complete" });
      });

      it("by kill ends a running cell and the process, and says why", async () => {
        const doomed = await start();
        const process = children.at(-1) as Child;
        const exited = exitOf(doomed);
        const watched = watch(doomed, "print('go')\nwhile True: pass");
        await watched.says("go");
        doomed.kill("the test wants it");
        expect((await watched.result).outcome).toBe("died");
        expect(await exited).toEqual({ is: "stopped", why: "the test wants it" });
        await process.exited;
      });

      it("by a signal from outside is told with the signal", async () => {
        const doomed = await start();
        const exited = exitOf(doomed);
        (children.at(-1) as Child).kill("SIGKILL");
        expect(await exited).toEqual({ is: "died", why: "ended by SIGKILL" });
      });

      it("comes to a kernel whose start was given up", async () => {
        const controller = new AbortController();
        spawned = Promise.withResolvers();
        const starting = under.runtime.start({ session: "s", cwd: "/", generation: 1 }, recording, controller.signal);
        await spawned.promise;
        controller.abort(new Error("changed my mind"));
        await expect(starting).rejects.toThrow("changed my mind");
        expect((await (children.at(-1) as Child).exited).signal).toBe("SIGKILL");

        const late = under.runtime.start({ session: "s", cwd: "/", generation: 1 }, recording, controller.signal);
        await expect(late).rejects.toThrow("changed my mind");
      });
    });

    describe("a warm spare", () => {
      it("is handed out, replaced, and not handed out once it died", async () => {
        const { runtime } = under;
        runtime.warm(recording, true);
        const before = children.length;
        const first = await start();
        expect(first.generation).toBe(7);
        // The spare was being booted already: nothing else was started for this kernel.
        expect(children.length).toBe(before + 1);
        spawned = Promise.withResolvers();
        expect((await run(first, "1 + 1")).result?.text).toBe("2");

        await spawned.promise;
        const spare = children.at(-1) as Child;
        spawned = Promise.withResolvers();
        spare.kill("SIGKILL");
        await spare.exited;
        await spawned.promise;
        const second = await start();
        expect((await run(second, "1 + 1")).result?.text).toBe("2");
        for (const one of [first, second]) one.kill("tested");
      });

      it("whose taker gave up ends", async () => {
        const { runtime } = under;
        spawned = Promise.withResolvers();
        runtime.warm(recording, true);
        await spawned.promise;
        const spare = children.at(-1) as Child;
        const controller = new AbortController();
        const starting = runtime.start({ session: "s", cwd: "/", generation: 1 }, recording, controller.signal);
        controller.abort(new Error("changed my mind"));
        await expect(starting).rejects.toThrow("changed my mind");
        await spare.exited;
        runtime.warm(recording, false);
      });
    });

    describe("a seal", () => {
      it("keeps the host's files, commands, network and environment out of reach", async () => {
        if (!under.runtime.sealed) return;
        process.env["DAIMON_TOKEN"] = "dmn_secret";
        const probes = [
          `open(${JSON.stringify(under.secret)}).read()`,
          `import os; os.system('cat ${under.secret}')`,
          `import os; os.popen('cat ${under.secret}').read()`,
          `import subprocess; subprocess.run(['cat', ${JSON.stringify(under.secret)}], capture_output=True).stdout`,
          `import os; os.execv('/bin/cat', ['cat', ${JSON.stringify(under.secret)}])`,
          "import os; os.fork()",
          `import ctypes; ctypes.CDLL(None).system(b'cp ${under.secret} ${under.secret}.copy')`,
          "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)",
          "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()",
          "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
          "import os; os.kill(1, 0)",
        ];
        const probed = await start();
        const succeeded: string[] = [];
        for (const code of probes) {
          const { ok, result } = await run(probed, code);
          if (ok && result?.text !== "-1") succeeded.push(code);
        }
        expect(succeeded).toEqual([]);
        expect(existsSync(`${under.secret}.copy`)).toBe(false);
        expect((await run(probed, "import os; dict(os.environ)")).result?.text).not.toContain("dmn_secret");
        expect((await run(probed, "1 + 1")).result?.text).toBe("2");
        delete process.env["DAIMON_TOKEN"];
        probed.kill("tested");
      });
    });
  });
}

import { beforeAll, describe, expect, it } from "vitest";
import type { CapabilityName } from "../../packages/server/src/core/ports.ts";
import { runIn, type World } from "./runtime-world.ts";

export function runtimeLooking(world: World): void {
  const { run, value } = world;
  const look = (way: CapabilityName, argument?: string) => world.kernel.capability(way, argument);

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
many = [1, 0] * 1_000_000
long = 'x' * 20_000_000
Spy.touched = 0
`;
      expect(await run(hostile)).toMatchObject({ ok: true });
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

    it("get_repr runs nothing of a value that writes itself as every object does", async () => {
      await run("class Mute: pass\nmute = Mute()");
      const told = await look("get_repr", "mute");
      expect(told.text).toMatch(/^<Mute object at 0x[0-9a-f]+>$/);
      expect(told).not.toHaveProperty("ran");
    });

    it("a glimpse of a long value ends in dots", async () => {
      await run("lengthy = 'y' * 500");
      const rows = (await look("list_globals", "lengthy")).value as { preview: string }[];
      expect(rows[0]?.preview).toMatch(/^'y{70,}\.\.\.$/);
    });

    it("get_repr survives every __repr__", async () => {
      const told = async (expression: string) => {
        await run(`victim = ${expression}`);
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
        "(round(2.567, 1), max(range(1000)), 1.5 in range(10))": [2.6, 999, false],
      };
      const read: Record<string, unknown> = {};
      for (const expression of Object.keys(readings)) {
        read[expression] = ((await look("eval_expr", expression)).value as { json: unknown }).json;
      }
      expect(read).toEqual(readings);
    });

    it("eval_expr refuses what would run or fill something, and says so", async () => {
      const refused = [
        ...["open('x')", "print(1)", "numbers.append(1)", "point.norm()", "next(gen)", "__import__('os')", "exec('1')"],
        ...["(n := 5)", "lambda: 1", "'{0.__class__}'.format(1)", "'%s' % point", "spy + 1", "spy == 1", "spy.secret"],
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
          "max(range(10**12))",
          "set(range(10**9))",
          "1.5 in range(10**12)",
          "sorted(many)",
          "max(long)",
          "round(5, -10**9)",
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
        await world.kernel.complete(code, code.length);
      expect(await value("Spy.touched")).toBe("0");
      expect(await value("numbers == list(range(100))")).toBe("True");
    });

    it("has what others add: types with a summary of theirs, and capabilities that say that they ran", async () => {
      const { kernel } = await world.alone();
      await runIn(kernel, "class Tensor:\n    size = 5\ntensor = Tensor()");
      const add = `from _daimon import registry
registry.add_type("__main__", "Tensor", lambda value: {"shape": (value.size,), "dtype": "half"})
registry.add_capability("x.double", lambda value: value * 2)`;
      expect((await runIn(kernel, add)).ok).toBe(true);
      expect((await kernel.capability("get_type", "tensor")).text).toBe("tensor is a Tensor, shape (5,), dtype 'half'");
      expect((await kernel.capability("eval_expr", "[tensor]")).text).toBe("[<Tensor shape=(5,) dtype='half'>]");
      expect(await kernel.capability("x.double", "21")).toMatchObject({ ok: true, text: "42", ran: "x.double" });
      expect((await kernel.capability("x.double", "tensor")).text).toContain("TypeError");
      expect((await kernel.capability("x.none", "1")).text).toMatch(
        /has no capability x.none; it has .*get_type.*x.double/,
      );
      expect((await runIn(kernel, "registry.add_capability('get_type', print)")).ok).toBe(false);
      kernel.kill("tested");
    });

    it("is stopped where it takes too long, though it were our own code that does not end", async () => {
      const { kernel } = await world.alone();
      const hang = "import _daimon.inspect, _daimon.complete\ndef hang(*given):\n    while True: pass\n";
      await runIn(kernel, `${hang}_daimon.inspect.read = _daimon.complete.read = hang`);
      expect((await kernel.capability("get_type", "1")).text).toContain("took too long");
      expect((await kernel.complete("x.", 2)).matches).toEqual([]);
      expect((await runIn(kernel, "import gc; gc.isenabled()")).result?.text).toBe("True");
      kernel.kill("tested");
    });

    it("takes nothing of the time of the cell after it", async () => {
      await look("get_type", "numbers");
      expect((await run("import time; time.sleep(2.5)")).ok).toBe(true);
    });

    it("says what it leaves out, and how much", async () => {
      const { kernel } = await world.alone();
      await runIn(kernel, "class Kept(list):\n    def __repr__(self): return 'kept'\nkept = Kept(range(5000))");
      expect((await kernel.capability("eval_expr", "kept")).text).toMatch(/ 999, \.\.\. 4000 more\]>\n\(cut\)$/);
      await runIn(kernel, "for n in range(600): globals()[f'name_{n}_' + 'x' * 150] = n");
      expect((await kernel.capability("list_globals")).text).toMatch(/\n\(cut\)$/);
      const few = await kernel.capability("list_globals", "name_59");
      expect(few.text.split("\n")).toHaveLength(11);
      kernel.kill("tested");
    });

    it("get_last_exception tells what failed, where, and what was known there", async () => {
      await run(
        "def divide(by):\n    half = by / 2\n    return 1 / by\ntry:\n    divide(0)\nexcept Exception as e:\n    raise KeyError('k') from e",
      );
      await run("def divide(by):\n    half = by / 2\n    return 1 / by\ndivide(0)");
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
}

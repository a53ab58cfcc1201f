import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CapabilityName } from "../../packages/server/src/core/ports.ts";
import type { World } from "./runtime-world.ts";

/** Makes expressions of what eval_expr allows, over plain values, and says what Python itself makes of each. */
const generator = `
import random, json, warnings
plain = {"n": 7, "m": -3, "x": 2.5, "s": "héllo wörld", "t": "", "b": b"raw", "l": [3, 1, 2], "e": [], "d": {"a": 1, "b": [1, 2]},
    "p": (1, "two", None), "z": {5, 6}, "y": True, "o": None, "w": [[1, 2], [3]], "r": range(5), "c": 1+2j, "q": [{"k": 1}, {"k": 2}]}
globals().update(plain)
class Maker:
    def __init__(self, seed): self.random, self.names = random.Random(seed), 0
    def pick(self, *given): return self.random.choice(given)
    def one(self, deep):
        if deep <= 0 or self.random.random() < 0.15:
            return self.pick(*plain, "0", "1", "-2", "3.5", "'ab'", "None", "True", "[1, 2]", "{'a': 1}", "(1,)", "{1, 2}", "b'x'", "...")
        return getattr(self, self.pick("binary", "compare", "boolean", "unary", "call", "method", "index", "cut", "loop", "loop", "display",
            "text", "choice", "attribute", "star", "lazy"))(deep - 1)
    def binary(self, deep): return f"({self.one(deep)} {self.pick(*'+ - * / // % ** & | ^ << >> @'.split())} {self.one(deep)})"
    def compare(self, deep): return f"({self.one(deep)} {self.pick('==', '!=', '<', '<=', '>', '>=', 'in', 'not in', 'is None and', 'is not None or')} {self.one(deep)})"
    def boolean(self, deep): return f"({self.one(deep)} {self.pick('and', 'or')} {self.one(deep)})"
    def unary(self, deep): return f"({self.pick('-', '+', '~', 'not ')}{self.one(deep)})"
    def call(self, deep):
        name = self.pick(*"abs min max set dict frozenset int float bool complex range ord chr bin hex oct hash len type callable repr ascii str list tuple any all sum sorted round isinstance hasattr".split())
        more = f", {self.one(deep)}" if self.random.random() < 0.3 else ""
        return f"{name}({self.one(deep)}{more})"
    def method(self, deep):
        name = self.pick(*"upper split join find rfind count index replace strip startswith get keys values items copy union issubset bit_length is_integer hex title partition removeprefix splitlines encode decode".split())
        return f"{self.one(deep)}.{name}({self.pick('', self.one(deep))})"
    def index(self, deep): return f"{self.one(deep)}[{self.one(deep)}]"
    def cut(self, deep): return f"{self.one(deep)}[{self.pick('', '1', '-1', self.one(deep))}:{self.pick('', '2', self.one(deep))}:{self.pick('', '2', '-1', '0')}]"
    def loop(self, deep):
        self.names += 1
        name, left, right = f"v{self.names}", *self.pick("[]", "{}", ("sorted(", ")"), ("any(", ")"), ("list(", ")"))
        test = f" if {self.one(deep)}" if self.random.random() < 0.4 else ""
        value = self.pick(name, f"({name}, {self.one(deep)})", self.one(deep))
        return f"{left}{value} for {name} in {self.one(deep)}{test}{right}"
    def display(self, deep): return self.pick("[{}, {}]", "({}, {})", "{{{}, {}}}", "{{{}: {}}}").format(self.one(deep), self.one(deep))
    def text(self, deep): return "f'" + "{" + self.pick("n", "m", "x", "s", "p", "l", "y", "o", "d") + self.pick("", "!r", "!s", "!a", ":>5", ":03", ":.2f", ":x") + "}-'"
    def choice(self, deep): return f"({self.one(deep)} if {self.one(deep)} else {self.one(deep)})"
    def attribute(self, deep): return f"{self.one(deep)}.{self.pick('real', 'imag', 'start', 'stop', '__class__', '__doc__', 'nowhere')}"
    def star(self, deep): return f"[*{self.one(deep)}, {self.one(deep)}]"
    def lazy(self, deep): return f"{self.pick('list', 'sorted', 'dict', 'tuple')}({self.pick('zip', 'enumerate', 'reversed')}({self.one(deep)}))"
def truth(expression):
    warnings.simplefilter("ignore")
    try: value = eval(compile(expression, "<e>", "eval"), dict(plain, __builtins__=__builtins__))
    except BaseException as error: return type(error).__name__
    text = repr(value)
    return None if any(sign in text for sign in (" at 0x", "<built-in", "<attribute", "<member", "<method", "<slot")) else [text]
def made(seed, count):
    maker, found = Maker(seed), []
    while len(found) < count:
        expression = maker.one(4)
        if len(expression) < 300 and "** " not in expression.replace("** 2", "") and "<<" not in expression: found.append((expression, truth(expression)))
    return json.dumps(found)
`;

/** What is read, and what Python would say; `undefined` where it is refused: looking there would run something. */
const readings: Record<string, string | undefined> = {
  // What would have to run to be true is refused, where something else could have been answered.
  "lying.__class__": undefined,
  "lazy.nowhere": undefined,
  "hasattr(lazy, 'nowhere')": undefined,
  "hidden.x": undefined,
  "[n for n in backwards]": undefined,
  "backwards[0]": undefined,
  "len(backwards)": undefined,
  "'x' in backwards": undefined,
  "defaults['nowhere']": undefined,
  "defaults['there']": "[1]",
  "counted['nowhere']": undefined,
  "repr(thing)": undefined,
  "f'{thing}'": undefined,
  "str(thing)": undefined,
  "(n for n in [1])": undefined,
  "zip([1], [2])": undefined,
  "any(1 / n for n in [1, 0])": "True",
  "list(n for n in range(3))": "[0, 1, 2]",
  "Thing.__dict__['x']": "1",
  "Thing.__doc__": "'Its words.'",
  "Thing.__name__": "'Thing'",
  "thing.x": "1",
  "Thing.computed": "<property object at ",
  "point.a, point[1], point._fields, len(point)": "(1, 2, ('a', 'b'), 2)",
  "Color.RED.name, Color.RED.value": "('RED', 1)",
  "when.year, str(when)": "(2020, '2020-01-02 00:00:00')",
  "path.name, str(path)": "('file.txt', '/some/file.txt')",
  "half.numerator, str(half)": "(1, '1/2')",
  ordered: "OrderedDict({'b': 1, 'a': 2})",
  "list(ordered.items())": "[('b', 1), ('a', 2)]",
  defaults: "defaultdict(<class 'list'>, {'there': [1]})",
  queue: "deque([1, 2])",
  "queue[0], len(queue), 2 in queue": "(1, 2, True)",
  "ValueError('x', thing)": undefined,
  errors: "[ValueError('x'), KeyError('k', 1)]",
  inside: "[[...], {'self': [...]}]",
  surrogates: String.raw`'a\ud800b'`,
  "len(many), many[5], many[-2:], 5 in lots": "(10000000, 5, [9999998, 9999999], True)",
  "max(lots), min(lots)": "(1999999, 0)",
  "sum(lots)": "1999999000000",
  "sorted(lots)[:2]": "[0, 1]",
  "many[:]": undefined,
  "huge > 1": "True",
  "huge * huge": undefined,
  "str(huge)": undefined,
  "sum([huge, huge])": undefined,
  "int('9' * 5000)": undefined,
  "int('9' * 10, 10)": "9999999999",
  "('a' * 900000).rfind('b' + 'a' * 90000)": undefined,
  "[[0] * 10**6 for n in range(1000)]": undefined,
  "f(a=1, a=2)": undefined,
  "None.__class__": "<class 'NoneType'>",
  "None.__bool__": undefined,
  slots: "<Slotted x=1>",
  "f'{1:5000}'": undefined,
  "'x'.encode('utf-8')": undefined,
  "('ab' * 400_000).replace('a', 'xyz')[:1]": undefined,
  "[shared, shared]": "[[1], [1]]",
  loop: "<Thing itself=<Thing ...>>",
  full: "<Thing a0=0 a1=1 a2=2 a3=3 a4=4 a5=5 a6=6 a7=7 ...>",
  "local.x": undefined,
  "shadowed.x": undefined,
  "space, space.a": "(namespace(a=1, b='x'), 1)",
  half_called: "functools.partial(<function print>, 1, sep='')",
  "[ints, array_of_none, letters]": "[array('i', [1, 2]), array('d'), array('u', 'ab')]",
  "proxy, mirrored": "(mappingproxy({'a': 1}), namespace(itself=namespace(...)))",
  "vars(thing)": "{}",
  "dict(**{'a': 1})": undefined,
  "Documented.__doc__": undefined,
  "answering.nowhere": undefined,
  "answering.there": "1",
  "hasattr(5, '__dict__')": "False",
  "hasattr(slots, '__dict__')": "False",
  "vars(Thing)['x']": "1",
  "sorted(set(lots[:600_000]))": undefined,
  "sum([1], huge)": undefined,
  "f'{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}'[:1]": undefined,
  "list(view), len(view), 2 in view": "([1, 2], 2, True)",
  "moved, list(moved)": "(OrderedDict({'b': 2, 'a': 1}), ['b', 'a'])",
  kept: "<Kept [0, 1, 2, 3, 4]>",
  keyed: "<Keyed {'a': 1}>",
};

export function runtimeReading(world: World): void {
  const { run, value } = world;
  const look = (way: CapabilityName, argument?: string) => world.kernel.capability(way, argument);

  describe("an expression that is read", () => {
    beforeAll(async () => {
      const values = `
import array, collections, datetime, enum, fractions, functools, pathlib, threading, types
class Lying:
    @property
    def __class__(self): return int
class Lazy:
    def __getattr__(self, name): return 5
class Hidden:
    x = 1
    def __getattribute__(self, name): return 2
class Backwards(list):
    def __iter__(self): return iter("x")
    def __len__(self): return 9
    def __getitem__(self, key): return "x"
    def __contains__(self, key): return True
class Thing:
    "Its words."
    x = 1
    computed = property(lambda self: 1)
    def __repr__(self): return "REPR"
class Shadowed:
    x = property(lambda self: 1)
shadowed = Shadowed(); shadowed.__dict__["x"] = 2
local = threading.local(); local.x = 1
shared, loop, full = [1], Thing(), Thing()
loop.itself = loop
full.__dict__.update((f"a{n}", n) for n in range(20))
space, mirrored, proxy = types.SimpleNamespace(a=1, b="x"), types.SimpleNamespace(), types.MappingProxyType({"a": 1})
mirrored.itself = mirrored
half_called = functools.partial(print, 1, sep="")
ints, array_of_none, letters = array.array("i", [1, 2]), array.array("d"), array.array("u", "ab")
class Computed:
    def __get__(self, value, kind): return "computed"
class Documented: __doc__ = Computed()
answering = types.ModuleType("answering"); answering.__getattr__, answering.there = (lambda name: 5), 1
class Kept(list):
    def __repr__(self): return "REPR"
class Keyed(dict):
    def __repr__(self): return "REPR"
class Slotted: __slots__ = ("x", "empty")
class Color(enum.Enum): RED = 1
lying, lazy, hidden, backwards, thing, slots = Lying(), Lazy(), Hidden(), Backwards([1]), Thing(), Slotted()
slots.x = 1
point = collections.namedtuple("Point", "a b")(1, 2)
when, path, half = datetime.datetime(2020, 1, 2), pathlib.PurePosixPath("/some/file.txt"), fractions.Fraction(1, 2)
ordered, defaults = collections.OrderedDict(b=1, a=2), collections.defaultdict(list, there=[1])
counted, queue = collections.Counter("aab"), collections.deque([1, 2])
errors = [ValueError("x"), KeyError("k", 1)]
inside = []; inside.append(inside); inside.append({}); inside[1]["self"] = inside
surrogates, huge, many = "a\\ud800b", 1 << 10_000_000, list(range(10**7))
lots, text, kept, keyed = many[:2_000_000], "x" * 1_000_000, Kept(range(5)), Keyed(a=1)
moved = collections.OrderedDict(a=1, b=2); moved.move_to_end("a")
view = collections.OrderedDict(a=1, b=2).values()`;
      expect(await run(values)).not.toHaveProperty("error");
    });

    // Others need the memory.
    afterAll(() => run("del many, lots, huge"));

    it.each(Object.entries(readings))("is worth what Python says, or refused: %s", async (expression, expected) => {
      const { ok, text } = await look("eval_expr", expression);
      if (expected?.startsWith("<")) expect(text.startsWith(expected)).toBe(true);
      else expect(ok ? text : undefined).toBe(expected);
      // It is refused because it is not looked at, and not in words that Python would have had for it.
      if (expected === undefined) expect(text).not.toMatch(/^\w+Error: /);
    });

    it(
      "is worth what Python says or refused, whatever it is made of, and changes nothing",
      { timeout: 60_000 },
      async () => {
        expect(await run(generator)).not.toHaveProperty("error");
        const before = await value("repr(plain)");
        const seed = Math.floor(Math.random() * 1e9);
        const watched = world.watch(`print(made(${seed}, 400))`);
        await watched.result;
        const cases = JSON.parse(watched.out()) as [string, [string] | string | null][];
        const wrong: unknown[] = [];
        let answered = 0;
        for (const [expression, truth] of cases) {
          const { ok, text } = await look("eval_expr", expression);
          if (!ok || truth === null || text.endsWith("\n(cut)")) continue;
          answered += 1;
          if (typeof truth === "string" || text !== truth[0]) wrong.push({ seed, expression, text, truth });
        }
        expect(wrong).toEqual([]);
        expect(answered).toBeGreaterThan(60);
        expect(await value("repr(plain)")).toBe(before);
      },
    );
  });

  describe("the last error", () => {
    const told = async (code: string) => {
      await run(code);
      return look("get_last_exception");
    };

    it.each([
      [
        "a chain",
        "try:\n    1 / 0\nexcept Exception as e:\n    raise KeyError('k') from e",
        ["ZeroDivisionError", "direct cause", "KeyError: 'k'"],
      ],
      [
        "a group",
        "raise ExceptionGroup('both', [ValueError(1), ExceptionGroup('in', [TypeError('t')])])",
        ["both", "ValueError: 1", "TypeError: t"],
      ],
      [
        "notes",
        "e = ValueError('n'); e.add_note('try the other one'); raise e",
        ["ValueError: n", "try the other one"],
      ],
      ["no Python at all", "def f(:", ["SyntaxError"]],
      ["an exit", "raise SystemExit(2)", ["SystemExit"]],
      ["lone surrogates", "raise ValueError('\\ud800')", ["ValueError"]],
      ["words that fail", "class Mute(Exception):\n    def __str__(self): raise RuntimeError\nraise Mute()", ["Mute"]],
      ["an endless descent", "def r(): r()\nr()", ["RecursionError", "repeated"]],
    ])("of %s is told", async (_what, code, parts) => {
      const { ok, text } = await told(code);
      expect(ok).toBe(true);
      for (const part of parts) expect(text).toContain(part);
    });

    it("in the body of a class with a namespace of its own does not ask that namespace", async () => {
      const { ok } = await told(`
asked = []
class Space(dict):
    def items(self): asked.append("items"); return super().items()
class Meta(type):
    def __prepare__(name, bases): return Space()
class Made(metaclass=Meta):
    inner = 1
    1 / 0`);
      expect(ok).toBe(true);
      expect(await value("asked")).toBe("[]");
    });

    it("from a source that is no file does not go and read it", async () => {
      const { ok, value: facts } = await told(`
import os
name = "/tmp/never-ending"
if hasattr(os, "mkfifo") and not os.path.exists(name):
    try: os.mkfifo(name)
    except OSError: pass
exec(compile("def fails():\\n    1 / 0", name, "exec"))
import linecache; linecache.cache[name] = (0, None, [], name)
try: fails()
except ZeroDivisionError as error: kept = error
raise kept`);
      await run("linecache.clearcache()");
      const again = await look("get_last_exception");
      await run("os.path.exists(name) and os.remove(name)");
      expect([ok, again.ok, facts !== null]).toEqual([true, true, true]);
    });
  });
}

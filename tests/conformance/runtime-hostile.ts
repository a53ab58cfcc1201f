import { beforeAll, describe, expect, it } from "vitest";
import type { CapabilityName } from "../../packages/server/src/core/ports.ts";
import { runIn, type World } from "./runtime-world.ts";

/**
 * Values that notice when anything is done to them. Whatever way of looking meets them, wherever they are put: not a line of
 * their code may run.
 */

const hooks = `
getattr getattribute setattr delattr eq ne lt le gt ge hash len length_hint iter next bool format index str bytes int float complex
call getitem setitem delitem contains missing reversed dir add radd iadd sub rsub mul rmul truediv floordiv mod rmod divmod pow rpow
matmul and or xor lshift rshift neg pos invert abs round trunc floor ceil enter exit instancecheck subclasscheck sizeof reduce
reduce_ex copy deepcopy fspath set delete repr array array_interface dataframe annotate`;

const prelude = `
import array, collections, ctypes, dataclasses, datetime, enum, functools, gc, itertools, sys, types, weakref
touched = []
def noticing(name):
    def method(*given, **named):
        touched.append(name)
        return 1
    return method
hooks = {f"__{name}__": noticing(name) for name in """${hooks}""".split()}
def lie(self):
    touched.append("class")
    raise RuntimeError
hooks |= {"__class__": property(lie), "shape": property(lie), "secret": property(lie)}
def noticed(*bases, **more):
    return type("Noticed", bases, {**hooks, **more})
def without(*left): return {name: hook for name, hook in hooks.items() if name not in left}
Meta = type("Meta", (type,), {**without("__set__", "__delete__", "__annotate__", "__call__"), "mro": type.mro})
Text = type("Text", (str,), without("__setattr__", "__delattr__"))
class Key:
    """As a key it looks like the name it was given."""
    def __init__(self, name): self.name = name
    def __hash__(self): touched.append("hash of key"); return hash(self.name)
    def __eq__(self, other): touched.append("eq of key"); return True
class Descriptor:
    def __get__(self, value, kind): touched.append("get"); return 1
    def __set__(self, value, to): touched.append("set")
class Half:
    def __get__(self, value, kind): touched.append("half get"); return 1
class Plain: pass
`;

/** How each is made; `v` is what is looked at. */
const victims: Record<string, string> = {
  "an object with every hook": "v = noticed()()",
  "a class with every hook": "v = noticed()",
  "a class whose metaclass has every hook": "v = Meta('Metal', (), {})",
  "an instance of such a class": "v = types.new_class('Metal', (), {'metaclass': Meta}); v = object.__new__(v)",
  "a list of such instances": "v = [object.__new__(types.new_class('Metal', (), {'metaclass': Meta})) for n in 'ab']",
  "an int of its own kind": "v = int.__new__(noticed(int), 5)",
  "a text of its own kind": "v = str.__new__(noticed(str), 'x')",
  "bytes of their own kind": "v = bytes.__new__(noticed(bytes), b'x')",
  "a float of its own kind": "v = float.__new__(noticed(float), 1.5)",
  "a list of its own kind": "v = list.__new__(noticed(list)); list.append(v, noticed()())",
  "a tuple of its own kind": "v = tuple.__new__(noticed(tuple), (1, 2))",
  "a dict of its own kind": "v = dict.__new__(noticed(dict)); dict.__setitem__(v, 'k', 1)",
  "a set of its own kind": "v = set.__new__(noticed(set)); set.add(v, 1)",
  "a dict whose keys have hooks": "v = {noticed()(): 1, Key('x'): 2}",
  "a set of what has hooks": "v = {noticed()()}",
  "attributes whose keys are no names": "v = Plain(); v.__dict__[Key('x')] = 1",
  "attributes in a dict of its own kind":
    "v = Plain(); d = dict.__new__(noticed(dict)); dict.__setitem__(d, 'x', 1); v.__dict__ = d",
  "a class whose keys are no names": "v = type('Odd', (), {Key('x'): 1, Key('__doc__'): 1, Key('__repr__'): 2})()",
  "a class with a name of its own kind":
    "v = type('Named', (), {}); v.__qualname__ = Text('Named'); v.__module__ = Text('m'); v = v()",
  "a class without a module": "space = {}; exec(\"v = type('Homeless', (), {})()\", space); v = space['v']",
  "a class with a computed module": "v = type('Moving', (), {'__module__': Descriptor()})()",
  "a class with computed documentation":
    "v = type('Documented', (), {'__doc__': Descriptor(), '__text_signature__': Descriptor()})",
  "a class with computed annotations": "v = type('Annotated', (), {'__annotate__': noticing('annotate')})",
  "attributes that are computed": "v = type('Computed', (), {'x': Descriptor(), 'value': Half(), 'shape': Half()})()",
  "a class of computed attributes": "v = type('Computed', (), {'x': Descriptor(), 'value': Half(), 'shape': Half()})",
  "a class with attributes of its metaclass":
    "v = type('Meta', (type,), {'x': property(lie), '__doc__': Descriptor(), '__getattr__': noticing('getattr')})('Made', (), {})",
  "slots with what has hooks": "v = type('Slotted', (), {'__slots__': ('x', 'empty')})(); v.x = noticed()()",
  "a module that answers for itself": "v = types.ModuleType('m'); v.__getattr__ = v.__dir__ = noticing('module')",
  "a module of its own kind": "v = types.ModuleType.__new__(noticed(types.ModuleType))",
  "a function with names of their own kind":
    "def v(x=noticed()(), *, y=1): pass\nv.__name__ = Text('f'); v.__qualname__ = Text('f'); v.__doc__ = Text('d')\nv.__kwdefaults__[Key('y')] = 1; v.__module__ = noticed()()",
  "a generator with a name of its own kind": "v = (n for n in [1]); v.__name__ = v.__qualname__ = Text('g')",
  "a method of what has hooks": "v = types.MethodType(noticed()(), 1)",
  "a built-in method of a class whose metaclass has hooks":
    "v = types.new_class('Metal', (dict,), {'metaclass': Meta}); v = type.__getattribute__(v, 'fromkeys')",
  "wrappers around what has hooks": "v = [staticmethod(noticed()()), property(noticed()())]",
  "a static method of what has hooks":
    "v = type('Holder', (), {'x': staticmethod(noticed()()), 'value': classmethod(noticed()())})()",
  "a partial, a namespace, a proxy and a queue of what has hooks":
    "h = noticed()(); v = [functools.partial(h, h), types.SimpleNamespace(x=h), types.MappingProxyType({'k': h}), collections.deque([h])]",
  "dicts with defaults": "v = collections.defaultdict(noticing('factory'), x=noticed()())",
  "a dict that answers for missing keys": "v = type('Missing', (dict,), {'__missing__': noticing('missing')})(x=1)",
  "ordered dicts whose keys have hooks, and a view of one":
    "h = noticed(); v = [collections.OrderedDict.fromkeys([h(), h()]), collections.OrderedDict.fromkeys([Key('x'), Key('x')]).keys()]",
  "an ordered dict of its own kind whose keys have hooks":
    "v = collections.OrderedDict.__new__(noticed(collections.OrderedDict)); dict.__setitem__(v, noticed()(), 1)",
  "a dict of its own kind whose keys have hooks":
    "v = dict.__new__(noticed(dict)); dict.__setitem__(v, noticed()(), 1); dict.__setitem__(v, Key('x'), 1)",
  "a fraction, a path and an id with what has hooks in them":
    "import fractions, pathlib, uuid; v = fractions.Fraction(1, 2); v._numerator = int.__new__(noticed(int), 5); p = pathlib.PurePosixPath('a/b')\nfor name in ('_str', '_parts', '_raw_paths', '_tail_cached'):\n    if hasattr(pathlib.PurePath, name): setattr(p, name, Text('x') if name == '_str' else [Text('x')])\nu = uuid.UUID(int=1); object.__setattr__(u, 'int', int.__new__(noticed(int), 5)); v = [v, p, u]",
  "a set of its own kind whose items have hooks": "v = set.__new__(noticed(set)); set.add(v, noticed()())",
  "a counter and an ordered dict": "h = noticed()(); v = [collections.Counter({'a': h}), collections.OrderedDict(a=h)]",
  "a weak proxy": "kept = noticed()(); v = weakref.proxy(kept)",
  "a weak reference with a callback": "kept = noticed()(); v = weakref.ref(kept, noticing('callback'))",
  "an error with what has hooks": "v = ValueError(noticed()()); v.add_note('n') if hasattr(v, 'add_note') else None",
  "an error of its own kind": "v = noticed(Exception)",
  "a time in a zone of its own kind":
    "v = datetime.datetime(2020, 1, 1, tzinfo=type('Zone', (datetime.tzinfo,), {'__repr__': noticing('zone'), 'utcoffset': noticing('zone')})())",
  "a zone with a name of its own kind": "v = datetime.timezone(datetime.timedelta(0), str.__new__(noticed(str), 'Z'))",
  "a date that is none":
    "v = type('date', (datetime.date,), {**hooks, '__module__': 'datetime'}); v = datetime.date.__new__(v, 2020, 1, 1)",
  "an array that is none":
    "v = noticed(__array_interface__=property(lie)); v.__module__ = 'numpy'; v.__qualname__ = 'ndarray'; v = v()",
  "shapes that have hooks":
    "v = Plain(); v.shape = (noticed()(),); v.dtype = noticed()(); v.__array_interface__ = {'shape': v.shape, 'typestr': Text('x')}",
  "a named tuple of what has hooks": "v = collections.namedtuple('Named', 'x y')(noticed()(), 1)",
  "a member of an enum of what has hooks": "v = enum.Enum('E', {'x': 1}).x; v._value_ = noticed()()",
  "an enum that computes its values":
    "class Loud(enum.Enum):\n    x = 1\n    @property\n    def value(self): touched.append('value')\nv = Loud.x",
  "what stands before a superclass": "v = super(Plain, Plain())",
  "iterators in the middle":
    "v = [iter([1]), enumerate([1]), map(noticing('map'), [1]), zip([1]), filter(noticing('filter'), [1])]",
  "memory that is not there": "v = ctypes.c_char_p(1)",
  "a place in the code that runs": "v = sys._getframe()",
};

const uses = `
v; v.x; v.secret; v.value; v.shape; v.dtype; v.contents; v.f_locals; v.__class__; v.__dict__; v.__doc__; v.__name__; v.__module__
v.__annotations__; v.__qualname__; v.__wrapped__; v.__isabstractmethod__; v.__abstractmethods__; v.T; v.__self__; v.__func__; v.args
type(v); v[0]; v['k']; v['x']; v['nowhere']; v[0:1]; v == 1; 1 == v; v != v; v < 1; v <= v; v in [1]; 1 in v; 'x' in v; v is None
[v] == [1]; [1] == [v]; (v,) < (1,); {'a': v} == {'a': 1}; {1} == v; len(v); bool(v); not v; v and 1; v or 1; 1 if v else 0
[n for n in v]; [*v]; {*v}; {**v}; [1 for a, b in [v]]; list(v); tuple(v); set(v); dict(v); frozenset(v); sum(v); sum([v]); sum([], v)
max(v); max([v, v]); min(v, v); sorted(v); sorted([v, 1]); sorted([1], reverse=v); set([v]); {v}; {v: 1}; {1: 2}.get(v); {1: 2}[v]
hash(v); hash((v,)); str(v); repr(v); ascii(v); repr([v]); f'{v}'; f'{v!r}'; f'{v!s:>5}'; f'{1:{v}}'; f'{[v]}'; '%s' % v; '%s' % (v,)
b'%a' % v; 'a' + v; v + 1; 1 + v; [v] + [1]; [v] * 2; 2 * v; v * 2; -v; +v; ~v; v ** 2; 2 ** v; v @ v; v | v; {1} | v; v % 2; v // 2
1 << v; [1][v]; [1, 2][v:]; 'ab'[v]; range(v); round(v); round(1.5, v); abs(v); int(v); int('1', v); float(v); complex(v); chr(v); ord(v)
bin(v); hex(v); isinstance(v, int); isinstance(1, v); isinstance(v, type(v)); isinstance(1, (v,)); issubclass(type(v), int)
issubclass(int, type(v)); issubclass(v, int); dir(v); vars(v); hasattr(v, 'x'); hasattr(v, 'nowhere'); callable(v); id(v); v(); v.upper()
','.join([v]); ','.join(v); 'abc'.count(v); 'a'.replace('a', v); 'a'.split(v); 'a'.startswith(v); [1].index(v); [v].index(1); [1].count(v)
dict(a=v); dict([(v, 1)]); enumerate(v); list(zip(v)); list(zip([v])); list(enumerate([1], v)); list(reversed(v)); any(v); any([v]); all([v])
'{0.x}'.format(v); '{}'.format(v); '{:{}}'.format(1, v); format(v); min([1], key=v); min([], default=v); {1}.union(v); {1} & v
(5).bit_length(v); 'a'.encode(v); b'a'.decode(v); print(v); getattr(v, 'x'); eval(v); type(v).x; type(v).__mro__; type(v).__doc__
type(v).__name__; type(v)(); v.keys(); v.items(); v.get('x'); v.copy(); v.x.y; [v][0].x; {'k': v}['k'].x; (v, v)[1]; [m.x for m in v]
v[0].numerator; v[0].real; v[1].name; v[1].suffix; v[1].stem; v[2].hex; v[2].bytes; v[2].fields`
  .split(/[;\n]/)
  .map((use) => use.trim())
  .filter((use) => use !== "");

const ways: CapabilityName[] = ["get_type", "get_dir", "get_doc", "eval_expr"];

export function runtimeHostile(world: World): void {
  const { run, value } = world;
  const look = (way: CapabilityName, argument?: string) => world.kernel.capability(way, argument);

  describe("what notices that it is looked at", () => {
    beforeAll(async () => expect(await run(prelude)).toMatchObject({ ok: true }));

    it.for(Object.entries(victims))("is not touched: %s", async ([, make]) => {
      expect(await run(make)).not.toHaveProperty("error");
      await run("touched.clear()");
      for (const use of uses) {
        await look("eval_expr", use);
        if (!use.includes("(")) await world.kernel.complete(`${use}.`, use.length + 1);
      }
      for (const way of ways) {
        for (const what of ["v", "[v]", "{'k': v}", "(v, v)", "v.x", "type(v)"]) await look(way, what);
      }
      const rows = (await look("list_globals")).value as { name: string }[];
      expect(rows.map(({ name }) => name)).toContain("v");
      await world.kernel.complete("v['", 3);
      // Last, for whatever is asked here leaves a frame.
      for (const asked of ["v?", "v??", "v.x?", "v*?", "%pdef v", "%pdoc v", "%psource v", "%pfile v"])
        await run(asked);
      for (const asked of ["%who Noticed", "%who_ls int", "%whos"]) await run(asked);
      expect(await value("list(touched)")).toBe("[]");
    });

    it("is not touched: a value of the standard library whose class people have changed", async () => {
      const { kernel } = await world.alone();
      const changed = `import pathlib
touched = []
pathlib.PurePath.__repr__ = lambda path: touched.append("repr") or "changed"
pathlib.PurePosixPath.name = property(lambda path: touched.append("name"))
v = pathlib.PurePosixPath("a")`;
      expect((await runIn(kernel, changed)).ok).toBe(true);
      for (const use of ["v", "[v]", "v.name", "str(v)", "repr(v)", "f'{v}'"])
        await kernel.capability("eval_expr", use);
      await kernel.capability("list_globals");
      expect((await runIn(kernel, "touched")).result?.text).toBe("[]");
      expect((await kernel.capability("get_repr", "v")).ran).toBe("pathlib.PurePosixPath.__repr__");
      kernel.kill("tested");
    });

    it("is not used up", async () => {
      await run("v = [iter([1]), enumerate([1]), map(str, [1]), zip([1]), (n for n in [1])]");
      for (const use of uses) {
        await look("eval_expr", use);
        for (let n = 0; n < 5; n++) await look("eval_expr", use.replaceAll("v", `v[${n}]`));
      }
      expect(await value("[next(one) for one in v]")).toBe("[1, (0, 1), '1', (1,), 1]");
    });

    it("does not hear of it where people replaced what Python itself uses", async () => {
      const replace = `
import builtins, warnings
kept = {name: getattr(builtins, name) for name in "max min sorted sum any all abs round".split()}
shown, warnings.showwarning = warnings.showwarning, noticing("warning")
touched.clear()
for name in kept: setattr(builtins, name, noticing(name))`;
      await run(replace);
      const read: unknown[] = [];
      for (const expression of [
        "max([1, 2])",
        "dir(touched)[0]",
        "[n for n in [1]]",
        String.raw`'\d'`,
        "1 is 1",
        "sum([1])",
      ])
        read.push((await look("eval_expr", expression)).text);
      await look("list_globals");
      await look("get_dir", "touched");
      await world.kernel.complete("touched.", 8);
      const seen = await look("eval_expr", "touched");
      await run("for name in kept: setattr(builtins, name, kept[name])\nwarnings.showwarning = shown");
      expect(seen.text).toBe("[]");
      expect(read[0]).toContain("max() would run");
      expect(read.slice(1)).toEqual([
        "'__add__'",
        "[1]",
        String.raw`'\\d'`,
        "True",
        expect.stringContaining("sum() would run"),
      ]);
    });

    it("is not collected because of it: finalizers and callbacks wait until nobody looks", async () => {
      await run(`
class Cycle:
    def __del__(self): touched.append("del")
before = gc.get_threshold()
gc.collect(); gc.set_threshold(5000); touched.clear()
for n in range(20):
    c = Cycle(); c.itself = c
c = None`);
      const counted = await look("eval_expr", "[len(touched), [[n] for n in range(9000)], len(touched)][::2]");
      expect(counted.text).toBe("[0, 0]");
      expect(await value("gc.set_threshold(*before); gc.isenabled()")).toBe("True");
    });
  });
}

"""Texts of values that stay bounded in size and time, whatever the value does.

Built-in values are written by this module itself, so writing them runs nobody's code. Of everything else only the
type's name and the plain attributes are shown, unless the caller allows the value's own ``__repr__`` to run.
"""

import array
import collections
import enum
import functools
import gc
import re
import sys
import time
import types

from . import interrupts, static, summaries
from .known import is_plain_data
from .static import Kinds, __builtins__, clean, plain_text, type_name

MAX_ITEMS = 1000
MAX_DEPTH = 8
MAX_ATTRIBUTES = 8
MAX_INT_BITS = 13_000  # about the 4,300 digits that int.__repr__ itself allows

_TEXTS = Kinds(str, bytes, bytearray)
_ATOMS = Kinds(int, float, complex, bool, type(None), type(Ellipsis), type(NotImplemented), range, property, object)
_RUNNING = Kinds(types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
_FUNCTIONS = Kinds(types.FunctionType, types.BuiltinFunctionType)
# Written here, too: their repr is a loop in C over whatever they hold, and nothing could stop it.
_LOOPS_IN_C = Kinds(array.array, functools.partial, types.SimpleNamespace, types.MappingProxyType)
_ORDERED = collections.OrderedDict

# How built-in containers are written. A class that inherits from one and keeps its __repr__ is written the same way.
_BRACKETS = {
    list: "[]",
    tuple: "()",
    set: "{}",
    _ORDERED: "{}",
    collections.defaultdict: "{}",
    dict: "{}",
    frozenset: "{}",
    collections.deque: "[]",
    **{type(view): "[]" for table in ({}, _ORDERED()) for view in (table.keys(), table.values(), table.items())},
}
_UNNAMED = Kinds(list, tuple, set, dict)


# What a value of a class that inherits from them is as one of them, read by their own methods.
_PLAIN_COPY = {str: str.__str__, bytes: bytes.__bytes__, int: int.__int__, float: float.__float__}
_HOLDERS = (dict, list, tuple, set, frozenset, collections.deque, *_PLAIN_COPY)


class _Full(Exception):
    """The text reached its limit."""


def error_message(error):
    try:
        return clean(str.__str__(str(error))[:2000])
    except (KeyboardInterrupt, interrupts.TooLong):
        raise
    except BaseException:
        return "<its __str__ failed>"


class Text:
    """One bounded text. ``ran`` names whose __repr__ had to run for it, ``cut`` says that something was left out."""

    # Around the items of a container and between them; whoever lays texts out knows them by what they are.
    BEGIN = BEGIN_PAIRS = END = ""
    SEPARATOR = ", "

    def __init__(self, limit, run=False, seconds=0.25, items=MAX_ITEMS, depth=MAX_DEPTH, floats=None):
        self.limit = limit
        self.depth = depth
        self.floats = floats
        self.run = run
        self.deadline = time.perf_counter() + seconds
        self.items = items
        self.ran = []
        self.cut = False
        self._parts = []
        self._size = 0
        self._open = set()

    def of(self, value):
        try:
            self._value(value, 0)
        except _Full:
            self.cut = True
        text = self._joined()
        if len(text) > self.limit:
            text, self.cut = text[: self.limit], True
        return clean(text)

    def _joined(self):
        return "".join(self._parts)

    def _add(self, text):
        self._parts.append(text)
        self._size += len(text)
        if self._size > self.limit:
            raise _Full

    def _value(self, value, depth):
        kind = type(value)
        if kind in _TEXTS:
            self._add(repr(value[: self.limit + 1]))
        elif kind is int and value.bit_length() > MAX_INT_BITS:
            self.cut = True
            self._add(f"<int of {value.bit_length()} bits>")
        elif kind is float and self.floats:
            self._add(self.floats % value)
        elif kind in _ATOMS:
            self._add(repr(value))
        elif (base := _container(kind)) is not None:
            self._container(value, base, depth)
        elif static.is_a(value, type):
            self._add(f"<class '{type_name(value)}'>")
        elif kind is types.ModuleType:
            self._add(f"<module {clean(plain_text(static.lookup(static.attributes(value), '__name__')))!r}>")
        elif kind in _FUNCTIONS:
            self._add(f"<function {function_name(value)}>")
        elif kind in _LOOPS_IN_C:
            self._in_words_of_c(value, kind, depth)
        elif kind in _RUNNING:
            self._add(f"<{kind.__name__} {clean(plain_text(value.__qualname__))}>")
        elif kind is types.CodeType:
            self._add(f"<code {clean(value.co_name)}>")
        elif kind is types.MethodType and type(value.__func__) is types.FunctionType:
            self._add(f"<bound method {function_name(value.__func__)}>")
        elif static.is_a(value, BaseException) and not static.has_own(kind, "__repr__", BaseException):
            self._error(value, kind, depth)
        elif is_plain_data(value, kind):
            self._add(repr(value))
        elif self.run:
            self._own(value, kind)
        else:
            self._outline(value, kind, depth)

    def _in_words_of_c(self, value, kind, depth):
        """As its repr would write it, bounded."""
        if kind is types.MappingProxyType:
            self._add("mappingproxy(")
            self._value(gc.get_referents(value)[0], depth + 1)
            return self._add(")")
        if kind is array.array:
            return self._array(value, depth)
        if kind is types.SimpleNamespace:
            named = list(static.named(static.attributes(value)).items())
            return self._called(value, "namespace(", (), named, depth)
        given = [value.func, *value.args]
        return self._called(value, "functools.partial(", given, list(static.named(value.keywords).items()), depth)

    def _array(self, value, depth):
        self._add(f"array({value.typecode!r}")
        if len(value) > 0:
            self._add(", ")
            if value.typecode in "uw":
                self._value(value[: self.limit + 1].tounicode(), depth)
            else:
                self._inside(value, "[", iter(value), "]", depth, len(value))
        self._add(")")

    def _called(self, value, opening, given, named, depth):
        if id(value) in self._open or depth >= self.depth:
            return self._add(f"{opening}...)")
        self._open.add(id(value))
        self._add(opening)
        for index, (name, item) in enumerate([*((None, one) for one in given), *named]):
            self._add(", " if index else "")
            self._add("" if name is None else f"{clean(name)}=")
            self._value(item, depth + 1)
        self._open.discard(id(value))
        return self._add(")")

    def _error(self, error, kind, depth):
        arguments = BaseException.__dict__["args"].__get__(error)
        self._add(static.short_name(kind))
        self._inside(error, "(", arguments, ")", depth, len(arguments))

    def _container(self, value, base, depth):
        kind = type(value)
        unnamed = base in _UNNAMED and (kind is base or base is not set)
        if (base is set or base is frozenset) and base.__len__(value) == 0:
            return self._add(f"{static.short_name(kind)}()")
        self._add("" if unnamed else f"{static.short_name(kind)}(")
        if base is collections.defaultdict:
            self._value(value.default_factory if kind is base else None, depth + 1)
            self._add(", ")
        self._contents(value, base, depth)
        self._add("" if unnamed else ")")

    def _contents(self, value, base, depth):
        size = base.__len__(value)
        opening, closing = _BRACKETS[base]
        is_dict = static.inherits(base, dict)
        items = static.pairs(value, base) if is_dict else static.each(value, base)
        self._inside(value, opening, items, f",{closing}" if base is tuple and size == 1 else closing, depth, size, is_dict)

    def _inside(self, value, opening, items, closing, depth, size, pairs=False):
        if id(value) in self._open:
            return self._add(f"{opening}...{closing}")
        if depth >= self.depth:
            self.cut = True
            return self._add("...")
        self._open.add(id(value))
        try:
            self._add(opening)
            self._add(self.BEGIN_PAIRS if pairs else self.BEGIN)
            self._items(items, depth, size, pairs)
            self._add(self.END)
            self._add(closing)
        except RuntimeError:
            self._add(" <changed while it was read>")
        finally:
            self._open.discard(id(value))

    def _items(self, items, depth, size, pairs):
        for index, item in enumerate(items):
            if index:
                self._add(self.SEPARATOR)
            if index >= self.items or time.perf_counter() > self.deadline:
                self._add(f"... {size - index} more")
                self.cut = True
                return
            if pairs:
                self._value(item[0], depth + 1)
                self._add(": ")
                item = item[1]
            self._value(item, depth + 1)

    def _own(self, value, kind):
        """The value's own words, given so much time. A loop in C cannot be cut here; an interrupt can."""
        run = static.on_class(kind, "__repr__")
        if run is static.on_class(object, "__repr__"):
            return self._add(f"<{type_name(kind)} object at {id(value):#x}>")
        self.ran.append(f"{type_name(kind)}.__repr__")
        text = self._within_time(lambda: run.__get__(value, kind)(), kind, "__repr__")
        if not static.is_a(text, str):
            text = f"<{type_name(kind)}: its __repr__ returned {type_name(type(text))}, not str>"
        self._add(str.__str__(text)[: self.limit + 1])

    def _within_time(self, call, kind, word):
        deadline = self.deadline

        def watch(frame, event, argument):
            if time.perf_counter() > deadline:
                raise interrupts.TooLong
            return watch

        # An interrupt may end their code, and never leaves our watch behind.
        with interrupts.held():
            before = sys.gettrace()
            if deadline != float("inf"):
                sys.settrace(watch)
            try:
                with interrupts.allowed():
                    return call()
            except interrupts.TooLong:
                return f"<{type_name(kind)}: its {word} took too long>"
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                return f"<{type_name(kind)}: its {word} raised {type_name(type(error))}: {error_message(error)}>"
            finally:
                sys.settrace(before)

    def _outline(self, value, kind, depth):
        """The type and the plain insides of a value whose code shall not run."""
        told = summaries.summary(value)
        if told is not None and list(told) == ["value"]:
            return self._value(told["value"], depth)
        if id(value) in self._open or depth > 2:
            self.cut = True
            return self._add(f"<{type_name(kind)} ...>")
        self._add(f"<{type_name(kind)}")
        if _fields(value) is None:
            self._held(value, depth)
        self._open.add(id(value))
        inside = told or _insides(value)
        for index, (name, item) in enumerate(inside.items()):
            if index >= MAX_ATTRIBUTES:
                self._add(" ...")
                self.cut = True
                break
            self._add(f" {clean(name)}=")
            self._value(item, depth + 1)
        self._add(">")
        self._open.discard(id(value))

    def _held(self, value, depth):
        """What a value of a class that inherits from a built-in type holds as that type."""
        for base in _HOLDERS:
            if static.is_a(value, base):
                self._add(" ")
                return self._contents(value, base, depth + 1) if base in _BRACKETS else self._value(_PLAIN_COPY[base](value), depth)
        return None


def _container(kind):
    """The built-in container in whose way a value is written, None where its class has another way."""
    for base in _BRACKETS:
        if kind is base:
            return base
    for base in _BRACKETS:
        if static.inherits(kind, base):
            return None if static.has_own(kind, "__repr__", base) else base
    return None


def _insides(value):
    """What lies in a value, by name."""
    inside = {**static.slots(value), **static.named(static.attributes(value))}
    if static.is_a(value, enum.Enum):
        return {"name": inside.get("_name_"), "value": inside.get("_value_")}
    fields = _fields(value)
    return inside if fields is None else {**dict(zip(fields, tuple.__iter__(value))), **inside}


def _fields(value):
    """The names of a named tuple's items."""
    fields = static.on_class(type(value), "_fields") if static.is_a(value, tuple) else None
    return fields if type(fields) is tuple and Kinds(str).all_of(fields) else None


def function_name(function):
    if type(function) is types.FunctionType:
        return clean(plain_text(function.__qualname__))
    return function.__name__  # what a built-in one calls its qualified name may be anybody's


def preview(value, limit=80):
    """A glimpse of a value that runs none of its code."""
    text = Text(limit, seconds=0.01, items=20)
    try:
        if type(value) is types.FunctionType:
            return clean(f"def {plain_text(value.__name__)}{signature(value)}")[:limit]
        shown = text.of(value)
    except Exception as error:
        return f"<not to be read: {type_name(type(error))}>"  # one odd value must not hide all the others
    return shown[: limit - 3] + "..." if len(shown) >= limit and text.cut else shown


def parameters(value):
    """The names by which a function takes what it is given; of a built-in one those that its documentation tells."""
    function = value.__func__ if type(value) is types.MethodType else value
    if type(function) is types.FunctionType:
        code = function.__code__
        return list(code.co_varnames[code.co_posonlyargcount : code.co_argcount + code.co_kwonlyargcount])
    if type(function) is not types.BuiltinFunctionType or type(function.__text_signature__) is not str:
        return []
    told = function.__text_signature__.strip("()").rpartition("/")[2]
    return re.findall(r"(?:^|,)\s*(\w+)", told)


def signature(function):
    """The parameters of a Python function, from what lies in it: annotations would have to run."""
    code = function.__code__
    names = code.co_varnames
    positional = names[: code.co_argcount]
    only_names = names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = function.__defaults__ or ()
    named_defaults = static.named(function.__kwdefaults__ or {})
    parts = []
    for index, name in enumerate(positional):
        given = index - (len(positional) - len(defaults))
        parts.append(f"{name}={preview(defaults[given], 40)}" if given >= 0 else name)
        if index + 1 == code.co_posonlyargcount:
            parts.append("/")
    rest = code.co_argcount + code.co_kwonlyargcount
    if code.co_flags & 0x04:
        parts.append(f"*{names[rest]}")
        rest += 1
    elif only_names:
        parts.append("*")
    parts += [f"{name}={preview(named_defaults[name], 40)}" if name in named_defaults else name for name in only_names]
    if code.co_flags & 0x08:
        parts.append(f"**{names[rest]}")
    return f"({', '.join(parts)})"

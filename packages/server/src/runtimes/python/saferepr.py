"""Texts of values that stay bounded in size and time, whatever the value does.

Built-in values are written by this module itself, so writing them runs nobody's code. Of everything else only the
type's name and the plain attributes are shown, unless the caller allows the value's own ``__repr__`` to run.
"""

import collections
import itertools
import sys
import time
import types

from . import interrupts, static
from .static import class_module, clean, type_name

MAX_ITEMS = 1000
MAX_DEPTH = 8
MAX_INT_BITS = 13_000  # about the 4,300 digits that int.__repr__ itself allows

_ATOMS = (int, float, complex, bool, type(None), type(Ellipsis), type(NotImplemented), range)
_OPAQUE = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, types.CodeType, property, object)
_CONTAINERS = {
    list: "[]",
    tuple: "()",
    set: "{}",
    frozenset: ("frozenset({", "})"),
    dict: "{}",
    type({}.keys()): ("dict_keys([", "])"),
    type({}.values()): ("dict_values([", "])"),
    type({}.items()): ("dict_items([", "])"),
}


class _Full(Exception):
    """The text reached its limit."""


class _TooLong(BaseException):
    """A __repr__ took longer than it was given. Not an Exception: the value's code must not catch it by accident."""


def error_message(error):
    try:
        return clean(str(error)[:2000])
    except Exception:
        return "<its __str__ failed>"


class Text:
    """One bounded text. ``ran`` names whose __repr__ had to run for it, ``cut`` says that something was left out."""

    def __init__(self, limit, run=False, seconds=0.25, items=MAX_ITEMS):
        self.limit = limit
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
        text = "".join(self._parts)
        if len(text) > self.limit:
            text, self.cut = text[: self.limit], True
        return clean(text)

    def _add(self, text):
        self._parts.append(text)
        self._size += len(text)
        if self._size > self.limit:
            raise _Full

    def _value(self, value, depth):
        kind = type(value)
        if kind is str or kind is bytes or kind is bytearray:
            self._add(repr(value[: self.limit + 1]))
        elif kind is int and value.bit_length() > MAX_INT_BITS:
            self._add(f"<int of {value.bit_length()} bits>")
        elif kind in _ATOMS or kind in _OPAQUE:
            self._add(repr(value))
        elif kind in _CONTAINERS:
            self._container(value, kind, depth)
        elif static.is_a(value, type):
            self._add(f"<class '{type_name(value)}'>")
        elif kind is types.ModuleType:
            name = static.attributes(value).get("__name__")
            self._add(f"<module {name!r}>" if type(name) is str else "<module>")
        elif kind is types.FunctionType or kind is types.BuiltinFunctionType:
            self._add(f"<function {value.__qualname__}>")
        elif kind is types.MethodType and type(value.__func__) is types.FunctionType:
            self._add(f"<bound method {value.__func__.__qualname__}>")
        elif is_plain_data(value, kind):
            self._add(repr(value))
        elif self.run:
            self._own(value, kind)
        else:
            self._outline(value, kind, depth)

    def _container(self, value, kind, depth):
        if id(value) in self._open or depth >= MAX_DEPTH:
            return self._add("...")
        if not value and kind in (set, frozenset):
            return self._add(f"{kind.__name__}()")
        opening, closing = _CONTAINERS[kind]
        self._open.add(id(value))
        try:
            self._add(opening)
            self._items(value, kind, depth)
            if kind is tuple and len(value) == 1:
                self._add(",")
            self._add(closing)
        except RuntimeError:
            self._add(" <changed while it was read>")
        finally:
            self._open.discard(id(value))

    def _items(self, value, kind, depth):
        for index, item in enumerate(value.items() if kind is dict else value):
            if index:
                self._add(", ")
            if index >= self.items or time.perf_counter() > self.deadline:
                self._add(f"... {len(value) - index} more")
                self.cut = True
                return
            if kind is dict:
                self._value(item[0], depth + 1)
                self._add(": ")
                item = item[1]
            self._value(item, depth + 1)

    def _own(self, value, kind):
        """The value's own words, given so much time. A loop in C cannot be cut here; an interrupt can."""
        run = static.on_class(kind, "__repr__")
        if run is object.__repr__:
            return self._add(f"<{type_name(kind)} object at {id(value):#x}>")
        self.ran.append(f"{type_name(kind)}.__repr__")
        text = self._within_time(run, value, kind)
        if not static.is_a(text, str):
            text = f"<{type_name(kind)}: its __repr__ returned {type_name(type(text))}, not str>"
        self._add(str.__str__(text)[: self.limit + 1])

    def _within_time(self, run, value, kind):
        deadline = self.deadline

        def watch(frame, event, argument):
            if time.perf_counter() > deadline:
                raise _TooLong
            return watch

        before = sys.gettrace()
        if deadline != float("inf"):
            sys.settrace(watch)
        try:
            with interrupts.allowed():
                return run.__get__(value, kind)()
        except _TooLong:
            return f"<{type_name(kind)}: its __repr__ took too long>"
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return f"<{type_name(kind)}: its __repr__ raised {type_name(type(error))}: {error_message(error)}>"
        finally:
            sys.settrace(before)

    def _outline(self, value, kind, depth):
        """The type and the plain insides of a value whose code shall not run."""
        if id(value) in self._open or depth > 2:
            return self._add(f"<{type_name(kind)} ...>")
        self._open.add(id(value))
        self._add(f"<{type_name(kind)}")
        base = next((base for base in _PLAIN_COPY if static.is_a(value, base)), None)
        if base is not None:
            self._add(" ")
            self._value(_PLAIN_COPY[base](value, self.items), depth + 1)
        for index, (name, item) in enumerate(list(static.attributes(value).items())):
            if index >= 8:
                self._add(" ...")
                break
            self._add(f" {name}=" if type(name) is str else " ?=")
            self._value(item, depth + 1)
        self._add(">")
        self._open.discard(id(value))


# What a subclass of a built-in type holds as that type, read by the built-in's own methods.
_PLAIN_COPY = {
    dict: lambda value, items: dict(itertools.islice(dict.items(value), items + 1)),
    list: lambda value, items: list(itertools.islice(list.__iter__(value), items + 1)),
    tuple: lambda value, items: tuple(itertools.islice(tuple.__iter__(value), items + 1)),
    set: lambda value, items: list(itertools.islice(set.__iter__(value), items + 1)),
    frozenset: lambda value, items: list(itertools.islice(frozenset.__iter__(value), items + 1)),
    collections.deque: lambda value, items: list(itertools.islice(collections.deque.__iter__(value), items + 1)),
    str: lambda value, items: str.__str__(value),
    bytes: lambda value, items: bytes.__bytes__(value),
    int: lambda value, items: int.__int__(value),
    float: lambda value, items: float.__float__(value),
}


_DATA_TYPES = {
    "datetime": ("date", "time", "datetime", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "pathlib": ("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath"),
    "uuid": ("UUID",),
    "zoneinfo": ("ZoneInfo",),
}


def is_plain_data(value, kind):
    """Whether what it says of itself comes from the standard library alone, over plain data."""
    module = class_module(kind)
    name = type.__dict__["__qualname__"].__get__(kind)
    if name not in _DATA_TYPES.get(module, ()) or getattr(sys.modules.get(module), name, None) is not kind:
        return False
    zone = value.tzinfo if name in ("datetime", "time") else None
    return zone is None or is_plain_data(zone, type(zone))


def preview(value, limit=80):
    """A glimpse of a value that runs none of its code."""
    if type(value) is types.FunctionType:
        return clean(f"def {value.__name__}{signature(value)}")[:limit]
    text = Text(limit, seconds=0.01, items=20)
    shown = text.of(value)
    return shown[: limit - 3] + "..." if len(shown) >= limit and text.cut else shown


def signature(function):
    """The parameters of a Python function, from what lies in it: annotations would have to run."""
    code = function.__code__
    names = code.co_varnames
    positional = names[: code.co_argcount]
    only_names = names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = function.__defaults__ or ()
    named_defaults = function.__kwdefaults__ or {}
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

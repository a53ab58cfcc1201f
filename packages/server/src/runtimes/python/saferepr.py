"""Texts of values that stay bounded in size and time, whatever the value does.

Exact built-in values are written by this module itself, so writing them runs nobody's code. Of everything else only the
type's name and plain attributes are shown, unless the caller allows the value's own ``__repr__`` to run.
"""

import sys
import time
import types

MAX_ITEMS = 1000
MAX_DEPTH = 8
MAX_INT_BITS = 13_000  # about the 4,300 digits that int.__repr__ itself allows

_BRACKETS = {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}"), frozenset: ("frozenset({", "})"), dict: ("{", "}")}
_ATOMS = (int, float, complex, bool, type(None), type(Ellipsis), type(NotImplemented), range, slice)


class _Full(Exception):
    """The text reached its limit."""


class _TooLong(BaseException):
    """A __repr__ took longer than it was given. Not an Exception: the value's code must not catch it by accident."""


def clean(text):
    """The text as every encoder can carry it: lone surrogates become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def type_name(kind):
    """The name of a type by which people know it. Reads no attribute that a metaclass could answer."""
    try:
        module = type.__getattribute__(kind, "__module__")
        name = type.__getattribute__(kind, "__qualname__")
    except Exception:
        return "<unnamed type>"
    if type(name) is not str:
        return "<unnamed type>"
    name = clean(name[:200])
    if type(module) is not str or module in ("builtins", "__main__"):
        return name
    return f"{clean(module[:200])}.{name}"


def short_message(error):
    try:
        return clean(str(error)[:2000])
    except Exception:
        return "<its __str__ failed>"


class Text:
    """One bounded text under construction. ``ran`` collects whose __repr__ had to run for it."""

    def __init__(self, limit, run=False, seconds=0.25, items=MAX_ITEMS):
        self.limit = limit
        self.run = run
        self.deadline = time.perf_counter() + seconds
        self.items = items
        self.parts = []
        self.size = 0
        self.open = set()
        self.ran = []
        self.cut = False

    def of(self, value):
        try:
            self._value(value, 0)
        except _Full:
            self.cut = True
        text = "".join(self.parts)
        if len(text) > self.limit:
            text, self.cut = text[: self.limit], True
        return clean(text)

    def _add(self, text):
        self.parts.append(text)
        self.size += len(text)
        if self.size > self.limit:
            raise _Full

    def _value(self, value, depth):
        kind = type(value)
        if kind is str or kind is bytes or kind is bytearray:
            self._add(repr(value[: self.limit + 1]))
        elif kind is int and value.bit_length() > MAX_INT_BITS:
            self._add(f"<int of {value.bit_length()} bits>")
        elif kind in _ATOMS:
            self._add(repr(value))
        elif kind in _BRACKETS:
            self._container(value, kind, depth)
        elif isinstance(value, type):
            self._add(f"<class '{type_name(value)}'>")
        elif isinstance(value, types.ModuleType):
            name = value.__dict__.get("__name__")
            self._add(f"<module {name!r}>" if type(name) is str else "<module>")
        elif isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
            self._function(value)
        elif self.run:
            self._own(value, kind)
        else:
            self._outline(value, kind, depth)

    def _container(self, value, kind, depth):
        if id(value) in self.open or depth >= MAX_DEPTH:
            return self._add("...")
        if not value and kind in (set, frozenset):
            return self._add(f"{kind.__name__}()")
        opening, closing = _BRACKETS[kind]
        self.open.add(id(value))
        try:
            self._add(opening)
            for index, item in enumerate(value):
                if index:
                    self._add(", ")
                if index >= self.items or time.perf_counter() > self.deadline:
                    self._add(f"... {len(value) - index} more")
                    self.cut = True
                    break
                self._value(item, depth + 1)
                if kind is dict:
                    self._add(": ")
                    self._value(value[item] if type(item) in (str, int) else dict.get(value, item), depth + 1)
            if kind is tuple and len(value) == 1:
                self._add(",")
            self._add(closing)
        except RuntimeError:
            self._add(" <changed while it was read>")
        finally:
            self.open.discard(id(value))

    def _function(self, value):
        inner = value.__func__ if isinstance(value, types.MethodType) else value
        name = getattr(inner, "__qualname__", "?")
        word = "method" if isinstance(value, types.MethodType) else "function"
        word = "built-in" if isinstance(inner, types.BuiltinFunctionType) else word
        self._add(f"<{word} {name}>")

    def _own(self, value, kind):
        """The value's own words, given so much time. A loop in C cannot be cut here; an interrupt can."""
        run = kind.__repr__ if isinstance(kind.__repr__, types.FunctionType) else None
        if run is not None:
            self.ran.append(clean(run.__qualname__))
        elif kind.__repr__ is not object.__repr__:
            self.ran.append(f"{type_name(kind)}.__repr__")
        deadline = self.deadline

        def watch(frame, event, argument):
            if time.perf_counter() > deadline:
                raise _TooLong
            return watch

        before = sys.gettrace()
        sys.settrace(watch)
        try:
            text = kind.__repr__(value)
        except _TooLong:
            text = f"<{type_name(kind)}: its __repr__ took too long>"
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            text = f"<{type_name(kind)}: its __repr__ raised {type_name(type(error))}: {short_message(error)}>"
        finally:
            sys.settrace(before)
        if not isinstance(text, str):
            text = f"<{type_name(kind)}: its __repr__ returned {type_name(type(text))}, not str>"
        self._add(str.__str__(text)[: self.limit + 1])

    def _outline(self, value, kind, depth):
        """The type and the plain attributes of a value whose code shall not run."""
        self._add(f"<{type_name(kind)}")
        attributes = _plain_attributes(value)
        if attributes and id(value) not in self.open and depth < 2:
            self.open.add(id(value))
            for index, (name, item) in enumerate(attributes.items()):
                if index >= 8:
                    self._add(" ...")
                    break
                self._add(f" {name}=" if type(name) is str else " ?=")
                self._value(item, depth + 1)
            self.open.discard(id(value))
        self._add(">")


def _plain_attributes(value):
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except Exception:
        return None
    return dict(attributes) if type(attributes) is dict else None


def preview(value, limit=80):
    """A glimpse of a value that runs none of its code."""
    if isinstance(value, types.FunctionType):
        return f"def {clean(value.__name__)}({', '.join(value.__code__.co_varnames[: value.__code__.co_argcount])})"[:limit]
    text = Text(limit, run=False, seconds=0.01, items=20)
    shown = text.of(value)
    return shown[: limit - 3] + "..." if text.cut else shown

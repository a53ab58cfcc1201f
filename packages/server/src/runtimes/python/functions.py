"""The built-in functions and methods that may be called while only looking."""

import builtins

from . import static
from .guards import ATOMS, MAX_LENGTH, Refused, length
from .saferepr import Text
from .static import type_name

# These get values without code of their own and are called as they are.
_AS_THEY_ARE = set(
    "abs min max set dict frozenset int float bool complex range ord chr bin hex oct hash".split()
)
_TEXT = set(
    "upper lower strip lstrip rstrip split rsplit splitlines startswith endswith find rfind index count replace title "
    "capitalize casefold swapcase isdigit isalpha isalnum isnumeric isspace isupper islower isidentifier encode join "
    "partition rpartition removeprefix removesuffix".split()
)
_SETS = set("union intersection difference symmetric_difference issubset issuperset isdisjoint copy".split())
_METHODS = {
    str: _TEXT,
    bytes: {"decode", "hex", "find", "count", "startswith", "endswith", "split", "strip"},
    list: {"index", "count", "copy"},
    tuple: {"index", "count"},
    dict: {"get", "copy"},
    set: _SETS,
    frozenset: _SETS,
    int: {"bit_length", "bit_count"},
    float: {"is_integer", "hex"},
}


class Functions:
    def __init__(self, guard, names):
        self.guard = guard
        self.names = names

    def call(self, name, arguments, named):
        special = getattr(self, f"_{name}", None)
        if special is not None:
            return special(*arguments, **named)
        if name not in _AS_THEY_ARE:
            raise Refused(f"{name}() would run; run it as a cell")
        for value in named.values():
            self.guard.exact(value, *ATOMS)
        return builtins.__dict__[name](*map(self.guard.plain, arguments), **named)

    def call_method(self, value, name, arguments, named):
        kind = type(value)
        if name in ("keys", "values", "items") and static.is_a(value, dict) and not arguments:
            method = static.class_dict(dict)[name]
            if static.on_class(kind, name) is method:
                return method(value)
        if name not in _METHODS.get(kind, ()):
            raise Refused(f"{type_name(kind)}.{name}() would run; run it as a cell")
        if name in ("encode", "decode") and (arguments or named):
            raise Refused("a codec could be anybody's; run it as a cell")
        for part in (value, *arguments, *named.values()):
            self.guard.plain(part)
        longest = max((length(part) or 1 for part in arguments), default=1)
        if name in ("join", "replace") and len(value) * longest > MAX_LENGTH:
            raise Refused("the result is too big to look at; run it as a cell")
        return getattr(value, name)(*arguments, **named)

    def _len(self, value):
        size = length(value)
        if size is None:
            raise Refused(f"len() of the type {type_name(type(value))} would run its code")
        return size

    def _type(self, value):
        return type(value)

    def _id(self, value):
        return id(value)

    def _callable(self, value):
        return static.on_class(type(value), "__call__") is not static.MISSING

    def _hasattr(self, value, name):
        return static.attribute(value, self.guard.exact(name, str)) is not static.MISSING

    def _isinstance(self, value, kinds):
        return self._issubclass(type(value), kinds)

    def _issubclass(self, kind, kinds):
        kinds = kinds if type(kinds) is tuple else (kinds,)
        if any(type(one) is not type for one in kinds) or not static.is_a(kind, type):
            raise Refused("asking that would run code of the types")
        return any(one in static.bases(kind) for one in kinds)

    def _repr(self, value):
        return Text(MAX_LENGTH).of(value)

    _ascii = _repr

    def _str(self, value=""):
        return value if type(value) is str else self._repr(value)

    def _dir(self, *values):
        return static.names(values[0]) if values else sorted(name for name in self.names if type(name) is str)

    def _vars(self, value):
        return dict(static.attributes(value))

    def _globals(self):
        return dict(self.names)

    def _list(self, items=()):
        return self.guard.all(items)

    def _tuple(self, items=()):
        return tuple(self.guard.all(items))

    def _enumerate(self, items, start=0):
        return list(enumerate(self.guard.walk(items), self.guard.exact(start, int)))

    def _zip(self, *many):
        return list(zip(*map(self.guard.walk, many)))

    def _reversed(self, items):
        return self.guard.all(items)[::-1]

    def _any(self, items):
        return any(map(self.guard.truth, self.guard.walk(items)))

    def _all(self, items):
        return all(map(self.guard.truth, self.guard.walk(items)))

    def _sum(self, items, start=0):
        items = self.guard.all(items)
        if not set(map(type, (*items, start))) <= {int, float, bool, complex}:
            raise Refused("a sum of anything but numbers would run code of the values")
        return sum(items, start)

    def _sorted(self, items, *, reverse=False):
        items = self.guard.plain(self.guard.all(items))
        self.guard.burn(len(items) // 10)
        return sorted(items, reverse=self.guard.truth(reverse))

    def _round(self, number, digits=None):
        if type(digits) is int and abs(digits) > 1000:
            raise Refused("no number has so many digits; run it as a cell")
        return round(self.guard.plain(number), self.guard.plain(digits))

"""What may be done with a value while only looking, and what is refused: it would run somebody's code or never end."""

import enum
import types
from _collections import _tuplegetter, deque

from . import static
from .saferepr import is_plain_data
from .static import type_name

FUEL = 200_000
MAX_LENGTH = 1_000_000

ATOMS = (str, bytes, int, float, bool, complex, type(None), range, type(Ellipsis))
CONTAINERS = (list, tuple, dict, set, frozenset)
VIEWS = (type({}.keys()), type({}.values()), type({}.items()))
_ITERABLE = (*CONTAINERS, *VIEWS, str, bytes, bytearray, range)
_INDEXABLE = (list, tuple, str, bytes, bytearray, range, deque)

_FIELDS = (types.MemberDescriptorType, types.GetSetDescriptorType, _tuplegetter)
_METHODS = (
    types.FunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
)


class Refused(Exception):
    """Looking there would touch something."""


class Guard:
    """Watches over one look: every step burns fuel, and only values without code of their own are worked with."""

    def __init__(self):
        self.fuel = FUEL

    def burn(self, amount=1):
        self.fuel -= amount
        if self.fuel < 0:
            raise Refused("that is too much to look through; run it as a cell")

    def exact(self, value, *kinds):
        if type(value) not in kinds:
            raise Refused(f"this would run code of the type {type_name(type(value))}")
        return value

    def plain(self, value):
        """The value, once it is certain that neither it nor anything inside brings code of its own."""
        kind = type(value)
        if kind in ATOMS or kind is bytearray:
            self._pay(value, kind)
            return value
        self.exact(value, *CONTAINERS, *VIEWS)
        self._plain_items(value)
        if kind is dict:
            self._plain_items(value.values())
        return value

    def _pay(self, value, kind):
        """What is done with it may go through all of it, in C, where nothing can stop that."""
        if kind is range:
            self.burn(max(0, (value.stop - value.start) // value.step) // 10)
        elif kind in (str, bytes, bytearray):
            self.burn(len(value) // 50)

    def _plain_items(self, items):
        self.burn(1 + len(items) // 50)
        if not set(map(type, items)) <= set(ATOMS):
            for item in items:
                self.plain(item)

    def plain_key(self, table, key):
        """A key that can be looked up without asking other keys whether they are equal to it."""
        self._plain_items(dict.keys(table))
        return self.plain(key)

    def walk(self, items):
        """Goes through what can be gone through without running code or using it up."""
        iterate = next((base.__iter__ for base in (*CONTAINERS, deque) if static.is_a(items, base)), None)
        if iterate is None and type(items) not in _ITERABLE:
            raise Refused(f"going through the type {type_name(type(items))} would run its code or use it up")
        for item in iterate(items) if iterate else items:
            self.burn()
            yield item

    def all(self, items):
        if type(items) not in CONTAINERS:
            return list(self.walk(items))
        self.burn(len(items) // 50)
        return list(items)

    def truth(self, value):
        kind = type(value)
        if kind in ATOMS or kind in _ITERABLE:
            return bool(value)
        if static.on_class(kind, "__bool__") is static.MISSING and static.on_class(kind, "__len__") is static.MISSING:
            return True
        raise Refused(f"whether a value of the type {type_name(kind)} is true would run its code")

    def item(self, value, key):
        if static.is_a(value, dict):
            found = dict.get(value, self.plain_key(value, key), static.MISSING)
            if found is static.MISSING:
                raise KeyError(key)
            return found
        if type(key) is slice:
            for part in (key.start, key.stop, key.step):
                self.exact(part, int, bool, type(None))
        else:
            self.exact(key, int, bool)
        base = next((base for base in _INDEXABLE if static.is_a(value, base)), None)
        if base is None:
            raise Refused(f"indexing the type {type_name(type(value))} would run its code")
        return base.__getitem__(value, key)

    def contains(self, container, item):
        if static.is_a(container, dict):
            return dict.__contains__(container, self.plain_key(container, item))
        return self.plain(item) in self.plain(self.exact(container, *_ITERABLE))

    def attribute(self, value, name):
        """An attribute as Python would give it, unless getting it would run code of the value."""
        if name == "__class__":
            return type(value)
        if name == "__dict__":
            return dict(static.attributes(value))
        found = static.attribute(value, name)
        if found is static.MISSING:
            raise AttributeError(f"'{type_name(type(value))}' object has no attribute '{name}'")
        on_class = static.is_a(value, type)
        if not on_class and static.attributes(value).get(name, static.MISSING) is found:
            return found
        kind = type(found)
        if kind in _FIELDS:
            owner = getattr(found, "__objclass__", None)
            return found if on_class and owner not in static.bases(type(value)) else found.__get__(value, type(value))
        if kind in _METHODS:
            return found if on_class else found.__get__(value, type(value))
        if kind is staticmethod:
            return found.__func__
        if kind is classmethod:
            return types.MethodType(found.__func__, value if on_class else type(value))
        if static.is_a(value, enum.Enum) and name in ("name", "value"):
            return static.attributes(value)[f"_{name}_"]
        if on_class or static.on_class(kind, "__get__") is static.MISSING:
            return found
        if kind is property and is_plain_data(value, type(value)):
            return found.__get__(value)
        raise Refused(f"reading {name} of the type {type_name(type(value))} would run its code; run it as a cell")


def length(value):
    """How many items a value of a built-in type has. None for every other value: its own code would have to say."""
    for base in (*CONTAINERS, str, bytes, bytearray, range, deque, *VIEWS):
        if static.is_a(value, base):
            return base.__len__(value)
    return None

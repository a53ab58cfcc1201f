"""What may be done with a value while only looking, and what is refused: it would run somebody's code or never end."""

import enum
import types
from _collections import _tuplegetter
from collections import OrderedDict, deque

from . import known, libraries, static
from .static import Kinds, Refused, __builtins__, type_name

FUEL = 200_000
MAX_LENGTH = 1_000_000

ATOMS = Kinds(str, bytes, int, float, bool, complex, type(None), range, type(Ellipsis))
CONTAINERS = Kinds(list, tuple, dict, set, frozenset)
VIEWS = Kinds(*(type(view) for table in ({}, OrderedDict()) for view in (table.keys(), table.values(), table.items())))
_PLAIN = Kinds(*ATOMS.each, bytearray)
# Built-in types whose ways a class that inherits may have kept. Those that go before dict are dicts of another order.
_HOLDERS = (OrderedDict, *CONTAINERS.each, deque, str, bytes, bytearray, range, *VIEWS.each)
_ORDERED = Kinds(list, tuple, str, bytes, bytearray, range, deque)

_METHODS = Kinds(
    types.FunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
)
_FIELDS = Kinds(types.MemberDescriptorType, types.GetSetDescriptorType, _tuplegetter)
_ENUM_FIELD = type(static.on_class(enum.Enum, "name"))


class Stream:
    """Values that the reader makes one after the other: it may be gone through, for it is nobody's."""

    def __init__(self, values):
        self.values = values


class Guard:
    """Watches over one look: every step burns fuel, and only values without code of their own are worked with."""

    def __init__(self):
        self.fuel = FUEL

    def burn(self, amount=1):
        self.fuel -= amount
        if self.fuel < 0:
            raise Refused("that is too much to look through; run it as a cell")

    def pay_for(self, size):
        """For going through so many items in C, where nothing can stop it."""
        self.burn(1 + size // 200)

    def made(self, value):
        """For a new value of so many items: it takes memory too."""
        self.burn(len(value) // 50)
        return value

    def exact(self, value, *kinds):
        if not any(type(value) is kind for kind in kinds):
            raise Refused(f"this would run code of the type {type_name(type(value))}")
        return value

    def number(self, value):
        return self.exact(value, int, bool)

    def plain(self, value):
        """The value, once it is certain that neither it nor anything inside brings code of its own."""
        kind = type(value)
        if kind in _PLAIN:
            self._pay_for_atom(value, kind)
            return value
        if kind not in CONTAINERS and kind not in VIEWS:
            self.exact(value)
        self.pay_for(len(value))
        self._plain_items(list(static.each(value, kind)) if kind in static.ORDERED else value)
        if kind is dict:
            self._plain_items(value.values())
        return value

    def _pay_for_atom(self, value, kind):
        if kind is range:
            self.burn(max(0, (value.stop - value.start) // value.step) // 10)
        elif kind is int:
            self.burn(value.bit_length() // 10_000)
        elif kind is str or kind is bytes or kind is bytearray:
            self.burn(len(value) // 50)

    def _plain_items(self, items):
        self.pay_for(len(items))
        if not ATOMS.all_of(items):
            for item in items:
                self.plain(item)

    def plain_key(self, table, key):
        """A key that can be looked up without asking other keys whether they are equal to it."""
        self._plain_items(dict.keys(table))
        return self.plain(key)

    def holder(self, value, *ways):
        """The built-in type whose way of doing something a value has, None where its class has a way of its own."""
        base = _built_in(type(value))
        return None if base is None or any(static.has_own(type(value), way, base) for way in ways) else base

    def walk(self, items):
        """Goes through what can be gone through without running code or using it up."""
        base = self.holder(items, "__iter__")
        if type(items) is not Stream and base is None:
            raise Refused(f"going through the type {type_name(type(items))} would run its code or use it up")
        for item in items.values if base is None else static.each(items, base):
            self.burn()
            yield item

    def whole(self, items):
        """The items as they are where that is a built-in container, else as a list."""
        if type(items) not in CONTAINERS:
            return list(self.walk(items))
        self.pay_for(len(items))
        return items

    def all(self, items):
        """The items as a list of our own."""
        return self.made(list(self.whole(items)))

    def truth(self, value):
        size = length(value)
        if size is not None and static.on_class(type(value), "__bool__") is static.MISSING:
            return size > 0
        kind = type(value)
        if kind in ATOMS:
            return bool(value)
        if static.on_class(kind, "__bool__") is static.MISSING and static.on_class(kind, "__len__") is static.MISSING:
            return True
        raise Refused(f"whether a value of the type {type_name(kind)} is true would run its code")

    def item(self, value, key):
        base = self.holder(value, "__getitem__")
        if static.is_a(value, dict) and base is not None:
            return self._value_of(value, key)
        if base is None or base not in _ORDERED:
            return libraries.item(self, value, key)
        if type(key) is slice:
            for part in (key.start, key.stop, key.step):
                if part is not None:
                    self.number(part)
            return self.made(base.__getitem__(value, self._affordable(value, key, base)))
        return base.__getitem__(value, self.number(key))

    def _affordable(self, value, key, base):
        size = base.__len__(value)
        self.burn(len(range(*key.indices(size))) // 50)
        return key

    def _value_of(self, table, key):
        found = dict.get(table, self.plain_key(table, key), static.MISSING)
        if found is not static.MISSING:
            return found
        if static.on_class(type(table), "__missing__") is not static.MISSING:
            raise Refused(f"a missing key would run {type_name(type(table))}.__missing__; run it as a cell")
        raise KeyError(key)

    def contains(self, container, item):
        if static.is_a(container, dict) and self.holder(container, "__contains__") is not None:
            return dict.__contains__(container, self.plain_key(container, item))
        if type(container) is deque:
            container = self.all(container)
        self.search(container, item)
        return self.plain(item) in self.plain(container)

    def search(self, text, part):
        """For looking for a text in a text, which may cost the product of their lengths."""
        if type(text) is type(part) and type(text) is not int:
            self.burn((length(text) or 0) * (length(part) or 0) // 100_000)

    def attribute(self, value, name):
        """An attribute as Python would give it, unless getting it would run code of the value."""
        kind = type(value)
        if name == "__dict__" and static.on_class(kind, name) is not static.MISSING:
            return dict(static.named(static.class_dict(value) if static.is_a(value, type) else static.attributes(value)))
        special = _of_class_itself(value, name) if static.is_a(value, type) else libraries.attribute(value, name)
        if special is not static.MISSING:
            return special
        if not known.gets_plainly(kind):
            raise self._would_run(kind, name)
        found, from_type = static.find(value, name)
        if found is static.MISSING:
            if static.on_class(kind, "__getattr__") is not static.MISSING or _asks_module(value):
                raise self._would_run(kind, name)
            raise AttributeError(f"'{type_name(kind)}' object has no attribute '{name}'")
        if from_type:
            return self._bound(found, value, kind, name)
        return self._of_class(found, value, name) if static.is_a(value, type) else found

    def _bound(self, found, value, kind, name):
        """What lies in the class, as the value has it."""
        how = type(found)
        if value is None:
            return self._of_none(name)
        if known.only_reads(found) or how in _METHODS:
            return found.__get__(value, kind)
        if how is staticmethod:
            return found.__func__
        if how is classmethod:
            return types.MethodType(found.__func__, kind)
        if how is _ENUM_FIELD and found is static.on_class(enum.Enum, name):
            return static.attributes(value)[f"_{name}_"]
        if known.is_own_property(found) and known.is_plain_data(value, kind):
            return found.__get__(value)
        if static.on_class(how, "__get__") is static.MISSING:
            return found
        raise self._would_run(kind, name)

    def _of_none(self, name):
        """None means to a descriptor that it is asked by a class, so it cannot be asked for None."""
        if name in ("__class__", "__doc__"):
            return type(None) if name == "__class__" else type(None).__doc__
        raise self._would_run(type(None), name)

    def _of_class(self, found, value, name):
        """What a class holds, as the class itself gives it."""
        how = type(found)
        if how in _FIELDS or how in _METHODS or how is property:
            return found
        if how is staticmethod:
            return found.__func__
        if how is classmethod:
            return types.MethodType(found.__func__, value)
        if static.on_class(how, "__get__") is static.MISSING:
            return found
        raise self._would_run(value, name)

    def _would_run(self, kind, name):
        return Refused(f"reading {name} of the type {type_name(kind)} would run its code; run it as a cell")


def _asks_module(value):
    return static.is_a(value, types.ModuleType) and "__getattr__" in static.named(static.attributes(value))


def _of_class_itself(kind, name):
    """What type itself computes for a class, running what lies in the class; read as it lies there."""
    if name not in ("__doc__", "__annotations__"):
        return static.MISSING
    found = static.lookup(static.class_dict(kind), name)
    if type(found) is str or found is None or type(found) is dict:
        return found
    if found is static.MISSING and name == "__doc__" and not static.is_closed(kind):
        return None
    raise Refused(f"reading {name} of the type {type_name(kind)} would run code; run it as a cell")


def length(value):
    """How many items a value holds in the way of a built-in type. None otherwise: its own code would have to say."""
    base = _built_in(type(value))
    return None if base is None or static.has_own(type(value), "__len__", base) else base.__len__(value)


def _built_in(kind):
    """The built-in type that a type is, or else the one it inherits from."""
    return next((base for base in _HOLDERS if kind is base), None) or next(
        (base for base in _HOLDERS if static.inherits(kind, base)), None
    )


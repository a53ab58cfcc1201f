"""Reading what a value is without running any of its code: no attribute hook, no metaclass, no ``__class__``."""

import builtins
import gc
import itertools
import operator
import sys
import types
import warnings
from collections import OrderedDict

# What people put into ``builtins`` must not run while we only look: a function keeps the built-ins of the module that
# it was made in. Every module that looks begins by taking these.
__builtins__ = dict(builtins.__dict__)

_MRO = type.__dict__["__mro__"].__get__
_CLASS_DICT = type.__dict__["__dict__"].__get__
_QUALNAME = type.__dict__["__qualname__"].__get__
_FLAGS = type.__dict__["__flags__"].__get__
_CLOSED = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE
MISSING = object()
MAX_NAME = 200


class Kinds:
    """Types to be known again, by identity: a metaclass may answer ``==`` and ``hash()`` with code of its own."""

    def __init__(self, *kinds):
        self.each = kinds
        self._ids = frozenset(map(id, kinds))

    def __contains__(self, kind):
        return id(kind) in self._ids

    def all_of(self, items):
        """Whether all items have one of these types. The items are those of a built-in container."""
        return self.cover(kinds_of(items))

    def cover(self, kinds):
        return kinds <= self._ids


def kinds_of(items):
    """The types of all items, told by what ``id`` says of them."""
    for first in items:
        kind = type(first)
        if all(map(operator.is_, map(type, items), itertools.repeat(kind))):
            return {id(kind)}  # the usual case, and the fastest way to know it of millions
        break
    return set(map(id, map(type, items)))


class Refused(Exception):
    """Looking there would touch something."""


_TEXT = Kinds(str)
_HASHED_IN_C = Kinds(str, bytes, int, float, bool, type(None))
_FIELDS = Kinds(types.GetSetDescriptorType, types.MemberDescriptorType)


class quiet:
    """While we look. What the garbage collector would find has finalizers and callbacks; telling of a warning may be
    anybody's code."""

    def __enter__(self):
        self.collects = gc.isenabled()
        gc.disable()
        self.warnings = warnings.catch_warnings()
        self.warnings.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, *error):
        self.warnings.__exit__(*error)
        if self.collects:
            gc.enable()


def clean(text):
    """The text as every encoder can carry it: lone surrogates become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def cut(text, limit):
    """The text in at most so many bytes of UTF-8, and whether something had to be left out."""
    encoded = clean(text[:limit]).encode("utf-8")
    return encoded[:limit].decode("utf-8", "ignore"), len(text) > limit or len(encoded) > limit


def plain_text(found, otherwise="?"):
    """A text as a text and nothing more: names may be of a subclass of str."""
    return str.__str__(found) if is_a(found, str) else otherwise


def bases(kind):
    return _MRO(kind)


def is_a(value, base):
    """isinstance, which would ask the value for its ``__class__``."""
    return inherits(type(value), base)


def inherits(kind, base):
    return id(base) in map(id, _MRO(kind))


def pairs(table, base):
    """The keys of a dict with their items. An OrderedDict finds its keys anew by hash and equality, which may be anybody's code:
    then they come in the order in which a plain dict has them."""
    in_order = base is OrderedDict and _HASHED_IN_C.all_of(dict.keys(table))
    return OrderedDict.items(table) if in_order else dict.items(table)


_OF_PAIRS = {
    OrderedDict: operator.itemgetter(0),
    type(OrderedDict().keys()): operator.itemgetter(0),
    type(OrderedDict().values()): operator.itemgetter(1),
    type(OrderedDict().items()): lambda pair: pair,
}
ORDERED = Kinds(*_OF_PAIRS)


def each(value, base):
    """The items of a built-in container, gone through in the way of that base."""
    take = _OF_PAIRS.get(base)
    if take is None:
        return base.__iter__(value)
    table = value if base is OrderedDict else gc.get_referents(value)[0]
    return map(take, pairs(table, OrderedDict))


def class_dict(kind):
    return _CLASS_DICT(kind)


def lookup(table, name):
    """What a dict holds under a name. A key that is no text is not asked whether it equals the name."""
    if _TEXT.all_of(table):
        return table.get(name, MISSING)
    return next((item for key, item in table.items() if type(key) is str and key == name), MISSING)


def named(table):
    """A dict with nothing but names for keys."""
    return table if _TEXT.all_of(table) else {key: item for key, item in table.items() if type(key) is str}


def on_class(kind, name):
    """What a class or one of its bases holds under a name, as it lies there."""
    for base in _MRO(kind):
        found = lookup(_CLASS_DICT(base), name)
        if found is not MISSING:
            return found
    return MISSING


def has_own(kind, name, base):
    """Whether a class answers in its own way, and not in the one it has from that base."""
    return on_class(kind, name) is not on_class(base, name)


def attributes(value):
    """The plain attributes of an object: its ``__dict__``, as the class that brought it stores it."""
    for base in _MRO(type(value)):
        field = lookup(_CLASS_DICT(base), "__dict__")
        if type(field) in _FIELDS and field.__objclass__ is base:
            found = field.__get__(value)
            if type(found) is dict:
                return found
            return {key: item for key, item in dict.items(found) if type(key) is str} if is_a(found, dict) else {}
    return {}


def slots(value):
    """What lies in the slots of an object, by name."""
    found = {}
    for base in reversed(_MRO(type(value))):
        if not is_closed(base):
            for name, field in list(named(_CLASS_DICT(base)).items()):
                if type(field) is types.MemberDescriptorType and field.__objclass__ is base:
                    try:
                        found[name] = field.__get__(value)
                    except AttributeError:
                        pass  # nothing was put there yet
    return found


def find(value, name):
    """An attribute as it lies there, MISSING when there is none, and whether the value has it from its type. Nothing is
    bound and nothing is called."""
    on_type = on_class(type(value), name)
    found = on_class(value, name) if is_a(value, type) else lookup(attributes(value), name)
    return (on_type, True) if found is MISSING or _sets(on_type) else (found, False)


def attribute(value, name):
    return find(value, name)[0]


def _sets(found):
    """A descriptor that also sets goes before what lies in the object itself."""
    if found is MISSING:
        return False
    kind = type(found)
    return on_class(kind, "__set__") is not MISSING or on_class(kind, "__delete__") is not MISSING


def members(kind):
    """Everything that a class and its bases hold, by name."""
    found = {}
    for base in reversed(_MRO(kind)):
        found.update(named(_CLASS_DICT(base)))
    return found


def names(value):
    """What dir() would list, without asking the value."""
    found = dict.fromkeys(named(attributes(value)))
    if is_a(value, type):
        found.update(members(value))
    elif not is_a(value, types.ModuleType):
        found.update(members(type(value)))
    return sorted(clean(name) for name in found if len(name) <= MAX_NAME)


def class_module(kind):
    try:
        found = type.__dict__["__module__"].__get__(kind)
    except AttributeError:
        return "builtins"  # it was deleted
    return plain_text(found, "builtins")


def class_name(kind):
    return plain_text(_QUALNAME(kind))


def short_name(kind):
    return clean(class_name(kind).rpartition(".")[2][:MAX_NAME])


def type_name(kind):
    """The name of a type by which people know it."""
    name, module = clean(class_name(kind)[:MAX_NAME]), class_module(kind)
    return name if module in ("builtins", "__main__") else f"{clean(module[:MAX_NAME])}.{name}"


def is_closed(kind):
    """Made in C, and not to be changed: neither such a type nor its name can come from Python code."""
    return bool(_FLAGS(kind) & _CLOSED)


def imported(module, name):
    """What an imported module holds under a name, MISSING where it was never imported."""
    found = lookup(sys.modules, module) if type(sys.modules) is dict else MISSING
    return lookup(attributes(found), name) if type(found) is types.ModuleType else MISSING

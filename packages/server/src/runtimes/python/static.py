"""Reading what a value is without running any of its code: no attribute hook, no metaclass, no ``__class__``."""

import types

_MRO = type.__dict__["__mro__"].__get__
_CLASS_DICT = type.__dict__["__dict__"].__get__
_FIELDS = (types.GetSetDescriptorType, types.MemberDescriptorType)
MISSING = object()
MAX_NAME = 200


def clean(text):
    """The text as every encoder can carry it: lone surrogates become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def cut(text, limit):
    """The text in at most so many bytes of UTF-8, and whether something had to be left out."""
    encoded = clean(text[:limit]).encode("utf-8")
    return encoded[:limit].decode("utf-8", "ignore"), len(text) > limit or len(encoded) > limit


def bases(kind):
    return _MRO(kind)


def is_a(value, base):
    """isinstance, which would ask the value for its ``__class__``."""
    return base in _MRO(type(value))


def class_dict(kind):
    return _CLASS_DICT(kind)


def on_class(kind, name):
    """What a class or one of its bases holds under a name, as it lies there."""
    for base in _MRO(kind):
        found = _CLASS_DICT(base).get(name, MISSING)
        if found is not MISSING:
            return found
    return MISSING


def attributes(value):
    """The plain attributes of an object: its ``__dict__``, as the class that brought it stores it."""
    for base in _MRO(type(value)):
        field = _CLASS_DICT(base).get("__dict__")
        if type(field) in _FIELDS and field.__objclass__ is base:
            found = field.__get__(value)
            return found if type(found) is dict else {}
    return {}


def attribute(value, name):
    """An attribute as it lies there, MISSING when there is none. Nothing is bound and nothing is called."""
    on_type = on_class(type(value), name)
    if is_a(value, type):
        found = on_class(value, name)
    else:
        found = attributes(value).get(name, MISSING)
    if found is MISSING or _sets(on_type):
        return on_type
    return found


def _sets(found):
    """A descriptor that also sets goes before what lies in the object itself."""
    return found is not MISSING and on_class(type(found), "__set__") is not MISSING


def names(value):
    """What dir() would list, without asking the value."""
    found = set(attributes(value))
    if is_a(value, type):
        for base in bases(value):
            found.update(class_dict(base))
    elif not is_a(value, types.ModuleType):
        for base in bases(type(value)):
            found.update(class_dict(base))
    return sorted(clean(name) for name in found if type(name) is str and len(name) <= MAX_NAME)


def class_module(kind):
    found = type.__dict__["__module__"].__get__(kind)
    return found if type(found) is str else "builtins"


def type_name(kind):
    """The name of a type by which people know it."""
    name = clean(type.__dict__["__qualname__"].__get__(kind)[:MAX_NAME])
    module = class_module(kind)
    return name if module in ("builtins", "__main__") else f"{clean(module[:MAX_NAME])}.{name}"

"""What is known of types that are not ours: which of their fields only read, and which of them are nothing but data.

A type made in C is known by its name, which no Python code can forge; one written in Python by being the very object
that its module holds."""

import sys
import types
import weakref
from _collections import _tuplegetter

from . import static
from .static import Kinds, __builtins__

# The computed fields that only read something. What is not listed may run code, or change something to answer.
READS = {
    "object": "__class__",
    "type": "__name__ __qualname__ __module__ __bases__",
    "function": "__name__ __qualname__ __code__ __defaults__ __kwdefaults__",
    "builtin_function_or_method": "__name__ __self__",
    "int": "real imag numerator denominator",
    "float": "real imag",
    "BaseException": "args __traceback__ __context__ __cause__",
    "traceback": "tb_next tb_lineno",
    "types.SimpleNamespace": "",
    "code": "co_varnames co_freevars co_cellvars co_code",
    "generator": "__name__ __qualname__ gi_running gi_suspended gi_yieldfrom",
    "coroutine": "__name__ __qualname__ cr_running cr_suspended cr_await",
    "cell": "cell_contents",
    "memoryview": "shape format itemsize nbytes ndim readonly strides obj",
    "collections.deque": "maxlen",
    "datetime.date": "year month day",
    "datetime.time": "hour minute second microsecond tzinfo fold",
    "datetime.datetime": "hour minute second microsecond tzinfo fold",
    "decimal.Decimal": "real imag",
    "array.array": "typecode itemsize",
    "numpy.ndarray": "shape dtype ndim size itemsize nbytes strides",
    "numpy.generic": "shape dtype ndim size itemsize nbytes real imag",
    "numpy.dtype": "str shape names",
}
_READS = {name: frozenset(fields.split()) for name, fields in READS.items()}

# Types whose every word about themselves comes from the standard library, over plain data.
_DATA = {
    "datetime": ("date", "time", "datetime", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "pathlib": ("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath"),
    "pathlib._local": ("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath"),
    "uuid": ("UUID",),
    "zoneinfo": ("ZoneInfo",),
}

# Built-in types that get attributes from somewhere else than themselves.
_FORWARD = Kinds(super, weakref.ProxyType, weakref.CallableProxyType)
_FIELD = Kinds(types.MemberDescriptorType, _tuplegetter)
_INSIDE = Kinds(str, int, type(None))
_LISTS = Kinds(list, tuple)


def is_genuine(kind, module, name):
    """Whether a type is the one that everybody imports by that name."""
    return static.imported(module, name) is kind


def comes_from(function, *homes):
    """Whether a function is one that a module of that name, or one inside of it, brought."""
    if type(function) is not types.FunctionType:
        return False
    home = static.lookup(function.__globals__, "__name__")
    if type(home) is not str or home.partition(".")[0] not in homes:
        return False
    module = static.lookup(sys.modules, home)
    return type(module) is types.ModuleType and static.attributes(module) is function.__globals__


def is_own_property(found):
    """Whether a computed field is one that the standard library brought with its data."""
    return type(found) is property and comes_from(found.fget, "numbers", *(home.partition(".")[0] for home in _DATA))


def is_plain_data(value, kind):
    module, name = static.class_module(kind), static.class_name(kind)
    if name not in _DATA.get(module, ()) or not is_genuine(kind, module, name):
        return False
    if not static.is_closed(kind) and type(static.on_class(kind, "__repr__")) is types.FunctionType:
        return _is_written_plainly(value, kind, module)
    if name == "timezone":
        return all(type(part) is str or not static.is_a(part, str) for part in kind.__getinitargs__(value))
    if name == "ZoneInfo":
        return type(value.key) in Kinds(str, type(None))
    zone = value.tzinfo if name in ("datetime", "time") else None
    return zone is None or is_plain_data(zone, type(zone))


def _is_written_plainly(value, kind, module):
    """For a type that is written in Python: whoever likes can change it, and put what he likes into its values."""
    home = module.partition(".")[0]
    if not all(comes_from(static.on_class(kind, name), home) for name in ("__repr__", "__str__")):
        return False
    safe = static.imported("uuid", "SafeUUID")
    return all(
        type(part) in _INSIDE or type(part) is safe or (type(part) in _LISTS and _INSIDE.all_of(part))
        for part in (*static.slots(value).values(), *static.attributes(value).values())
    )


def gets_plainly(kind):
    """Whether attributes of a type are got in the way of object, and not in one of its own."""
    getter = static.on_class(kind, "__getattribute__")
    if type(getter) is not types.WrapperDescriptorType:
        return False
    owner = getter.__objclass__
    known = static.class_module(owner) in ("builtins", "collections") or static.type_name(owner) in _READS
    return static.is_closed(owner) and known and owner not in _FORWARD


def only_reads(field):
    """Whether a field of a C type can be read without any effect."""
    if type(field) in _FIELD:
        return True
    if type(field) is not types.GetSetDescriptorType:
        return False
    owner = field.__objclass__
    return static.is_closed(owner) and field.__name__ in _READS.get(static.type_name(owner), ())

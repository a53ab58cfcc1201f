"""Arrays and tables in expressions: what is known to change nothing there, for exactly the types of numpy and pandas.

numpy's are made in C, and their names cannot be forged. Those of pandas are written in Python: a type has to be the one
that everybody imports, and a function of it to come from pandas."""

from . import known, static, summaries
from .static import MISSING, Kinds, Refused, __builtins__, type_name

_REDUCE = set("mean min max sum std var prod any all argmin argmax".split())
_ATTRIBUTES = set("shape size ndim empty columns index dtypes dtype name".split())
_REDUCE_SERIES = set("mean min max sum std var median count".split())
_INDEXES = ("Index", "RangeIndex", "DatetimeIndex", "Int64Index", "Float64Index", "UInt64Index", "TimedeltaIndex")
_NUMERIC = "biufc"
_STEPS = Kinds(int, type(None))
MAX_VALUES = 10_000


def _is_array(value):
    kind = type(value)
    return kind is static.imported("numpy", "ndarray") and static.is_closed(kind)


def _is_pandas(value, *names):
    return any(known.is_genuine(type(value), "pandas", name) for name in names)


def number(value):
    """A number of numpy as the number of Python that it is equal to in every way."""
    kind = type(value)
    if not static.is_closed(kind) or not static.inherits(kind, static.imported("numpy", "generic")):
        return value
    dtype = value.dtype
    return value.item() if dtype.kind in "biu" or type_name(kind) == "numpy.float64" else value


def _rows(value):
    told = summaries.summary(value)
    if told is None:
        raise Refused(f"this {type_name(type(value))} is not laid out as we know it; run it as a cell")
    return told["shape"][0]


def length(value):
    if _is_array(value):
        return value.shape[0] if value.ndim else None
    if _is_pandas(value, "DataFrame", "Series", *_INDEXES):
        return _rows(value)
    return None


def attribute(value, name):
    """An attribute, MISSING where nothing is known of it."""
    if not _is_pandas(value, "DataFrame", "Series", *_INDEXES):
        return MISSING
    kind = type(value)
    found = static.on_class(kind, name)
    if found is MISSING and _is_pandas(value, "DataFrame"):
        return _column(value, name)
    if name not in _ATTRIBUTES:
        return MISSING
    if type(found) is property and known.comes_from(found.fget, "pandas"):
        return found.fget(value)
    return found.__get__(value, kind) if static.is_closed(type(found)) and type(found) is not property else MISSING


def columns(value):
    """The names of a table's columns; none of everything else."""
    return summaries.all_labels(value) or [] if _is_pandas(value, "DataFrame") else []


def _column(value, key):
    labels = summaries.all_labels(value)
    if labels is None or key not in labels:
        return MISSING
    get = static.on_class(type(value), "__getitem__")
    return get(value, key) if known.comes_from(get, "pandas") else MISSING


def item(guard, value, key):
    if _is_array(value):
        parts = key if type(key) is tuple else (key,)
        if all(_is_place(part) for part in parts):
            return value[key]
    if _is_pandas(value, "DataFrame") and type(key) is str:
        found = _column(value, key)
        if found is not MISSING:
            return found
    raise Refused(f"indexing the type {type_name(type(value))} in this way would run its code; run it as a cell")


def _is_place(part):
    if type(part) is slice:
        return _STEPS.all_of((part.start, part.stop, part.step))
    return type(part) is int or part is None or part is Ellipsis


def method(guard, value, name, arguments, named):
    """What a method gives, MISSING where nothing is known of it."""
    if not all(_STEPS.all_of(given) for given in (arguments, list(named.values()))):
        return MISSING
    if _is_array(value):
        return _array_method(guard, value, name, arguments, named)
    if _is_pandas(value, "DataFrame", "Series") and (
        name in ("head", "tail") or name in _REDUCE_SERIES and not arguments and not named and _is_numeric(value)
    ):
        guard.burn(_rows(value) // 2000)
        found = static.on_class(type(value), name)
        return found(value, *arguments, **named) if known.comes_from(found, "pandas") else MISSING
    return MISSING


def _array_method(guard, value, name, arguments, named):
    if name in _REDUCE and value.dtype.kind in _NUMERIC:
        guard.burn(value.size // 2000)
        return getattr(value, name)(*arguments, **named)
    if name in ("tolist", "item") and value.dtype.kind in _NUMERIC + "US":
        if name == "tolist" and value.size > MAX_VALUES:
            raise Refused(f"a list of {value.size} values is too much to look at; take a slice first")
        return getattr(value, name)(*arguments, **named)
    return MISSING


def _is_numeric(value):
    if not _is_pandas(value, "Series"):
        return False
    _rows(value)
    return summaries.summary(value)["dtype"].rstrip("0123456789") in ("int", "uint", "float", "bool")

"""Shape, type and a sample of values too large to be shown: arrays, tables, and what looks like them.

A summary reads what lies in the value, through fields of C types that nobody can forge, and runs none of its code. One
row of the table is one type; rows of others come in through the registry.
"""

import types

from . import known, static
from .static import MISSING, Kinds, __builtins__

SAMPLE = 6
COLUMNS = 30
_LINES = 3
MAX_SAMPLE = 64 * 1024
_NUMBERS = Kinds(int, bool)
_FIELDS = Kinds(types.GetSetDescriptorType, types.MemberDescriptorType)


def _numpy(name):
    found = static.imported("numpy", name)
    if not static.is_a(found, type) or not static.is_closed(found):
        raise TypeError(f"numpy.{name} is not what it was")
    return found


def plain_array(value):
    """A view of any array, of a subclass too, that has no code of the subclass."""
    array = _numpy("ndarray")
    return array.view(value, array)


def _array(value):
    plain = plain_array(value)
    found = {"shape": plain.shape, "dtype": dtype_name(plain.dtype)}
    # What a mask covers is not what its owner would show.
    first = None if _lies_in(value, "_mask") else sample(plain)
    return found if first is None else found | {"sample": first}


def sample(plain):
    """The first values of a plain array, nested as it is. None where they are large themselves."""
    first = [1] * (plain.ndim - 2) + [_LINES] * (plain.ndim > 1) + [SAMPLE] * (plain.ndim > 0)
    part = plain[tuple(map(slice, first))]
    if part.nbytes > MAX_SAMPLE:
        return None
    return (part.astype("U") if part.dtype.kind in "mM" else part).tolist()


_KINDS = {"f": "float", "i": "int", "u": "uint", "c": "complex", "b": "bool", "O": "object", "U": "str", "S": "bytes"}


def dtype_name(dtype):
    kind = dtype.kind
    if kind in "fiuc":
        return f"{_KINDS[kind]}{dtype.itemsize * 8}"
    if kind in "mM":
        return f"{'datetime64' if kind == 'M' else 'timedelta64'}{dtype.str[3:]}"
    return _KINDS.get(kind) or dtype.str


def _scalar(value):
    generic = _numpy("generic")
    plain = generic.item(value)
    # Python has no such number, or no time as fine as this one.
    if static.is_a(plain, generic) or generic.dtype.__get__(value).kind in "mM":
        return {"dtype": dtype_name(generic.dtype.__get__(value)), "value": generic.item(generic.astype(value, "U"))}
    return {"value": plain}


def _frame(value):
    columns, index = _axes(value)
    labels, rows = labels_of(columns), _size(index)
    known_columns = sorted((column for column in _columns(value) if column[0] < len(labels)), key=lambda one: one[0])
    shown = [(labels[place], kind, first) for place, kind, first in known_columns[:COLUMNS]]
    return {
        "shape": (rows, _size(columns)),
        "dtypes": {label: kind for label, kind, _first in shown},
        "sample": {label: first for label, _kind, first in shown if first is not None},
    }


def _series(value):
    (index,) = _axes(value)
    found = {"shape": (_size(index),)}
    for _place, kind, values in _columns(value):
        found |= {"dtype": kind} if values is None else {"dtype": kind, "sample": values}
    name = static.lookup(static.attributes(value), "_name")
    return found | ({"name": name} if type(name) is str else {})


def _index(value):
    found = {"shape": (_size(value),)}
    if _lies_in(value, "_codes") or _stands_for_others(static.lookup(static.attributes(value), "_data")):
        return found
    return found | {"sample": labels_of(value, SAMPLE)}


def _manager(value):
    return static.lookup(static.attributes(value), "_mgr")


def _read(value, name):
    """What lies there in the value or in a field of a C type; TypeError where it would have to be computed."""
    found, from_type = static.find(value, name)
    if found is MISSING or not from_type:
        return found
    if type(found) not in _FIELDS or not static.is_closed(found.__objclass__):
        raise TypeError(name)
    return found.__get__(value)


def _parts(value, name):
    found = _read(value, name)
    return list(found) if type(found) is list or type(found) is tuple else []


def _axes(value):
    return _parts(_manager(value), "axes")


def _columns(value):
    """Of every column its place, the name of its type and its first values, block by block as pandas keeps them."""
    for block in _parts(_manager(value), "blocks"):
        values = _read(block, "values")
        places = _read(_read(block, "_mgr_locs"), "as_array").tolist()
        for row, place in enumerate(places[:COLUMNS]):
            yield place, *_column(values, row)


def _column(values, row):
    kind = static.class_name(type(values))
    if _stands_for_others(values):
        return kind, None
    try:
        plain = _inner_array(values)
    except TypeError:
        return kind, None
    return dtype_name(plain.dtype), sample((plain[row] if plain.ndim == 2 else plain)[:SAMPLE])


def _stands_for_others(values):
    """Whether the numbers in it are not its values, but places or codes of them."""
    return static.class_name(type(values)) in ("Categorical", "PeriodArray") or _lies_in(values, "_mask")


def _inner_array(found):
    """The array inside whatever pandas wraps it in."""
    for _layer in range(3):
        if static.is_a(found, _numpy("ndarray")):
            return plain_array(found)
        found = _read(found, "_data" if _lies_in(found, "_data") else "_ndarray")
    raise TypeError("there is no array in it")


def _lies_in(value, name):
    return static.lookup(static.attributes(value), name) is not MISSING


def _size(index):
    places = _read(index, "_range")
    if type(places) is range:
        return len(places)
    levels = _read(index, "_codes")
    return _inner_array(index if levels is MISSING else list.__getitem__(levels, 0)).size


def labels_of(index, limit=500):
    """The labels as texts and numbers; what is neither is not shown, for it could not be shown without its code."""
    places = _read(index, "_range")
    if type(places) is range:
        return list(places[:limit])
    if _stands_for_others(static.lookup(static.attributes(index), "_data")):
        return ["?"] * min(limit, _size(index))
    plain = _inner_array(index)[:limit]
    found = (plain.astype("U") if plain.dtype.kind in "mM" else plain).tolist()
    return [label if type(label) in _LABELS else "?" for label in found]


def all_labels(frame):
    """The names of all columns, None where one of them is not a plain name."""
    try:
        labels = _inner_array(_axes(frame)[0]).tolist()
    except Exception:
        return None  # not laid out as we know it, or labels that were only counted
    return labels if Kinds(str).all_of(labels) else None


_LABELS = Kinds(str, int, float, bool, type(None))


def _shaped(value):
    """What tells of its shape and type in plain attributes, or as arrays of others do."""
    told = static.attribute(value, "__array_interface__")
    if type(told) is dict:
        shape, kind = static.lookup(told, "shape"), static.lookup(told, "typestr")
    else:
        shape, kind = (_plain_attribute(value, name) for name in ("shape", "dtype"))
    if type(shape) is not tuple or not _NUMBERS.all_of(shape) or len(shape) > 32 or kind is MISSING:
        return None
    return {"shape": shape, "dtype": kind if type(kind) is str else _named(kind)}


def _plain_attribute(value, name):
    found, from_type = static.find(value, name)
    if found is MISSING or not from_type:
        return found
    if known.only_reads(found):
        return found.__get__(value)
    return found if static.on_class(type(found), "__get__") is MISSING else MISSING


def _named(kind):
    return static.class_name(kind) if static.is_a(kind, type) else static.type_name(type(kind))


# Module and name of a type, and what summarises its values. The first row that fits is asked.
TABLE = [
    ("numpy", "ndarray", _array),
    ("numpy", "generic", _scalar),
    ("numpy", "dtype", lambda value: {"name": dtype_name(value)}),
    ("pandas", "DataFrame", _frame),
    ("pandas", "Series", _series),
    ("pandas", "Index", _index),
]


def summary(value):
    """The summary of a value, None where there is none to give."""
    try:
        for module, name, summarise in TABLE:
            kind = static.imported(module, name)
            if kind is not MISSING and static.is_a(value, kind):
                return summarise(value)
        return _shaped(value)
    except Exception:
        return None  # it is not laid out as we know it: its plain attributes have to do

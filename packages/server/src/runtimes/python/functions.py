"""The built-in functions and methods that may be called while only looking."""

import itertools
import operator

from . import known, libraries, static
from .guards import ATOMS, MAX_LENGTH, Stream, length
from .saferepr import Text
from .static import Kinds, Refused, __builtins__, type_name

# These get values without code of their own and are called as they are.
_AS_THEY_ARE = set(
    "abs min max set dict frozenset int float bool complex range ord chr bin hex oct hash".split()
)
# These go through what they are given, and may be given what is made on the way.
GO_THROUGH = set("any all sum min max sorted list tuple set frozenset dict enumerate zip".split())
_TEXT = set(
    "upper lower strip lstrip rstrip split rsplit splitlines startswith endswith find rfind index count replace title "
    "capitalize casefold swapcase isdigit isalpha isalnum isnumeric isspace isupper islower isidentifier encode join "
    "partition rpartition removeprefix removesuffix".split()
)
_SETS = set("union intersection difference symmetric_difference issubset issuperset isdisjoint copy".split())
_METHODS = [
    (str, _TEXT),
    (bytes, {"decode", "hex", "find", "count", "startswith", "endswith", "split", "strip"}),
    (list, {"index", "count", "copy"}),
    (tuple, {"index", "count"}),
    (dict, {"copy"}),
    (set, _SETS),
    (frozenset, _SETS),
    (int, {"bit_length", "bit_count"}),
    (float, {"is_integer", "hex"}),
]
_NUMBERS = Kinds(int, float, bool, complex)
MAX_SORTED = 500_000
MAX_DIGITS = 4000
MAX_BITS = 13_000
_READ_DIGITS = {"int", "float", "complex"}


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
        if name in _READ_DIGITS and any(type(value) is str and len(value) > MAX_DIGITS for value in arguments):
            raise Refused("so many digits take too long to read; run it as a cell")
        return __builtins__[name](*map(self._given, arguments), **self._options(named))

    def _given(self, value):
        if type(value) is int and value.bit_length() > MAX_BITS:
            raise Refused("so long a number takes too long to work with; run it as a cell")
        return self.guard.plain(list(value.values) if type(value) is Stream else value)

    def _options(self, named):
        return {name: self.guard.exact(value, *ATOMS.each) for name, value in named.items()}

    def call_method(self, value, name, arguments, named):
        kind = type(value)
        special = libraries.method(self.guard, value, name, arguments, named)
        if special is not static.MISSING:
            return special
        if static.is_a(value, dict):
            if name in ("keys", "values", "items") and not arguments and self.guard.holder(value, name) is not None:
                self.guard.plain_key(value, None)
                return self.guard.holder(value, name).__dict__[name](value)
            if name == "get" and 1 <= len(arguments) <= 2 and not named and self.guard.holder(value, "get") is not None:
                return dict.get(value, self.guard.plain_key(value, arguments[0]), *arguments[1:])
        if not any(kind is base and name in methods for base, methods in _METHODS):
            raise Refused(f"{type_name(kind)}.{name}() would run; run it as a cell")
        if name in ("encode", "decode") and (arguments or named):
            raise Refused("a codec could be anybody's; run it as a cell")
        arguments = [list(part.values) if type(part) is Stream else part for part in arguments]
        for part in (value, *arguments, *named.values()):
            self.guard.plain(part)
        for part in arguments:
            self.guard.search(value, part)
        longest = max((length(part) or 1 for part in arguments), default=1)
        if name in ("join", "replace") and (len(value) + 1) * longest > MAX_LENGTH:
            raise Refused("the result is too big to look at; run it as a cell")
        return getattr(value, name)(*arguments, **named)

    def _len(self, value):
        size = libraries.length(value)
        size = length(value) if size is None else size
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
        try:
            self.guard.attribute(value, self.guard.exact(name, str))
        except AttributeError:
            return False
        return True

    def _isinstance(self, value, kinds):
        if static.on_class(type(value), "__class__") is not static.on_class(object, "__class__"):
            raise Refused(f"what {type_name(type(value))} says it is would come from its own code")
        return self._issubclass(type(value), kinds)

    def _issubclass(self, kind, kinds):
        kinds = kinds if type(kinds) is tuple else (kinds,)
        if any(type(one) is not type for one in kinds) or not static.is_a(kind, type):
            raise Refused("asking that would run code of the types")
        return any(static.inherits(kind, one) for one in kinds)

    def _repr(self, value):
        """What repr() gives, where it is nobody's own code that writes it."""
        kind = type(value)
        if known.is_plain_data(value, kind):
            return repr(value)
        if kind is not type or not static.is_closed(value):
            self._plain_for(value, "__repr__")
        text = Text(MAX_LENGTH, items=MAX_LENGTH)
        shown = text.of(value)
        if text.cut:
            raise Refused("its text is too long to look at; get_repr shows the beginning")
        return shown

    def _plain_for(self, value, way):
        try:
            self.guard.plain(value)
        except Refused as refusal:
            raise Refused(f"{refusal} ({way}); get_repr runs it, and says so") from None

    def _ascii(self, value):
        return self._repr(value).encode("ascii", "backslashreplace").decode()

    def _str(self, value=""):
        if type(value) is str:
            return value
        return str(value) if known.is_plain_data(value, type(value)) else self._repr(value)

    def _dir(self, *values):
        if not values:
            return sorted(self.names)
        (value,) = values
        kind = type(value)
        if not any(static.on_class(kind, "__dir__") is static.on_class(base, "__dir__") for base in _LISTED.each):
            raise Refused(f"dir() of the type {type_name(kind)} would run its code; get_dir does not")
        return static.names(value)

    def _vars(self, value):
        try:
            return self.guard.attribute(value, "__dict__")
        except AttributeError:
            raise TypeError("vars() argument must have __dict__ attribute") from None

    def _globals(self):
        return dict(self.names)

    def _list(self, items=()):
        return self.guard.all(items)

    def _tuple(self, items=()):
        return tuple(self.guard.all(items))

    def _enumerate(self, items, start=0):
        return Stream(enumerate(self.guard.walk(items), self.guard.number(start)))

    def _zip(self, *many):
        return Stream(zip(*map(self.guard.walk, many)))

    def _reversed(self, items):
        if type(items) not in _REVERSIBLE:
            raise Refused(f"reversing the type {type_name(type(items))} is not looking; run it as a cell")
        return Stream(iter(self.guard.all(items)[::-1]))

    def _any(self, items):
        return any(map(self.guard.truth, self.guard.walk(items)))

    def _all(self, items):
        return all(map(self.guard.truth, self.guard.walk(items)))

    def _sum(self, items, start=0):
        items = self.guard.whole(items)
        kinds = static.kinds_of(items)
        if not _NUMBERS.cover(kinds) or type(start) not in _NUMBERS:
            raise Refused("a sum of anything but numbers would run code of the values")
        self._given(start)
        if not _FLOATS.cover(kinds):
            whole = items if _WHOLE.cover(kinds) else [item for item in items if type(item) is int]
            if max(max(whole).bit_length(), min(whole).bit_length()) > MAX_BITS:
                raise Refused("a sum of so long numbers takes too long; run it as a cell")
        return sum(items, start)

    def _sorted(self, items, *, reverse=False):
        items = self.guard.plain(self.guard.whole(items))
        if len(items) > MAX_SORTED and not _is_ordered(items):
            raise Refused(f"sorting over {MAX_SORTED} values takes too long to look at; run it as a cell")
        longest = max(map(len, items), default=0) if len(items) <= MAX_SORTED and _TEXTS.all_of(items) else 1
        self.guard.burn(min(len(items), MAX_SORTED) // 10 * (1 + longest // 100))
        return sorted(items, reverse=self.guard.truth(reverse))

    def _round(self, number, digits=None):
        number = libraries.number(number)
        if type(digits) is int and abs(digits) > 1000:
            raise Refused("no number has so many digits; run it as a cell")
        return round(self._given(number), self.guard.plain(digits))


_WHOLE = Kinds(int, bool)
_FLOATS = Kinds(float, bool, complex)
_TEXTS = Kinds(str, bytes)
_REVERSIBLE = Kinds(list, tuple, str, bytes, bytearray, range)
_LISTED = Kinds(object, type)


def _is_ordered(items):
    """Whether sorting has nothing to do, found without sorting."""
    if type(items) is not list or type(items[0]) not in _NUMBERS:
        return False
    return all(map(operator.le, items, itertools.islice(items, 1, None)))

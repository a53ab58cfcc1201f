"""What was typed and what came of it: In, Out, _, __, ___, _5, _i, _ii, _iii, _i5.

They are built-in names and not variables of anybody: a name that people define themselves goes before ours, and no
list of variables shows them. Cells have the numbers that everybody sees.

Bounded: the newest 1,000 cells, 32 MiB of text together; of results the newest 1,000, 128 MiB together (32 MiB in
the sealed Python) as far as a value's size can be known without running its code. The last three are held in any case,
one that alone is more than that only as _; and all are let go when there is no memory for anything else.
"""

import builtins
import sys
import types

from .errors import SEALED
from .static import MISSING, Kinds, on_class

MAX_CELLS = 1000
MAX_CODE = 32 * 1024 * 1024
MAX_RESULTS = (32 if SEALED else 128) * 1024 * 1024
ITEM = 64
_CONTAINERS = Kinds(list, tuple, dict, set, frozenset)
_LAST = ("_", "__", "___")
_TYPED = ("_i", "_ii", "_iii")


class Inputs:
    """The code of the cells by their numbers; negative ones count from the newest."""

    def __init__(self):
        self._codes = {}

    def __getitem__(self, number):
        if isinstance(number, slice):
            bounds = (bound if bound is None or bound >= 0 else self._from_end(bound) for bound in (number.start, number.stop))
            first, last = bounds
            return [
                code
                for key, code in self._codes.items()
                if (first is None or key >= first) and (last is None or key < last)
            ][:: number.step]
        key = self._from_end(number) if number < 0 else number
        if key not in self._codes:
            raise IndexError(f"no cell {number} is known; %history shows those that are")
        return self._codes[key]

    def _from_end(self, number):
        numbers = list(self._codes)
        return numbers[number] if -number <= len(numbers) else -1

    def __len__(self):
        return len(self._codes)

    def __iter__(self):
        return iter(list(self._codes.values()))

    def __contains__(self, code):
        return code in self._codes.values()

    def __repr__(self):
        return f"<the code of {len(self)} cells: In[number], In[-1], %history>"

    def items(self):
        return list(self._codes.items())


class Results(dict):
    """The results of the cells by their numbers."""

    def __missing__(self, number):
        raise KeyError(f"no result of a cell {number} is kept")


class History:
    def __init__(self):
        for name in [name for name in builtins.__dict__ if _is_ours(name)]:
            del builtins.__dict__[name]
        self.inputs = Inputs()
        self.results = Results()
        self._sizes = {}
        self._shown = dict.fromkeys(_LAST, MISSING)
        self._size = self._code_size = 0
        builtins.In = builtins._ih = self.inputs
        builtins.Out = builtins._oh = self.results
        for name in _TYPED:
            setattr(builtins, name, "")

    def typed(self, number, code):
        codes = self.inputs._codes
        last = next(reversed(codes.values()), "")
        builtins._iii, builtins._ii, builtins._i = builtins._ii, builtins._i, last
        codes[number] = code
        self._code_size += len(code)
        setattr(builtins, f"_i{number}", code)
        while len(codes) > 1 and (len(codes) > MAX_CELLS or self._code_size > MAX_CODE):
            oldest = next(iter(codes))
            self._code_size -= len(codes.pop(oldest))
            builtins.__dict__.pop(f"_i{oldest}", None)

    def resulted(self, number, value):
        if value is self.results:
            return
        self._shift(value)
        self._forget(number)
        self.results[number] = value
        self._sizes[number] = _size(value)
        self._size += self._sizes[number]
        setattr(builtins, f"_{number}", value)
        if len(self._sizes) != len(self.results):
            for gone in self._sizes.keys() - self.results.keys():
                self._forget(gone)  # people may take results out themselves
        while len(self._sizes) > 1 and (len(self._sizes) > MAX_CELLS or self._size > MAX_RESULTS):
            self._forget(next(iter(self._sizes)))

    def _shift(self, value):
        """Moves on _, __ and ___, unless somebody else has put there what is theirs, as gettext does."""
        if any(builtins.__dict__.get(name, MISSING) is not self._shown[name] for name in _LAST):
            return
        for name, new in zip(_LAST, (value, self._shown["_"], self._shown["__"])):
            if new is not value and _size(new) > MAX_RESULTS:
                new = MISSING
            self._shown[name] = new
            if new is not MISSING:
                setattr(builtins, name, new)
            else:
                builtins.__dict__.pop(name, None)

    def _forget(self, number):
        self._size -= self._sizes.pop(number, 0)
        self.results.pop(number, None)
        builtins.__dict__.pop(f"_{number}", None)

    def forget_value(self, value):
        for number in [number for number, kept in self.results.items() if kept is value]:
            self._forget(number)
        if any(shown is value for shown in self._shown.values()):
            self._forget_last()

    def forget_inputs(self):
        for number, _code in self.inputs.items():
            builtins.__dict__.pop(f"_i{number}", None)
        self.inputs._codes.clear()
        self._code_size = 0
        builtins._i = builtins._ii = builtins._iii = ""

    def forget_results(self):
        """Tells whether there were any."""
        had = bool(self.results)
        for number in list(self._sizes):
            self._forget(number)
        self.results.clear()
        self._forget_last()
        return had

    def _forget_last(self):
        for name in _LAST:
            if builtins.__dict__.get(name, MISSING) is self._shown[name] is not MISSING:
                delattr(builtins, name)
        self._shown = dict.fromkeys(_LAST, MISSING)


def _is_ours(name):
    return name in (*_LAST, *_TYPED, "In", "Out", "_ih", "_oh") or name.removeprefix("_i").removeprefix("_").isdecimal()


def _size(value):
    """What the value takes, where its type says so in C, and about what its items take."""
    if type(on_class(type(value), "__sizeof__")) is not types.MethodDescriptorType:
        return 0
    items = len(value) if type(value) in _CONTAINERS else 0
    return sys.getsizeof(value, 0) + items * ITEM
